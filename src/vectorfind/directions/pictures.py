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
    widths = [images[name].shape[1] for name in images]
    figure = Figure(figsize=(0.95 * sum(widths) + 1.2, 0.95 * len(faces) + 0.9))
    blocks = figure.add_gridspec(
        1, len(widths), width_ratios=widths, left=0.07, right=0.99, bottom=0.02, top=0.86
    )
    for block, name in zip(blocks, images, strict=True):
        grid = block.subgridspec(len(faces), images[name].shape[1], wspace=0.03, hspace=0.03)
        for row, label in enumerate(faces):
            for step, offset in enumerate(offsets[name]):
                axes = figure.add_subplot(grid[row, step])
                _show(axes, images[name][row, step])
                if row == 0:
                    axes.set_title(f"{offset:+.1f}" if offset else "0", fontsize=9)
                if step == 0 and name == next(iter(images)):
                    axes.set_ylabel(label, fontsize=9, rotation=0, ha="right", va="center")
        left, right = block.get_position(figure).intervalx
        figure.text((left + right) / 2, 0.95, name, ha="center", va="center", fontsize=13)
    _save(path, figure)


def draw_candidates(
    path: str | Path, images: np.ndarray, captions: Sequence[str], columns: int = 8
) -> None:
    """Draw uint8 [N,H,W,3] faces, `columns` to a row, each with its caption; N may be 0."""
    rows = max(1, -(-len(images) // columns))
    figure = Figure(figsize=(1.5 * columns, 1.75 * rows), layout="constrained")
    if not len(images):
        figure.text(0.5, 0.5, "no face passed the image test", ha="center", va="center")
    else:
        for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
            if place < len(images):
                _show(axes, images[place])
                axes.set_title(captions[place], fontsize=8)
            else:
                axes.set_axis_off()
    _save(path, figure)


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
    _save(path, figure)


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
    _save(path, figure)


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


def draw_responses(path: str | Path, summary: dict[str, Any]) -> None:
    """Draw each judge's response matrix, scores down and offsets across, from a summary."""
    draw_method_responses(path, {summary["method"]: summary})


def draw_method_responses(path: str | Path, summaries: dict[str, dict[str, Any]]) -> None:
    """Draw the response matrices of every method (rows) and judge (columns), on one scale."""
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
    _save(path, figure)


def _draw_matrix(axes: Axes, matrix: pd.DataFrame, largest: float) -> None:
    axes.imshow(matrix, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto")
    axes.set_xticks(range(matrix.shape[1]), matrix.columns)
    axes.set_yticks(range(matrix.shape[0]), matrix.index)
    for (row, column), value in np.ndenumerate(matrix.to_numpy()):
        colour = "white" if abs(value) > 0.6 * largest else "black"
        axes.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=8, color=colour)


def _show(axes: Axes, image: np.ndarray) -> None:
    axes.imshow(image)
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)


def _save(path: str | Path, figure: Figure) -> None:
    with atomic_path(path) as partial:
        figure.savefig(partial, dpi=150, facecolor="white")
