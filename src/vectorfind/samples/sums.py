"""Sums over samples from which second moments follow, however many samples there were.

Sums are of the products of every row (w, scores, 1) with itself, float64
[G, D + P + 1, D + P + 1], one matrix per group; those of parts add up to those of the whole.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Centred:
    """`count` rows (w, scores), their mean [D + P] and covariance [D + P, D + P], over `count`."""

    count: int
    mean: np.ndarray
    covariance: np.ndarray


def counts_of(sums: np.ndarray) -> np.ndarray:
    """Return the number of samples in each group, int64 [G]."""
    return sums[:, -1, -1].astype(np.int64)


def centre(products: np.ndarray) -> Centred:
    """Return the moments of one matrix of products [D + P + 1, D + P + 1] of at least one row."""
    count = products[-1, -1]
    mean = products[-1, :-1] / count
    return Centred(int(count), mean, products[:-1, :-1] / count - np.outer(mean, mean))
