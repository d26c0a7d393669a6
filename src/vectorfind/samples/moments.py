"""Second moments of w and the scores per group: all that linear finders need of the samples."""

from dataclasses import dataclass

import numpy as np

from vectorfind.samples.samples import Samples
from vectorfind.samples.sums import centre, counts_of
from vectorfind.samples.vectors import CHUNK


@dataclass(frozen=True)
class Moments:
    """Centred second moments of one set of samples.

    `covariance` [D, D] of w, `cross` [D, P] of w with the standardised scores, `count` samples.
    """

    count: int
    covariance: np.ndarray
    cross: np.ndarray


def group_moments(samples: Samples) -> tuple[Moments, list[Moments]]:
    """Return the moments of all samples and of each group; reads `w` in blocks of rows.

    Scores are standardised over all samples first. A group with less than two samples gets the
    moments of all. Samples with sums need not be read.
    """
    if samples.sums is not None:
        return _moments_of(samples.sums, samples.w.shape[1])
    matrix, spread = samples.scores, samples.scores.std(0)
    matrix = (matrix - matrix.mean(0)) / np.where(spread > 0, spread, 1)
    size, columns, count = samples.w.shape[1], matrix.shape[1], len(samples.names.groups)
    sums = np.zeros((count, size + columns))
    products = np.zeros((count, size, size + columns), np.float64)
    for start in range(0, len(samples), CHUNK):
        rows = np.asarray(samples.w[start : start + CHUNK], np.float32)
        joined = np.concatenate([rows, matrix[start : start + CHUNK]], axis=1)
        for group in range(count):
            own = joined[samples.groups[start : start + CHUNK] == group]
            sums[group] += own.sum(0, dtype=np.float64)
            products[group] += own[:, :size].T @ own
    pooled = _centred(len(samples), sums.sum(0), products.sum(0))
    return pooled, [
        _centred(*parts) if parts[0] >= 2 else pooled
        for parts in zip(samples.counts(), sums, products, strict=True)
    ]


def _moments_of(sums: np.ndarray, size: int) -> tuple[Moments, list[Moments]]:
    """Return the moments that sums over all samples tell, of w of a size."""
    everyone = centre(sums.sum(0))
    spread = np.sqrt(np.diag(everyone.covariance)[size:].clip(min=0))
    scale = np.where(spread > 0, spread, 1)

    def moments(products: np.ndarray) -> Moments:
        own = centre(products)
        joint = own.covariance[:size]
        return Moments(own.count, joint[:, :size], joint[:, size:] / scale)

    pooled = moments(sums.sum(0))
    parts = zip(counts_of(sums), sums, strict=True)
    return pooled, [moments(own) if count >= 2 else pooled for count, own in parts]


def _centred(count: int, total: np.ndarray, products: np.ndarray) -> Moments:
    size = len(products)
    joint = products / count - np.outer(total[:size], total) / count**2
    return Moments(int(count), joint[:, :size], joint[:, size:])
