"""One page of pictures of the field's figures, all methods together."""

from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.pictures.figures import COLOURS, draw_matrix, save_figure

CURVES = {
    "success": "faces brought into the wanted fifth",
    "preservation": "other scores kept",
    "identity": "identity (cosine)",
    "kid": "KID x 1000",
}
STYLES = ("-", "--", ":", "-.", (0, (1, 3)))


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
    methods, names = (list(dict.fromkeys(strength[key])) for key in ("method", "property"))
    figure = Figure(figsize=(17, 15), layout="constrained")
    rows = figure.subfigures(3, 1, squeeze=False, height_ratios=[5, 5, 5])
    top, middle, bottom = rows[:, 0]
    for axes, (name, title) in zip(top.subplots(1, 4), CURVES.items(), strict=True):
        _draw_curves(axes, curves, name, title)
    *panels, last = middle.subplots(1, len(names) + 1)
    for axes, name in zip(panels, names, strict=True):
        _draw_dependency(axes, spread[spread.property == name], name)
    _draw_linearity(last, linearity[linearity.judge == judge])
    for axes, method in zip(
        bottom.subplots(1, len(methods), squeeze=False)[0], methods, strict=True
    ):
        _draw_layers(axes, layers[layers.method == method], method)
    top.suptitle(f"Single edits of increasing strength; judge: {judge}; one colour per method")
    save_figure(path, figure)


def _draw_curves(axes: Axes, table: pd.DataFrame, name: str, title: str) -> None:
    for colour, (method, own) in zip(COLOURS, table.groupby("method", sort=False), strict=False):
        curves = own.groupby("property", sort=False)
        for style, (prop, curve) in zip(cycle(STYLES), curves, strict=False):
            values = curve[name] * (1000 if name == "kid" else 1)
            label = f"{method}, {prop}"
            axes.plot(curve.strength, values, linestyle=style, color=colour, label=label)
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
    names = list(dict.fromkeys(table.property))
    axes.set_xticks(range(len(names)), names)
    axes.legend(fontsize=8, ncols=groups.ngroups)


def _draw_layers(axes: Axes, table: pd.DataFrame, method: str) -> None:
    rows = {
        name: own.set_index("layer")[name] for name, own in table.groupby("property", sort=False)
    }
    matrix = pd.DataFrame(rows).T
    draw_matrix(axes, matrix, matrix.abs().to_numpy().max() or 1.0)
    axes.set(title=f"{method}: response per unit, each layer alone", xlabel="synthesis layer")
