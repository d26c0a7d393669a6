"""Pictures of steered faces and of what the image test measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.files import atomic_path
from vectorfind.names import CONTROLLED
from vectorfind.sheets import contact_sheet

COLOURS = ("#1f5fa8", "#d1732a", "#4a8f3c", "#8a4f9e", "#7a7a7a")


def draw_steered(
    path: str | Path,
    images: dict[str, np.ndarray],
    offsets: dict[str, Sequence[float]],
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
        columns, rows = _show_sheet(axes, images[name])
        labels = [f"{offset:+.1f}" if offset else "0" for offset in offsets[name]]
        axes.set_xticks(columns, labels, fontsize=9)
        axes.set_yticks(rows, faces if axes is blocks[0] else [""] * len(faces), fontsize=9)
        axes.set_title(name, fontsize=13)
    save_figure(path, figure)


def in_turn(sweeps: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Interleave the same faces' sweeps [faces, steps, H, W, 3]: face 0 of each, face 1 of each."""
    return {
        name: np.stack([sweep[name] for sweep in sweeps], axis=1).reshape(
            -1, *sweeps[0][name].shape[1:]
        )
        for name in sweeps[0]
    }


def draw_candidates(
    path: str | Path, images: np.ndarray, captions: Sequence[str], columns: int = 8
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
        across, down = _show_sheet(
            axes, cells.reshape(rows, columns, *images.shape[1:]), round(strip)
        )
        axes.set(xticks=[], yticks=[])
        for place, caption in enumerate(captions):
            row, column = divmod(place, columns)
            top = down[row] - images.shape[1] / 2 - strip / 2
            axes.text(across[column], top, caption, fontsize=8, ha="center", va="center")
    save_figure(path, figure)


def draw_correlations(
    path: str | Path, judgements: pd.DataFrame, pass_at: dict[str, float], by: str = "judge"
) -> None:
    """Draw the distribution over faces of each property's correlation, one line per judge.

    Args:
        path: PNG to write.
        judgements: a row per face and judge with eyes_corr, mouth_corr, pose_corr.
        pass_at: the pass rule, drawn dashed.
        by: column whose values get a line each.
    """
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    _draw_distributions(figure.subplots(1, 3), judgements, pass_at, by)
    save_figure(path, figure)


def draw_judgements(
    path: str | Path, judgements: dict[str, pd.DataFrame], pass_at: dict[str, float]
) -> None:
    """Draw the distributions of r, a row of panels per judge and a line per method.

    Args:
        path: PNG to write.
        judgements: per method a table as `draw_correlations` takes.
        pass_at: the pass rule, drawn dashed.
    """
    named = [table.assign(method=method) for method, table in judgements.items()]
    by_judge = pd.concat(named).groupby("judge", sort=False)
    figure = Figure(figsize=(12, 3.2 * by_judge.ngroups), layout="constrained")
    panels = figure.subplots(by_judge.ngroups, 3, squeeze=False)
    for axes, (judge, table) in zip(panels, by_judge, strict=True):
        _draw_distributions(axes, table, pass_at, "method")
        axes[0].set_ylabel(f"judge: {judge}\nshare of faces")
    save_figure(path, figure)


def _draw_distributions(
    panels: Sequence[Axes], judgements: pd.DataFrame, pass_at: dict[str, float], by: str
) -> None:
    lowest = judgements[[f"{name}_corr" for name in CONTROLLED]].quantile(0.01).min()
    bins = np.linspace(max(-1.0, min(0.6, lowest)), 1.0, 41)
    for axes, name in zip(panels, CONTROLLED, strict=True):
        lines = judgements.groupby(by, sort=False)
        for colour, (key, rows) in zip(COLOURS * 3, lines, strict=False):
            values = rows[f"{name}_corr"].clip(bins[0], 1)
            share = np.full(len(values), 1 / len(values))
            label = f"{key}, mean {rows[f'{name}_corr'].mean():.3f}"
            axes.hist(
                values, bins, weights=share, histtype="step", lw=1.8, color=colour, label=label
            )
        axes.axvline(pass_at[name], color="black", ls="--", lw=1)
        axes.set(title=name, xlabel="correlation of offset and score", ylabel="share of faces")
        axes.set_ylim(0, 1.35 * axes.get_ylim()[1])
        axes.legend(fontsize=8, loc="upper left")


def draw_responses(path: str | Path, summaries: dict[str, dict[str, Any]]) -> None:
    """Draw the response matrices of methods (rows) and judges (columns), on one scale.

    Scores are down, offsets across.
    """
    rows = {
        method: {
            name: pd.DataFrame(judge["response"]).T
            for name, judge in (summary["judges"] | summary["bystanders"]).items()
        }
        for method, summary in summaries.items()
    }
    judges = list(next(iter(rows.values())))
    largest = max(m.abs().to_numpy().max() for row in rows.values() for m in row.values()) or 1.0
    figure = Figure(figsize=(3.6 * len(judges), 4.2 * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), len(judges), squeeze=False)
    for (method, row), line in zip(rows.items(), panels, strict=True):
        for axes, (name, matrix) in zip(line, row.items(), strict=True):
            _draw_matrix(axes, matrix, largest)
            leakage = summaries[method]["judges"].get(name, {}).get("leakage_rms")
            note = "" if leakage is None else f"\noff-diagonal RMS {leakage:.3f}"
            axes.set_title(f"{method}, judge: {name}{note}", fontsize=10)
    unit = next(iter(summaries.values()))["unit"]
    figure.supxlabel(f"standard deviations per unit of offset (unit {unit:.3g})", fontsize=9)
    save_figure(path, figure)


def _draw_matrix(axes: Axes, matrix: pd.DataFrame, largest: float) -> None:
    axes.imshow(matrix, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto")
    axes.set_xticks(range(matrix.shape[1]), matrix.columns)
    axes.set_yticks(range(matrix.shape[0]), matrix.index)
    for (row, column), value in np.ndenumerate(matrix.to_numpy()):
        colour = "white" if abs(value) > 0.6 * largest else "black"
        axes.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=8, color=colour)


def _show_sheet(axes: Axes, images: np.ndarray, above: int = 0) -> tuple[np.ndarray, np.ndarray]:
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


def save_figure(path: str | Path, figure: Figure) -> None:
    """Write a figure as PNG, atomically."""
    with atomic_path(path) as partial:
        figure.savefig(partial, dpi=150, facecolor="white")
