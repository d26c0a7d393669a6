"""Pictures of steered faces."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.pictures.figures import save_figure, show_sheet

SHOWN_OFFSETS = (-1.8, -0.9, 0.0, 0.9, 1.8)
"""Of each property, in pictures."""


def draw_steered(
    path: str | Path,
    images: dict[str, np.ndarray],
    offsets: Mapping[str, Sequence[float]],
    faces: Sequence[str],
) -> None:
    """Draw one row per face and one block of columns per property.

    Args:
        path: PNG to write.
        images: per property uint8 [faces, steps, H, W, 3].
        offsets: per property the offset of each step.
        faces: what to write beside each row.
    """
    steps = [images[name].shape[1] for name in images]
    height = 0.95 * len(faces) + 0.9
    figure = Figure(figsize=(0.95 * sum(steps) + 1.2, height))
    frame = {"left": 0.07, "right": 0.99, "wspace": 0.02}
    frame |= {"bottom": 0.1 / height, "top": 1 - 0.6 / height}
    blocks = figure.subplots(1, len(steps), width_ratios=steps, squeeze=False, gridspec_kw=frame)[0]
    for axes, name in zip(blocks, images, strict=True):
        beside = faces if axes is blocks[0] else [""] * len(faces)
        _draw_block(axes, name, images[name], offsets[name], beside)
    save_figure(path, figure)


def _draw_block(
    axes: Axes, name: str, images: np.ndarray, offsets: Sequence[float], faces: Sequence[str]
) -> None:
    columns, rows = show_sheet(axes, images)
    labels = [f"{offset:+.1f}" if offset else "0" for offset in offsets]
    axes.set_xticks(columns, labels, fontsize=9)
    axes.set_yticks(rows, faces, fontsize=9)
    axes.set_title(name, fontsize=13)


def in_turn(sweeps: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Interleave the same faces' sweeps [faces, steps, H, W, 3]: face 0 of each, face 1 of each."""
    return {
        name: np.stack([sweep[name] for sweep in sweeps], axis=1).reshape(
            -1, *sweeps[0][name].shape[1:]
        )
        for name in sweeps[0]
    }


def draw_candidates(
    path: str | Path, images: np.ndarray, captions: Sequence[str], *, columns: int = 8
) -> None:
    """Draw uint8 [N,H,W,3] faces, `columns` to a row, each with its caption; N may be 0."""
    rows = max(1, -(-len(images) // columns))
    figure = Figure(figsize=(1.5 * columns, 1.75 * rows), layout="constrained")
    if not len(images):
        figure.text(0.5, 0.5, "no face passed the image test", ha="center", va="center")
    else:
        cells = np.full((rows * columns, *images.shape[1:]), 255, np.uint8)
        cells[: len(images)] = images
        axes, strip = figure.subplots(), images.shape[1] / 6
        across, down = show_sheet(
            axes, cells.reshape(rows, columns, *images.shape[1:]), round(strip)
        )
        axes.set(xticks=[], yticks=[])
        for place, caption in enumerate(captions):
            row, column = divmod(place, columns)
            top = down[row] - images.shape[1] / 2 - strip / 2
            axes.text(across[column], top, caption, fontsize=8, ha="center", va="center")
    save_figure(path, figure)
