"""How well attributes are told, and what the filter does with them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from vectorfind.pictures.figures import line_style
from vectorfind.report import published
from vectorfind.report.numbers import between, conditions, limits
from vectorfind.report.parts import Figure, Picture, Table, new_plot, plotted
from vectorfind.report.run import Run, title_of


def classifier_parts(run: Run, stage: str) -> list[Figure | Table]:
    """Return ROC curves, figures of the folds and distributions of scores of a labelled stage."""
    names = run.config.attributes_of(stage)
    figures = {name: run.json(stage, "attribute_cnn", f"{name}.json") for name in names}
    return [_roc(run, stage, figures), _folds(figures), _scores(run, stage)]


def _roc(run: Run, stage: str, figures: Mapping[str, Any]) -> Figure:
    pictures = [
        _curves(name, run.table(stage, "attribute_cnn", f"{name}.csv"), found)
        for name, found in figures.items()
    ]
    texts = []
    for name, found in figures.items():
        folds = [fold["validation_auroc"] for fold in found["folds"]]
        low, high = published.AUROC.get(name, (0, 0))
        texts.append(
            f"{name}: {found['positives']:,} of {found['images']:,} images labelled 1, AUROC "
            f"{found['validation_auroc']:.3f} ({between(min(folds), max(folds))} over "
            f"{len(folds)} folds" + (f"; published {between(low, high)})." if high else ").")
        )
    return Figure(
        "ROC curves of the attribute CNNs",
        pictures,
        "Each fold on the labelled images that it did not learn; the diagonal is guessing. "
        + " ".join(texts),
    )


def _curves(name: str, held_out: pd.DataFrame, figures: Mapping[str, Any]) -> Picture:
    plot = new_plot(3.4)
    axes = plot.subplots()
    folds = held_out.groupby("fold")
    for index, (fold, rows) in enumerate(folds):
        false, true, _ = roc_curve(rows.label, rows.score)
        auroc = figures["folds"][index]["validation_auroc"]
        label = f"fold {fold}: {auroc:.3f}, {len(rows)} images"
        axes.plot(false, true, lw=1.4, label=label, **line_style(index))
    axes.plot([0, 1], [0, 1], color="#767676", lw=0.8, ls=":")
    axes.set(title=name, xlabel="false positive rate", ylabel="true positive rate")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(loc="lower right")
    mean = figures["validation_auroc"]
    return plotted(plot, f"ROC curves of {name}, {folds.ngroups} folds, mean AUROC {mean:.3f}.")


def _folds(figures: Mapping[str, Any]) -> Table:
    rows = [
        {
            "attribute": name,
            "fold": number,
            "labelled 1": fold["positives"],
            "labelled 0": fold["negatives"],
            "AUROC": f"{fold['validation_auroc']:.4f}",
            "loss": f"{fold['validation_loss']:.4f}",
            "loss of guessing": f"{fold['guessing_loss']:.4f}",
            "epoch kept": f"{fold['best_epoch']} of {fold['epochs']}",
            "tries": fold["tries"],
        }
        for name, found in figures.items()
        for number, fold in enumerate(found["folds"], 1)
    ]
    return Table(
        "Folds of the attribute CNNs",
        pd.DataFrame(rows),
        "On the images that a fold did not learn. Guessing always answers the base rate; a fold "
        "that is no better is trained again.",
    )


def _scores(run: Run, stage: str) -> Figure:
    scores, filter_ = run.table(stage, "attribute_scores.csv"), run.filter_of(stage)
    kept = scores[scores.image_id.isin(run.table(stage, "filtered.csv").image_id)]
    pictures = [_histogram(name, scores[name], kept[name], filter_[name]) for name in filter_]
    means = "; ".join(
        f"{name} {scores[name].mean():.3f} before, {kept[name].mean():.3f} after"
        for name in filter_
    )
    return Figure(
        "Attribute scores before and after the filter",
        pictures,
        f"Shares of the {len(scores):,} images of {title_of(stage)} and of the {len(kept):,} that "
        f"are kept by {conditions(filter_)}; dotted lines are these bounds. The shares have a "
        f"logarithmic scale. Means: {means}.",
    )


def _histogram(
    name: str, before: pd.Series, after: pd.Series, bounds: Mapping[str, float | None]
) -> Picture:
    plot = new_plot()
    axes = plot.subplots()
    edges = np.linspace(0, 1, 26).tolist()
    for index, (label, values) in enumerate({"generated": before, "kept": after}.items()):
        weights = np.full(len(values), 1 / max(len(values), 1))
        style = line_style(index) | {"lw": 1.6, "label": f"{label}, {len(values):,}"}
        axes.hist(values, edges, weights=weights, histtype="step", **style)
    for bound in limits(bounds):
        axes.axvline(bound, color="black", ls=":", lw=1)
    axes.set(title=name, xlabel=f"score of {name}", ylabel="share of images", yscale="log")
    axes.legend(loc="upper center")
    return plotted(
        plot,
        f"Histogram of {name}: mean {before.mean():.3f} generated, {after.mean():.3f} kept.",
    )
