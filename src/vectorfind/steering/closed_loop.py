"""Offsets that make a face reach requested scores."""

from collections.abc import Callable

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import lsq_linear

Measure = Callable[[np.ndarray], np.ndarray]
"""From offsets [N, S] to scores [N, S] of the same faces."""

PROBE = 0.4
"""Offset by which the first Jacobian is measured; large against rounding and scorer noise."""
LARGEST_STEP = 2.0


def solve_offsets(
    measure: Measure,
    targets: np.ndarray,
    start: np.ndarray,
    *,
    limit: float = 8.0,
    tolerance: float = 0.05,
    rounds: int = 12,
) -> tuple[np.ndarray, np.ndarray]:
    """Find offsets at which each face's scores come closest to its targets.

    Gauss-Newton with a measured Jacobian and a trust radius per face; Broyden's update keeps the
    Jacobian current, and a step that made things worse is undone and the Jacobian measured anew.

    Args:
        measure: the scores at given offsets.
        targets: requested scores [N, S].
        start: first offsets [N, S].
        limit: largest magnitude of an offset.
        tolerance: a face is done when all its scores are this close.
        rounds: most steps.

    Returns:
        offsets [N, S] and the scores measured there [N, S].
    """
    offsets, scores = start.astype(np.float64), measure(start)
    jacobian = _probe(measure, offsets, scores)
    radius = np.full(len(offsets), LARGEST_STEP)
    for _ in range(rounds):
        if (np.abs(targets - scores).max(1) < tolerance).all():
            break
        moved = offsets + _newton_steps(jacobian, targets - scores, offsets, radius, limit)
        found = measure(moved)
        jacobian = _broyden(jacobian, moved - offsets, found - scores)
        better = _distance(targets, found) < _distance(targets, scores)
        offsets[better], scores[better] = moved[better], found[better]
        radius = np.where(better, np.minimum(1.5 * radius, LARGEST_STEP), 0.4 * radius)
        if not better.all():
            jacobian[~better] = _probe(measure, offsets, scores)[~better]
    return offsets, scores


def passage(keys: np.ndarray, frames: int) -> np.ndarray:
    """Return a smooth passage through offsets [K, S], float32 [T, S], T = (K - 1) * frames + 1."""
    times = np.linspace(0, len(keys) - 1, (len(keys) - 1) * frames + 1)
    path = PchipInterpolator(np.arange(len(keys)), keys)(times) if len(keys) > 1 else keys
    return np.asarray(path, np.float32)


def _distance(targets: np.ndarray, scores: np.ndarray) -> np.ndarray:
    return np.linalg.norm(targets - scores, axis=1)


def _probe(measure: Measure, offsets: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Measure the Jacobian [N, S scores, S offsets] by finite differences."""
    columns = []
    for axis in np.eye(offsets.shape[1]):
        columns.append((measure(offsets + PROBE * axis) - scores) / PROBE)
    return np.stack(columns, axis=2)


def _newton_steps(
    jacobian: np.ndarray, error: np.ndarray, offsets: np.ndarray, radius: np.ndarray, limit: float
) -> np.ndarray:
    """Solve each face's least squares within its trust region and the limit of offsets."""
    lowest = np.maximum(-limit - offsets, -radius[:, None])
    highest = np.minimum(limit - offsets, radius[:, None])
    rows = zip(jacobian, error, lowest, np.maximum(highest, lowest + 1e-9), strict=True)
    return np.stack([lsq_linear(a, b, (low, high)).x for a, b, low, high in rows])


def _broyden(jacobian: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    surprise = change - np.einsum("nij,nj->ni", jacobian, step)
    square = np.maximum((step**2).sum(1), 1e-9)[:, None, None]
    return jacobian + surprise[:, :, None] * step[:, None, :] / square
