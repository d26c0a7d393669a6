"""One page of pictures of the field's figures, all methods together."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.directions.pictures import COLOURS, save_figure
from vectorfind.names import CONTROLLED

CURVES = {
    "success": "faces brought into the wanted fifth",
    "preservation": "other scores kept",
    "identity": "identity (cosine)",
    "kid": "KID x 1000",
}
STYLES = ("-", "--", ":", "-.")


def draw_field_figures(
    path: str | Path,
    strength: pd.DataFrame,
    dependency: pd.DataFrame,
    linearity: pd.DataFrame,
    layers: pd.DataFrame,
) -> None:
    """Draw curves over edit strength, attribute dependency, linearity and responses per layer.

    Args:
        path: PNG to write.
        strength: `strength_table` of every method and judge, with columns method and judge.
        dependency: `dependency_table` likewise; drawn by the last judge, as the curves are.
        linearity: `linearity_table` likewise.
        layers: `layer_responses` of every method, with a column method.
    """
    judge = strength.judge.iloc[-1]
    curves, spread = strength[strength.judge == judge], dependency[dependency.judge == judge]
    methods = list(dict.fromkeys(strength.method))
    figure = Figure(figsize=(17, 15), layout="constrained")
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=[5, 5, 5])
    for axes, (name, title) in zip(top.subplots(1, 4), CURVES.items(), strict=True):
        _draw_curves(axes, curves, name, title)
    panels = middle.subplots(1, 4)
    for axes, name in zip(panels[:3], CONTROLLED, strict=True):
        _draw_dependency(axes, spread[spread.property == name], name)
    _draw_linearity(panels[3], linearity[linearity.judge == judge])
    for axes, method in zip(
        bottom.subplots(1, len(methods), squeeze=False)[0], methods, strict=True
    ):
        _draw_layers(axes, layers[layers.method == method], method)
    top.suptitle(f"Single edits of increasing strength; judge: {judge}; one colour per method")
    save_figure(path, figure)


def _draw_curves(axes: Axes, table: pd.DataFrame, name: str, title: str) -> None:
    for colour, (method, own) in zip(COLOURS, table.groupby("method", sort=False), strict=False):
        for style, (prop, curve) in zip(STYLES, own.groupby("property", sort=False), strict=False):
            values = curve[name] * (1000 if name == "kid" else 1)
            axes.plot(curve.strength, values, style, color=colour, label=f"{method}, {prop}")
    axes.set(title=title, xlabel="offset, either way")
    axes.grid(alpha=0.3)
    if name == "success":
        axes.legend(fontsize=7)


def _draw_dependency(axes: Axes, table: pd.DataFrame, name: str) -> None:
    for colour, (method, curve) in zip(COLOURS, table.groupby("method", sort=False), strict=False):
        axes.plot(curve.target_change, curve.dependency, "o-", color=colour, label=method)
    axes.set(
        title=f"attribute dependency: {name}",
        xlabel="change of the target (standard deviations)",
        ylabel="mean change of all others",
        ylim=(0, None),
    )
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)


def _draw_linearity(axes: Axes, table: pd.DataFrame) -> None:
    groups = table.groupby("method", sort=False)
    width = 0.8 / groups.ngroups
    for place, (colour, (method, own)) in enumerate(zip(COLOURS, groups, strict=False)):
        at = np.arange(len(own)) + (place - (groups.ngroups - 1) / 2) * width
        axes.bar(at, own.linearity, width, color=colour, label=method)
    axes.set(title="control linearity (r squared)", ylim=(0, 1.15))
    axes.set_xticks(range(len(CONTROLLED)), CONTROLLED)
    axes.legend(fontsize=8, ncols=groups.ngroups)


def _draw_layers(axes: Axes, table: pd.DataFrame, method: str) -> None:
    rows = {
        f"{name}": table[table.property == name].set_index("layer")[name] for name in CONTROLLED
    }
    matrix = pd.DataFrame(rows).T
    largest = matrix.abs().to_numpy().max() or 1.0
    axes.imshow(matrix, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto")
    for (row, column), value in np.ndenumerate(matrix.to_numpy()):
        colour = "white" if abs(value) > 0.6 * largest else "black"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(matrix.shape[1]), matrix.columns)
    axes.set_yticks(range(len(matrix)), matrix.index)
    axes.set(title=f"{method}: response per unit, each layer alone", xlabel="synthesis layer")
