"""Groups, SVMs and the samples that directions are found from."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from vectorfind.pictures.figures import COLOURS
from vectorfind.report import published
from vectorfind.report.numbers import between, listed, percent
from vectorfind.report.parts import Figure, Picture, Section, new_plot, plotted
from vectorfind.report.run import Run
from vectorfind.samples.vectors import read_vectors

MAPPED = 4000
"""Samples on a map at most."""
FIFTH = 0.2
REST: dict[str, Any] = {"c": "#c4c4c4", "lw": 0, "marker": "o", "s": 7}
LOWEST: dict[str, Any] = {"fc": "none", "ec": COLOURS[1], "lw": 0.8, "marker": "v", "s": 14}
HIGHEST: dict[str, Any] = {"c": COLOURS[0], "lw": 0, "marker": "^", "s": 14}
"""How samples are marked, in grey as well."""


def directions(run: Run) -> Section:
    """Return the section on groups, accuracy of the SVMs and the map of w."""
    config, names = run.config, run.names
    drawn = f"{config.sampling.samples:,} w were sampled and scored"
    split = (
        f"The medians of {listed(names.grouping)} split them into {len(names.groups)} groups; "
        f"the letters of a group's name say h (high) or l (low), in this order."
        if names.grouping
        else "No property splits them into groups."
    )
    section = Section("directions", "Directions", f"{drawn}. {split}")
    section.parts += [_sizes(run), _accuracy(run), _maps(run)]
    return section


def _sizes(run: Run) -> Figure:
    counts = run.table("samples", "group_counts.csv")
    plot = new_plot(0.8 + 0.22 * len(counts))
    axes = plot.subplots()
    bars = axes.barh(counts.group[::-1], counts.samples[::-1], color=COLOURS[0], height=0.7)
    texts = [f"{size:,}" for size in counts.samples[::-1]]
    axes.bar_label(bars, texts, label_type="center", color="white", fontsize=8)
    even = counts.samples.sum() / len(counts)
    axes.axvline(even, color="black", ls=":", lw=1.2)
    axes.set(title="samples per group", xlabel="samples", ylim=(-0.6, len(counts) - 0.4))
    axes.grid(axis="y", visible=False)
    least, most = counts.samples.min(), counts.samples.max()
    return Figure(
        "Group sizes",
        [plotted(plot, f"Bars of samples per group, {least:,} to {most:,}.")],
        f"{counts.samples.sum():,} samples in {len(counts)} groups, {least:,} to {most:,}; the "
        f"dotted line, {even:,.0f}, is an even split.",
    )


def _accuracy(run: Run) -> Figure:
    tables = {name: run.table("svm", f"{name}.csv") for name in run.names.steered}
    accuracy = pd.DataFrame(
        {name: table.set_index("group").validation_accuracy for name, table in tables.items()}
    )
    plot = new_plot(1 + 0.24 * len(accuracy), max(2.4, 1.1 + 0.8 * len(tables)))
    axes = plot.subplots()
    _draw_accuracy(axes, accuracy)
    axes.set_title("validation accuracy", loc="left")
    texts = []
    for name, values in accuracy.items():
        known = published.SVM_ACCURACY.get(str(name))
        texts.append(
            f"{name} {values.mean():.3f} ({between(values.min(), values.max())}"
            + (f"; published {known:.3f})" if known else ")")
        )
    pooled = sum(int(table.pooled.astype(bool).sum()) for table in tables.values())
    settings = run.config.directions
    return Figure(
        f"Accuracy of the {accuracy.size} SVMs",
        [plotted(plot, f"Accuracy of SVMs by group and property: {'; '.join(texts)}.")],
        f"Each tells the upper from the lower {percent(settings.class_share)} of a group by a "
        f"property, on the {percent(settings.validation_share)} that it did not learn. Mean, least "
        f"and most: {'; '.join(texts)}. {pooled} of them stand on too small a group and "
        "took what all groups together say.",
    )


def _draw_accuracy(axes: Axes, accuracy: pd.DataFrame) -> None:
    least = min(0.9, float(accuracy.min().min()))
    axes.imshow(accuracy, cmap="Blues", vmin=least - 0.05, vmax=1.05, aspect="auto")
    axes.set_xticks(range(accuracy.shape[1]), list(map(str, accuracy.columns)))
    axes.set_yticks(range(accuracy.shape[0]), list(map(str, accuracy.index)))
    middle = (least + 1) / 2
    for (row, column), value in np.ndenumerate(accuracy.to_numpy()):
        colour = "white" if value > middle else "black"
        text = f"{value:.3f}"
        axes.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
    axes.tick_params(length=0)
    axes.grid(visible=False)


def _maps(run: Run) -> Figure:
    w, scores, groups = run.samples()
    counts = np.bincount(groups, minlength=len(run.names.groups))
    group = int(counts.argmax())
    rows = np.flatnonzero(groups == group)[:MAPPED]
    points = np.asarray(w[rows], np.float64)
    centred = points - points.mean(0)
    _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    plane = centred @ axes[:2].T
    explained = lengths[:2] ** 2 / (lengths**2).sum()
    vectors = read_vectors(run.path("directions", "directions.npz"))
    pictures = []
    for name, column in zip(run.names.steered, run.names.own, strict=True):
        step = vectors[name][group] * run.summary["unit"]
        pictures.append(_map(name, plane, scores[rows, column], axes[:2] @ step, explained))
    largest = run.names.groups[group]
    return Figure(
        "Map of sampled w",
        pictures,
        f"{len(rows):,} samples of the largest group, {largest}, on their first two principal "
        f"components, which hold {percent(explained[0])} and {percent(explained[1])} of the "
        "variance: upwards the fifth with the highest scores, downwards the lowest fifth, grey the "
        "rest. The arrow is an offset of 1 along the exported direction, as much of it as lies in "
        "this plane.",
    )


def _map(
    name: str, plane: np.ndarray, score: np.ndarray, step: np.ndarray, explained: np.ndarray
) -> Picture:
    low, high = np.quantile(score, [FIFTH, 1 - FIFTH])
    plot = new_plot(3.6)
    axes = plot.subplots()
    kinds: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
        "rest": ((score > low) & (score < high), REST),
        "lowest fifth": (score <= low, LOWEST),
        "highest fifth": (score >= high, HIGHEST),
    }
    for label, (chosen, style) in kinds.items():
        axes.scatter(*plane[chosen].T, alpha=0.8, label=f"{label}, {chosen.sum()}", **style)
    arrow: dict[str, Any] = {
        "arrowstyle": "-|>",
        "lw": 1.8,
        "color": "black",
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axes.annotate("", xy=tuple(step), xytext=(0, 0), arrowprops=arrow)
    axes.set(title=name)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(xlabel=f"component 1 ({explained[0]:.0%})", ylabel=f"component 2 ({explained[1]:.0%})")
    below: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "ncols": 3}
    axes.legend(**below, markerscale=1.4, columnspacing=0.8, handletextpad=0.2)
    return plotted(plot, f"Map of w: lowest and highest fifth of {name}.")
