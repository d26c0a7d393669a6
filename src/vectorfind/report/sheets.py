"""Pictures of many faces, with names beside them."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from vectorfind.report.parts import Picture, new_plot, plotted, reduced

BESIDE = 0.9
"""Inches for the names of rows."""


def labelled_sheet(
    sheet: Image.Image, rows: Sequence[str], columns: Sequence[str], alt: str, width: float = 9.6
) -> Picture:
    """Return a sheet of equal cells with a name beside each row and over each column."""
    image = np.asarray(reduced(sheet))
    height = image.shape[0] / image.shape[1] * (width - BESIDE)
    plot = new_plot(height + 0.35, width)
    axes = plot.subplots()
    axes.imshow(image)
    down, across = image.shape[0] / len(rows), image.shape[1] / len(columns)
    axes.set_yticks((np.arange(len(rows)) + 0.5) * down, rows)
    axes.set_xticks((np.arange(len(columns)) + 0.5) * across, columns)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    return plotted(plot, alt, photographs=True)
