"""What all plots share."""

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.files import atomic_path
from vectorfind.pictures.sheets import contact_sheet

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Told apart by colour-blind eyes (Okabe and Ito 2008, "Color universal design")."""
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
"""Told apart in grey, and where one line lies on another."""

matplotlib.rcParams["axes.prop_cycle"] = cycler(color=COLOURS)


def line_style(number: int) -> dict[str, Any]:
    """Return colour and dashes of a line by its number; they repeat from the eighth on."""
    return {"color": COLOURS[number % len(COLOURS)], "ls": LINES[number % len(LINES)]}


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
