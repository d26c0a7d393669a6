"""How long an offset of 1 is in w (design.md, `directions.unit`)."""

import numpy as np

from vectorfind.directions.samples import chunks

LARGEST_OFFSET = 1.8
STANDARD_DEVIATIONS = 2.0


def resolve_unit(unit: float | str, directions: dict[str, np.ndarray], w: np.ndarray) -> float:
    """Return the length in `w` of an offset of 1.

    `auto` makes the largest offset of the image test, 1.8, equal two standard deviations of the
    sampled `w` along the directions (root mean square over properties and groups).

    Args:
        unit: a length, or `auto`.
        directions: per property unit vectors [16, D].
        w: sampled latents [N, D].
    """
    if unit != "auto":
        return float(unit)
    vectors = np.concatenate(list(directions.values()))
    return STANDARD_DEVIATIONS / LARGEST_OFFSET * spread_along(w, vectors)


def explain_unit(unit: float | str) -> str:
    """Say in one sentence why the unit is what it is."""
    if unit == "auto":
        return "auto: the largest offset, 1.8, is two standard deviations of w along a direction"
    if unit == 1.0:
        return "set in the configuration: 1.0, the published length of an offset of 1 in w"
    return f"set in the configuration: {unit}"


def spread_along(w: np.ndarray, vectors: np.ndarray) -> float:
    """Return the root mean square over vectors [K, D] of the standard deviation of w along them."""
    count, total, square = 0, 0.0, 0.0
    for rows in chunks(w):
        positions = rows.astype(np.float64) @ vectors.T
        count, total = count + len(rows), total + positions.sum(0)
        square = square + (positions**2).sum(0)
    variance = square / count - (total / count) ** 2
    return float(np.sqrt(variance.mean()))
