"""What fine-tuning did to the population: pass share, mean scores, variety (system.md 1.12)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from vectorfind.data import passes
from vectorfind.files import atomic_path
from vectorfind.names import ATTRIBUTES, PROPERTIES

VARIETY = ("eyes", "mouth", "pose", "hair_color", "hair_length", "background_mean")
"""The properties whose spread over faces is drawn."""


def compare_generators(
    scores: Mapping[str, pd.DataFrame], conditions: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Return one row per generator from the scores of its fresh images.

    Args:
        scores: per stage a table with the columns ATTRIBUTES and PROPERTIES.
        conditions: the filter, as `vectorfind.data.passes` takes it.

    Returns:
        Columns stage, images, pass_share with its standard error, mean_* of the attributes and
        spread_* (standard deviation over faces) of the properties.
    """
    rows = []
    for stage, table in scores.items():
        share = float(passes(table, conditions).mean())
        row = {"stage": stage, "images": len(table), "pass_share": share}
        row["standard_error"] = float(np.sqrt(share * (1 - share) / len(table)))
        row |= {f"mean_{name}": table[name].mean() for name in ATTRIBUTES}
        row |= {f"spread_{name}": table[name].std() for name in PROPERTIES}
        rows.append(row)
    return pd.DataFrame(rows)


def draw_comparison(path: str | Path, comparison: pd.DataFrame) -> None:
    """Draw pass share, mean attribute scores and variety of every generator, as PNG."""
    figure = Figure(figsize=(12, 3.4), layout="constrained")
    share, means, spreads = figure.subplots(1, 3, width_ratios=(1, 1.6, 2.2))
    stages = [stage.replace("_", "\n") for stage in comparison.stage]
    bars = share.bar(stages, comparison.pass_share, color="#1f5fa8")
    share.bar_label(bars, fmt="%.3f", fontsize=9)
    share.set(title="fresh images that pass", ylim=(0, 1))
    _draw_groups(means, comparison, "mean_", ATTRIBUTES)
    means.set(title="mean attribute score", ylim=(0, 1))
    _draw_groups(spreads, comparison, "spread_", VARIETY)
    spreads.set(title="spread over faces", ylim=(0, 1.4))
    spreads.legend(fontsize=8, ncols=len(comparison), loc="upper center")
    with atomic_path(path) as partial:
        figure.savefig(partial, dpi=150)


def _draw_groups(axes, comparison: pd.DataFrame, prefix: str, names: tuple[str, ...]) -> None:
    width = 0.8 / len(comparison)
    places = np.arange(len(names))
    for index, row in enumerate(comparison.to_dict("records")):
        values = [row[prefix + name] for name in names]
        axes.bar(places + width * index, values, width, label=row["stage"])
    labels = [name.replace("_", "\n") for name in names]
    axes.set_xticks(places + 0.4 - width / 2, labels, fontsize=8)
