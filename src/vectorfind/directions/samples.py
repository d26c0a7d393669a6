"""Samples of w with their scores: checks and the small linear algebra all finders share."""

import numpy as np

from vectorfind.directions.groups import Scores, score_matrix
from vectorfind.errors import InputError
from vectorfind.names import GROUPS

CHUNK = 16_384
"""Rows of a memory-mapped `w` that are looked at at once."""


def check_samples(
    w: np.ndarray, scores: Scores, groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return w, scores as float32 [N, 8] and groups as int64 [N] once they fit together.

    Raises:
        InputError: lengths differ, a value is not finite, or a group is not one of the 16.
    """
    matrix, groups = score_matrix(scores), np.asarray(groups)
    if w.ndim != 2 or not len(w) == len(matrix) == len(groups):
        raise InputError(
            f"samples: w {w.shape}, scores {matrix.shape} and groups {groups.shape} differ in "
            "length; sample and score again."
        )
    if len(groups) and not 0 <= groups.min() <= groups.max() < len(GROUPS):
        raise InputError(f"samples: groups must be indices 0..{len(GROUPS) - 1}.")
    if not np.isfinite(matrix).all():
        raise InputError("samples: some scores are NaN or infinite; score the samples again.")
    if not all(np.isfinite(chunk).all() for chunk in chunks(w)):
        raise InputError("samples: some w are NaN or infinite; the generator is damaged.")
    return w, matrix, groups.astype(np.int64)


def chunks(w: np.ndarray):
    """Yield `w` in blocks of rows, so that a memory-mapped one is never wholly in memory."""
    for start in range(0, len(w), CHUNK):
        yield np.asarray(w[start : start + CHUNK], np.float32)


def unit_vector(vector: np.ndarray) -> np.ndarray:
    """Scale vectors [..., D] to length 1, float32; a zero vector stays zero."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return (vector / np.where(length == 0, 1, length)).astype(np.float32)


def slope_along(w: np.ndarray, score: np.ndarray, direction: np.ndarray) -> float:
    """Return the regression slope of a score [N] on the position of w [N, D] along a direction."""
    position = w @ direction
    position = position - position.mean()
    square = position @ position
    return float(position @ score / square) if square > 0 else 0.0
