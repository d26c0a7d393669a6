"""What fine-tuning did to the population, on fresh images of every generator."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from vectorfind.data.filters import passes
from vectorfind.pictures.figures import COLOURS, line_style
from vectorfind.report.numbers import NORMAL_95, conditions, limits, share_of, wilson
from vectorfind.report.parts import Figure, Picture, Section, Table, new_plot, plotted
from vectorfind.report.run import Run, title_of


def population(run: Run) -> Section | None:
    """Return the section on what came before and after, or None where nothing was fine-tuned."""
    if not run.fresh:
        return None
    filter_ = run.filter_of("finetune_v1")
    count = run.config.pass_share.images
    section = Section(
        "population",
        "Before and after",
        f"{count:,} fresh images of every generator, scored by the attribute CNNs of "
        f"{title_of('finetune_v1')} and by the property scorer.",
    )
    attributes = [name for name in filter_ if all(name in table for table in run.fresh.values())]
    properties = [name for name in run.names.properties if name in run.fresh[run.stages[0]]]
    section.parts += [
        _shares(run, filter_),
        _histograms(
            "Attribute scores of every generator",
            run.fresh,
            attributes,
            f"Dotted lines are the filter {conditions(filter_)}; the scale of the shares is "
            "logarithmic.",
            filter_,
        ),
        _histograms(
            "Property scores of every generator",
            run.fresh,
            properties,
            "Standard deviations of the images that the scorer learned from. A share that rises "
            "while these narrow would mean that the faces became alike.",
        ),
        _table(run.fresh, attributes, properties),
    ]
    return section


def _shares(run: Run, filter_: Mapping[str, Mapping[str, float | None]]) -> Figure:
    passed = {stage: int(passes(table, filter_).sum()) for stage, table in run.fresh.items()}
    sizes = {stage: len(table) for stage, table in run.fresh.items()}
    plot = new_plot(2.6)
    axes = plot.subplots()
    for place, (stage, own) in enumerate(passed.items()):
        share, (low, high) = own / sizes[stage], wilson(own, sizes[stage])
        axes.bar(place, share, 0.6, color=COLOURS[0])
        reach = [[share - low], [high - share]]
        axes.errorbar(place, share, yerr=reach, color="black", capsize=4, lw=1.2)
        axes.text(place, high + 0.02, f"{share:.3f}", ha="center", va="bottom", fontsize=9)
    labels = [f"{title_of(stage)}\nn = {size:,}" for stage, size in sizes.items()]
    axes.set_xticks(range(len(labels)), labels, fontsize=8)
    axes.set(title="share that passes the filter", ylim=(0, 1.1), ylabel="share of images")
    axes.grid(axis="x", visible=False)
    shares = "; ".join(
        f"{title_of(stage)} {share_of(own, sizes[stage])}" for stage, own in passed.items()
    )
    return Figure(
        "Pass share",
        [plotted(plot, f"Bars of the pass share with intervals: {shares}.")],
        f"Share of fresh images with {conditions(filter_)}; bars with 95 % intervals: {shares}.",
    )


def _histograms(
    title: str,
    scores: Mapping[str, pd.DataFrame],
    names: list[str],
    caption: str,
    filter_: Mapping[str, Mapping[str, float | None]] | None = None,
) -> Figure:
    pictures = [_histogram(scores, name, (filter_ or {}).get(name)) for name in names]
    return Figure(title, pictures, f"Distributions over fresh images, one line each. {caption}")


def _histogram(
    scores: Mapping[str, pd.DataFrame], name: str, bounds: Mapping[str, float | None] | None
) -> Picture:
    every = pd.concat([table[name] for table in scores.values()])
    low, high = (0, 1) if bounds is not None else every.quantile([0.001, 0.999])
    edges = np.linspace(low, high, 31).tolist()
    plot, means = new_plot(3), []
    axes = plot.subplots()
    for index, (stage, table) in enumerate(scores.items()):
        values = table[name].clip(edges[0], edges[-1])
        mean, spread = table[name].mean(), table[name].std()
        means.append(f"{title_of(stage)} {mean:.3f} ± {spread:.3f}")
        weights = np.full(len(values), 1 / len(values))
        style = line_style(index) | {"lw": 1.6, "label": means[-1]}
        axes.hist(values, edges, weights=weights, histtype="step", **style)
    for bound in limits(bounds or {}):
        axes.axvline(bound, color="black", ls=":", lw=1)
    axes.set(title=name, xlabel="score", ylabel="share of images")
    if bounds is not None:
        axes.set_yscale("log")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2))
    return plotted(plot, f"Histograms of {name}, mean and deviation: {'; '.join(means)}.")


def _table(
    scores: Mapping[str, pd.DataFrame], attributes: list[str], properties: list[str]
) -> Table:
    rows = []
    for name in attributes + properties:
        row = {"score": name}
        for stage, table in scores.items():
            error = table[name].std() / np.sqrt(len(table))
            row[f"{stage}: mean"] = f"{table[name].mean():.3f} ± {NORMAL_95 * error:.3f}"
            row[f"{stage}: spread"] = f"{table[name].std():.3f}"
        rows.append(row)
    return Table(
        "Means and spreads",
        pd.DataFrame(rows),
        "Mean over fresh images with its 95 % interval, and standard deviation over them.",
    )
