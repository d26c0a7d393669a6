"""Pictures of a fine-tuning: its curves, and the same faces over time."""

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.pictures.figures import LINES, save_figure

ATTRIBUTES_PANEL = "attribute scores of 100 fixed faces"
PANELS: Mapping[str, tuple[str, ...]] = {
    "losses": ("d_loss", "g_loss"),
    "R1 penalty": ("r1_penalty",),
    "real/fake AUROC": ("auroc",),
    ATTRIBUTES_PANEL: (),
    "pass share of the fixed faces": ("pass_share",),
    "objective": ("objective",),
    "variety of the fixed faces": ("variety",),
}
"""Which columns of metrics.jsonl share a panel; the attributes' is that of all other scores."""


def plot_curves(metrics: pd.DataFrame, destination: str | Path, title: str, kept: int) -> None:
    """Draw losses, R1, AUROC and the fixed faces' figures against the step (system.md 1.12).

    A line marks the step whose weights are `kept`.
    """
    panels = panels_of(metrics)
    with matplotlib.rc_context({"font.size": 8}):
        figure = Figure(figsize=(8, 1.9 * len(panels)), layout="constrained")
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axis, (name, columns) in zip(axes, panels.items(), strict=True):
            draw_panel(axis, metrics, columns)
            axis.set_title(name, loc="left", fontsize=8)
            axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
            axis.axvline(kept, color="black", linewidth=0.8, linestyle=":")
        axes[-1].set_xlabel("discriminator steps")
        figure.suptitle(f"{title}: step {kept:,} is kept")
        save_figure(destination, figure)


def panels_of(metrics: pd.DataFrame) -> dict[str, list[str]]:
    """Return which columns of a training's metrics share a panel, by the panel's name."""
    panels = {name: [c for c in columns if c in metrics] for name, columns in PANELS.items()}
    others = {"step", "seconds", *(column for columns in PANELS.values() for column in columns)}
    panels[ATTRIBUTES_PANEL] = [c for c in metrics if c not in others and c[:7] != "spread_"]
    return {name: columns for name, columns in panels.items() if columns}


def draw_panel(axis: Axes, metrics: pd.DataFrame, columns: list[str]) -> None:
    """Draw columns of a training's metrics against the step."""
    for column, line in zip(columns, cycle(LINES)):
        drawn = metrics[["step", column]].dropna()
        marker = "o" if len(drawn) < 60 else None
        style: dict[str, Any] = {"linewidth": 1, "linestyle": line, "marker": marker, "ms": 3}
        axis.plot(drawn["step"], drawn[column], label=column, **style)
    axis.grid(alpha=0.3)
