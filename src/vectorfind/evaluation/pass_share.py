"""What fine-tuning did to the population: pass share, mean scores, variety (system.md 1.12)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from vectorfind.data.filters import passes


def compare_generators(
    scores: Mapping[str, pd.DataFrame],
    conditions: Mapping[str, Mapping[str, float]],
    properties: Sequence[str],
) -> pd.DataFrame:
    """Return one row per generator from the scores of its fresh images.

    Args:
        scores: per stage a table with a column per attribute of the filter and per property.
        conditions: the filter, as `vectorfind.data.passes` takes it.
        properties: whose spread is told.

    Returns:
        Columns stage, images, pass_share with its standard error, mean_* of the attributes and
        spread_* (standard deviation over faces) of the properties.
    """
    rows = []
    for stage, table in scores.items():
        share = float(passes(table, conditions).mean())
        row = {"stage": stage, "images": len(table), "pass_share": share}
        row["standard_error"] = float(np.sqrt(share * (1 - share) / len(table)))
        row |= {f"mean_{name}": table[name].mean() for name in conditions}
        row |= {f"spread_{name}": table[name].std() for name in properties}
        rows.append(row)
    return pd.DataFrame(rows)
