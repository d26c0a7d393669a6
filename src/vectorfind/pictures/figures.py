"""What all plots share."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.files import atomic_path
from vectorfind.pictures.sheets import contact_sheet

COLOURS = ("#1f5fa8", "#d1732a", "#4a8f3c", "#8a4f9e", "#7a7a7a")


def save_figure(path: str | Path, figure: Figure) -> None:
    """Write a figure as PNG, atomically."""
    with atomic_path(path) as partial:
        figure.savefig(partial, dpi=150, facecolor="white")


def show_sheet(axes: Axes, images: np.ndarray, above: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Show uint8 [rows, columns, H, W, 3] as one sheet, `above` white pixels over each image.

    Axes for each image would take seconds. Returns where the columns' and rows' middles are.
    """
    rows, columns, height, width, _ = images.shape
    gap = max(1, height // 32)
    border = ((0, 0), (above, gap), (0, gap), (0, 0))
    cells = np.pad(images.reshape(-1, height, width, 3), border, constant_values=255)
    axes.imshow(contact_sheet(cells, columns))
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    return (
        np.arange(columns) * (width + gap) + width / 2,
        np.arange(rows) * (above + height + gap) + above + height / 2,
    )


def draw_matrix(axes: Axes, matrix: pd.DataFrame, largest: float) -> None:
    """Draw a table of numbers as colours from -largest to largest, each number in its cell."""
    axes.imshow(matrix, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto")
    axes.set_xticks(range(matrix.shape[1]), matrix.columns)
    axes.set_yticks(range(matrix.shape[0]), matrix.index)
    for (row, column), value in np.ndenumerate(matrix.to_numpy()):
        colour = "white" if abs(value) > 0.6 * largest else "black"
        axes.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=8, color=colour)
