"""What fine-tuning did to the population, as a picture (system.md 1.12)."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vectorfind.pictures.figures import COLOURS, save_figure


def draw_comparison(path: str | Path, comparison: pd.DataFrame) -> None:
    """Draw pass share, mean attribute scores and variety of every generator, as PNG."""
    figure = Figure(figsize=(14, 3.4), layout="constrained")
    share, means, spreads = figure.subplots(1, 3, width_ratios=(1, 1.5, 3))
    stages = [stage.replace("_", "\n") for stage in comparison.stage]
    bars = share.bar(stages, comparison.pass_share, color=COLOURS[0])
    share.bar_label(bars, fmt="%.3f", fontsize=9)
    share.set(title="fresh images that pass", ylim=(0, 1))
    _draw_groups(means, comparison, "mean_")
    means.set(title="mean attribute score", ylim=(0, 1))
    _draw_groups(spreads, comparison, "spread_")
    spreads.set(title="spread over faces", ylim=(0, 1.4))
    spreads.legend(fontsize=8, ncols=len(comparison), loc="upper center")
    save_figure(path, figure)


def _draw_groups(axes: Axes, comparison: pd.DataFrame, prefix: str) -> None:
    names = [name.removeprefix(prefix) for name in comparison if name.startswith(prefix)]
    width = 0.8 / len(comparison)
    places = np.arange(len(names))
    for index, row in enumerate(comparison.to_dict("records")):
        values = [row[prefix + name] for name in names]
        axes.bar(places + width * index, values, width, label=row["stage"])
    labels = [name.replace("_", "\n") for name in names]
    axes.set_xticks(places + 0.4 - width / 2, labels, fontsize=7.5)
