"""Second moments of w and the scores per group: all that linear finders need of the samples."""

from dataclasses import dataclass

import numpy as np

from vectorfind.directions.groups import Scores
from vectorfind.directions.samples import CHUNK, check_samples
from vectorfind.errors import InputError
from vectorfind.names import GROUPS


@dataclass(frozen=True)
class Moments:
    """Centred second moments of one set of samples.

    `covariance` [D, D] of w, `cross` [D, P] of w with the standardised scores, `count` samples.
    """

    count: int
    covariance: np.ndarray
    cross: np.ndarray


def group_moments(
    w: np.ndarray, scores: Scores, groups: np.ndarray
) -> tuple[Moments, list[Moments]]:
    """Return the moments of all samples and of each group; reads `w` in blocks of rows.

    Scores are standardised over all samples first.

    Raises:
        InputError: a group has fewer than two samples, or w, scores and groups do not fit together.
    """
    w, matrix, groups = check_samples(w, scores, groups)
    spread = matrix.std(0)
    matrix = (matrix - matrix.mean(0)) / np.where(spread > 0, spread, 1)
    size, columns = w.shape[1], matrix.shape[1]
    sums = np.zeros((len(GROUPS), size + columns))
    products = np.zeros((len(GROUPS), size, size + columns), np.float64)
    for start in range(0, len(w), CHUNK):
        rows = np.asarray(w[start : start + CHUNK], np.float32)
        joined = np.concatenate([rows, matrix[start : start + CHUNK]], axis=1)
        for group in range(len(GROUPS)):
            own = joined[groups[start : start + CHUNK] == group]
            sums[group] += own.sum(0, dtype=np.float64)
            products[group] += own[:, :size].T @ own
    counts = np.bincount(groups, minlength=len(GROUPS))
    _check_counts(counts)
    pooled = _centred(counts.sum(), sums.sum(0), products.sum(0))
    return pooled, [_centred(*parts) for parts in zip(counts, sums, products, strict=True)]


def _centred(count: int, total: np.ndarray, products: np.ndarray) -> Moments:
    size = len(products)
    joint = products / count - np.outer(total[:size], total) / count**2
    return Moments(int(count), joint[:, :size], joint[:, size:])


def _check_counts(counts: np.ndarray) -> None:
    for name, count in zip(GROUPS, counts, strict=True):
        if count < 2:
            raise InputError(
                f"group {name} has {count} samples, at least 2 are needed; raise "
                "`sampling.samples`."
            )
