"""Samples of w with their scores, as finders take them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from vectorfind.errors import InputError
from vectorfind.vocabulary import PUBLISHED_NAMES, Names

CHUNK = 16_384
"""Rows of a memory-mapped `w` that are looked at at once."""


class Samples:
    """N sampled latents, their scores and groups.

    Attributes:
        w: [N, D], may be memory-mapped.
        scores: float32 [N, P], columns as `names.properties`.
        groups: int64 [N], index into `names.groups`.
        names: of properties and groups.
    """

    def __init__(
        self,
        w: np.ndarray,
        scores: np.ndarray | pd.DataFrame,
        groups: np.ndarray,
        *,
        names: Names = PUBLISHED_NAMES,
    ):
        """Check that the arrays fit together.

        Raises:
            InputError: lengths differ, a value is not finite, or there is no such group.
        """
        if isinstance(scores, pd.DataFrame):
            scores = scores[list(names.properties)].to_numpy()
        self.w, self.names = w, names
        self.scores, self.groups = np.asarray(scores, np.float32), np.asarray(groups, np.int64)
        self._check()

    def _check(self) -> None:
        w, scores, groups = self.w, self.scores, self.groups
        if w.ndim != 2 or not len(w) == len(scores) == len(groups):
            raise InputError(
                f"samples: w {w.shape}, scores {scores.shape} and groups {groups.shape} differ in "
                "length; sample and score again."
            )
        if scores.shape[1:] != (len(self.names.properties),):
            raise InputError(
                f"samples: scores of shape {scores.shape} for {len(self.names.properties)} "
                f"properties ({', '.join(self.names.properties)}); score the samples again."
            )
        if len(groups) and not 0 <= groups.min() <= groups.max() < len(self.names.groups):
            raise InputError(f"samples: groups are not all in 0..{len(self.names.groups) - 1}.")
        if not np.isfinite(scores).all():
            raise InputError("samples: some scores are NaN or infinite; score the samples again.")
        if not all(np.isfinite(chunk).all() for chunk in chunks(w)):
            raise InputError("samples: some w are NaN or infinite; the generator is damaged.")

    def __len__(self) -> int:
        return len(self.w)

    def score(self, name: str) -> np.ndarray:
        """Return the scores of one property, a view [N]."""
        return self.scores[:, self.names.properties.index(name)]

    def counts(self) -> np.ndarray:
        """Return the number of samples in each group."""
        return np.bincount(self.groups, minlength=len(self.names.groups))


def chunks(w: np.ndarray) -> Iterator[np.ndarray]:
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
