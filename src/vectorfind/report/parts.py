"""What the page is made of: sections of figures and tables."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Plot
from PIL import Image

STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#e4e4e4",
    "legend.fontsize": 8,
    "legend.frameon": False,
}
"""Of all plots of the page."""
WIDTH = 3.6
"""Inches of a plot: what a telephone shows of it is as large as the page's text."""
DENSITY = 200
"""Pixels per inch, of which the page shows 100."""
WIDEST = 2000
"""Pixels of a photograph's width at most."""


@dataclass(frozen=True)
class Picture:
    """A picture as data URL, its size in CSS pixels and its description in words."""

    source: str
    alt: str
    width: int
    height: int
    plot: bool = True
    """Whether a dark page may turn its white ground dark; faces stay as they are."""


@dataclass(frozen=True)
class Figure:
    """Pictures beside each other, under one title and over one caption."""

    title: str
    pictures: Sequence[Picture]
    caption: str


@dataclass(frozen=True)
class Table:
    """Rows of texts and numbers; columns of `words` are set to the left."""

    title: str
    rows: pd.DataFrame
    caption: str
    words: Sequence[str] = ("stage", "condition", "edit", "judge")


@dataclass
class Section:
    """A part of the page with its place in the contents; `key` is its anchor."""

    key: str
    title: str
    text: str = ""
    parts: list[Figure | Table] = field(default_factory=list)


def new_plot(height: float = 2.8, width: float = WIDTH) -> Plot:
    """Return an empty plot of a size in inches."""
    return Plot(figsize=(width, height), dpi=DENSITY, layout="constrained")


def plotted(plot: Plot, alt: str, *, photographs: bool = False) -> Picture:
    """Return a plot as WebP: lossless and fit for a dark page, unless it shows `photographs`."""
    canvas = FigureCanvasAgg(plot)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    return _embedded(image, alt, DENSITY / 100, plot=not photographs)


def photograph(path: str | Path, alt: str) -> Picture:
    """Return a picture of faces, reduced to at most WIDEST pixels of width, as WebP."""
    with Image.open(path) as opened:
        image = reduced(opened)
    return _embedded(image, alt, max(1.0, image.width / 1000), plot=False)


def reduced(image: Image.Image) -> Image.Image:
    """Return a picture in RGB, at most WIDEST pixels wide."""
    image = image.convert("RGB")
    height = round(image.height * WIDEST / image.width)
    return image.resize((WIDEST, height)) if image.width > WIDEST else image


def _embedded(image: Image.Image, alt: str, density: float, *, plot: bool) -> Picture:
    memory = io.BytesIO()
    image.save(memory, "WEBP", lossless=plot, quality=80, method=4)
    source = "data:image/webp;base64," + base64.b64encode(memory.getvalue()).decode()
    return Picture(source, alt, round(image.width / density), round(image.height / density), plot)
