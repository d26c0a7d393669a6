"""What is remembered of the sampled population: the scale of scores and the shape of w."""

from dataclasses import dataclass

import numpy as np

from vectorfind.samples.sums import centre
from vectorfind.samples.vectors import chunks


@dataclass(frozen=True)
class Population:
    """Scale of the P scores, and shape of w.

    `score_mean`, `score_std` [P]; `score_range` [2, P], the 5th and the 95th percentile; `w_mean`
    [D], `w_covariance` [D, D]; all float32.
    """

    score_mean: np.ndarray
    score_std: np.ndarray
    score_range: np.ndarray
    w_mean: np.ndarray
    w_covariance: np.ndarray


def measure_population(w: np.ndarray, scores: np.ndarray) -> Population:
    """Measure sampled w [N, D], in blocks of rows, and their scores [N, P]."""
    size = w.shape[1]
    total, products = np.zeros(size), np.zeros((size, size))
    for rows in chunks(w):
        total = total + rows.sum(0, dtype=np.float64)
        products = products + (rows.T @ rows).astype(np.float64)
    mean = total / len(w)
    covariance = (products - len(w) * np.outer(mean, mean)) / (len(w) - 1)
    return Population(
        scores.mean(0, dtype=np.float64).astype(np.float32),
        scores.std(0, ddof=1, dtype=np.float64).astype(np.float32),
        np.percentile(scores, [5, 95], axis=0).astype(np.float32),
        mean.astype(np.float32),
        covariance.astype(np.float32),
    )


def population_of(sums: np.ndarray, scores: np.ndarray) -> Population:
    """Return what sums over all samples tell of them; the scores' range is that of some [N, P]."""
    everyone, size = centre(sums.sum(0)), sums.shape[1] - scores.shape[1] - 1
    covariance = everyone.covariance * everyone.count / (everyone.count - 1)
    return Population(
        everyone.mean[size:].astype(np.float32),
        np.sqrt(np.diag(covariance)[size:]).astype(np.float32),
        np.percentile(scores, [5, 95], axis=0).astype(np.float32),
        everyone.mean[:size].astype(np.float32),
        covariance[:size, :size].astype(np.float32),
    )


def distance_from_population(w: np.ndarray, population: Population) -> np.ndarray:
    """Return the Mahalanobis distance of w [N, D] per root of D, [N]: about 1 for a sample.

    A squared distance spreads evenly over the dimensions that w has.
    """
    centred = (w - population.w_mean).astype(np.float64)
    solved = np.linalg.solve(full_rank(population.w_covariance), centred.T).T
    return np.sqrt(np.maximum((centred * solved).mean(1), 0))


def full_rank(covariance: np.ndarray) -> np.ndarray:
    """Return a covariance [D, D], float64, that can be inverted.

    Dimensions that w hardly has are held up by a thousandth of the mean variance.
    """
    covariance = covariance.astype(np.float64)
    floor = 1e-3 * np.trace(covariance) / len(covariance)
    return covariance + floor * np.eye(len(covariance))
