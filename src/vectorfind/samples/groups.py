"""The groups that the population is split into (system.md 0 and 1.13)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def group_cutoffs(scores: pd.DataFrame, grouping: Sequence[str]) -> dict[str, float]:
    """Return the median over the population of each property that groups (system.md 1.13)."""
    return {name: float(np.median(scores[name].to_numpy(np.float32))) for name in grouping}


def assign_groups(scores: pd.DataFrame, cutoffs: Mapping[str, float]) -> np.ndarray:
    """Return each sample's group, int64 [N], as an index into `group_names(cutoffs)`.

    A score >= its median is `h`; without any median all are in one group.
    """
    groups = np.zeros(len(scores), np.int64)
    for name, cutoff in cutoffs.items():
        groups = 2 * groups + (scores[name].to_numpy(np.float32) < np.float32(cutoff))
    return groups
