"""Pictures of what the image test measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.pictures.figures import draw_matrix, line_style, save_figure


def draw_correlations(
    path: str | Path, judgements: pd.DataFrame, pass_at: Mapping[str, float], *, by: str = "judge"
) -> None:
    """Draw the distribution over faces of each property's correlation, one line per judge.

    Args:
        path: PNG to write.
        judgements: a row per face and judge with NAME_corr of each steered property.
        pass_at: the pass rule, drawn dashed.
        by: column whose values get a line each.
    """
    figure = Figure(figsize=(3.7 * len(pass_at), 3.9), layout="constrained")
    panels = figure.subplots(1, len(pass_at), squeeze=False)[0]
    _draw_distributions(panels, judgements, pass_at, by)
    save_figure(path, figure)


def draw_judgements(
    path: str | Path, judgements: dict[str, pd.DataFrame], pass_at: Mapping[str, float]
) -> None:
    """Draw the distributions of r, a row of panels per judge and a line per method.

    Args:
        path: PNG to write.
        judgements: per method a table as `draw_correlations` takes.
        pass_at: the pass rule, drawn dashed.
    """
    named = [table.assign(method=method) for method, table in judgements.items()]
    by_judge = pd.concat(named).groupby("judge", sort=False)
    size = (4 * len(pass_at), 3.8 * by_judge.ngroups)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(by_judge.ngroups, len(pass_at), squeeze=False)
    for axes, (judge, table) in zip(panels, by_judge, strict=True):
        _draw_distributions(axes, table, pass_at, "method")
        axes[0].set_ylabel(f"judge: {judge}\nshare of faces")
    save_figure(path, figure)


def _draw_distributions(
    panels: Sequence[Axes], judgements: pd.DataFrame, pass_at: Mapping[str, float], by: str
) -> None:
    bins = bins_of(judgements, pass_at)
    for axes, (name, least) in zip(panels, pass_at.items(), strict=True):
        draw_distribution(axes, judgements, name, least, bins, by)


def bins_of(judgements: pd.DataFrame, pass_at: Mapping[str, float]) -> list[float]:
    """Return the edges of bins that hold nearly all correlations of all steered properties."""
    lowest = judgements[[f"{name}_corr" for name in pass_at]].quantile(0.01).min()
    return np.linspace(max(-1.0, min(0.6, lowest)), 1.0, 41).tolist()


def draw_distribution(
    axes: Axes, judgements: pd.DataFrame, name: str, least: float, bins: list[float], by: str
) -> None:
    """Draw the distribution of one property's correlation, a line per value of the column `by`.

    `least` is the correlation from which a face passes, drawn dashed.
    """
    lines = judgements.groupby(by, sort=False)
    for number, (key, rows) in enumerate(lines):
        found = rows[f"{name}_corr"]
        values = found.clip(bins[0], 1)
        share = np.full(len(values), 1 / len(values))
        label = f"{key}, mean {found.mean():.3f}"
        if below := (found < bins[0]).sum():
            label += f", {below} below {bins[0]:.2f}"
        style = line_style(number) | {"lw": 1.8, "label": label}
        axes.hist(values, bins, weights=share, histtype="step", **style)
    axes.axvline(least, color="black", ls="--", lw=1)
    title = f"{name}, {lines.size().max():,} faces"
    axes.set(title=title, xlabel="correlation of offset and score", ylabel="share of faces")
    # Below, where it hides no line.
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)


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
            draw_matrix(axes, matrix, largest)
            leakage = summaries[method]["judges"].get(name, {}).get("leakage_rms")
            note = "" if leakage is None else f"\noff-diagonal RMS {leakage:.3f}"
            axes.set_title(f"{method}, judge: {name}{note}", fontsize=10)
    unit = next(iter(summaries.values()))["unit"]
    figure.supxlabel(f"standard deviations per unit of offset (unit {unit:.3g})", fontsize=9)
    save_figure(path, figure)
