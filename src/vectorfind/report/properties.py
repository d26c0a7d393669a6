"""How well the scorer predicts what was measured, and how scores are spread."""

import numpy as np
import pandas as pd

from vectorfind.pictures.figures import COLOURS
from vectorfind.report import published
from vectorfind.report.numbers import between, fisher
from vectorfind.report.parts import Figure, Picture, new_plot, plotted
from vectorfind.report.run import Run, title_of


def property_parts_of(run: Run, stage: str) -> list[Figure]:
    """Return measured against predicted, and distributions, of what is learned from a stage."""
    return [_predictions(run, stage), _distributions(run, stage)]


def _predictions(run: Run, stage: str) -> Figure:
    held_out = dict(tuple(run.held_out(stage).groupby("property", sort=False)))
    pictures, texts = [], []
    for name in run.learned(stage):
        rows = held_out[name]
        r = float(np.corrcoef(rows.measured, rows.predicted)[0, 1])
        pictures.append(_scatter(name, rows, r))
        known = published.CORRELATIONS.get(name)
        texts.append(
            f"{name} {r:.3f} ({between(*fisher(r, len(rows)))}"
            + (f"; published {known:.3f})" if known else ")")
        )
    return Figure(
        "Measured against predicted",
        pictures,
        f"Scores of {len(rows):,} images of {title_of(stage)} that the regressors did not learn, "
        "in standard deviations; on the line a prediction is exact. Correlation with its 95 % "
        f"interval: {', '.join(texts)}.",
    )


def _scatter(name: str, rows: pd.DataFrame, r: float) -> Picture:
    plot = new_plot(3.4)
    axes = plot.subplots()
    every = rows[["measured", "predicted"]].to_numpy()
    ends = [every.min(), every.max()]
    axes.plot(ends, ends, color="black", lw=0.8, ls="--")
    axes.scatter(rows.measured, rows.predicted, s=9, color=COLOURS[0], alpha=0.5, lw=0)
    words = f"r = {r:.3f}\nn = {len(rows):,}"
    axes.text(0.04, 0.96, words, transform=axes.transAxes, va="top")
    axes.set_title(name)
    axes.set(xlabel="measured", ylabel="predicted", aspect="equal")
    return plotted(plot, f"Predicted against measured {name}: correlation {r:.3f}.")


def _distributions(run: Run, stage: str) -> Figure:
    table, names = run.table(stage, "properties.csv"), run.learned(stage)
    raw = run.json(stage, "normalisation.json")
    pictures = [_histogram(name, table[name]) for name in names]
    words = [
        f"{name} {raw[name]['mean']:.4g} ± {raw[name]['std']:.3g}" for name in names if name in raw
    ]
    return Figure(
        "What was measured",
        pictures,
        f"Scores of {len(table):,} images, after normalising to mean 0 and standard deviation 1. "
        f"Before it, mean and standard deviation were: {', '.join(words)}.",
    )


def _histogram(name: str, values: pd.Series) -> Picture:
    plot = new_plot(2.4)
    axes = plot.subplots()
    axes.hist(values, 40, color=COLOURS[0], edgecolor="white", lw=0.3)
    axes.axvline(values.median(), color="black", ls=":", lw=1.2, label="median")
    axes.set(title=name, xlabel="normalised score", ylabel="images")
    axes.legend()
    low, high = values.quantile([0.05, 0.95])
    return plotted(plot, f"Histogram of {name}: 90 % of images between {low:.2f} and {high:.2f}.")
