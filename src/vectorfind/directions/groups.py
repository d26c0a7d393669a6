"""The 16 groups that the population is split into (system.md 0 and 1.13)."""

import numpy as np
import pandas as pd

from vectorfind.errors import InputError
from vectorfind.names import GROUPING, PROPERTIES

Scores = pd.DataFrame | np.ndarray


def score_matrix(scores: Scores) -> np.ndarray:
    """Return scores as float32 [N, 8] in the order of PROPERTIES.

    Raises:
        InputError: a property's column is missing, or an array has not 8 columns.
    """
    if isinstance(scores, pd.DataFrame):
        missing = [name for name in PROPERTIES if name not in scores]
        if missing:
            raise InputError(
                f"scores: the columns {', '.join(missing)} are missing; score the samples with "
                "the merged scorer, which predicts all eight properties."
            )
        return scores[list(PROPERTIES)].to_numpy(np.float32)
    matrix = np.asarray(scores, np.float32)
    if matrix.ndim != 2 or matrix.shape[1] != len(PROPERTIES):
        raise InputError(
            f"scores: an array of shape {matrix.shape} is not [N, {len(PROPERTIES)}]; its columns "
            f"must be {', '.join(PROPERTIES)}."
        )
    return matrix


def column(scores: np.ndarray, name: str) -> np.ndarray:
    """Return the column of one property of a score matrix [N, 8]; a view [N]."""
    return scores[:, PROPERTIES.index(name)]


def group_cutoffs(scores: Scores) -> dict[str, float]:
    """Return the median of each grouping property over the population (system.md 1.13)."""
    matrix = score_matrix(scores)
    return {name: float(np.median(column(matrix, name))) for name in GROUPING}


def assign_groups(scores: Scores, cutoffs: dict[str, float]) -> np.ndarray:
    """Return each sample's index into GROUPS, int64 [N]; a score >= its median is `h`."""
    matrix = score_matrix(scores)
    low = [column(matrix, name) < np.float32(cutoffs[name]) for name in GROUPING]
    weights = 2 ** np.arange(len(GROUPING))[::-1]
    return np.stack(low, axis=1).astype(np.int64) @ weights
