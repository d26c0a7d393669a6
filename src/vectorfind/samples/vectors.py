"""Many w in blocks of rows, and small linear algebra on them."""

from collections.abc import Iterator

import numpy as np

CHUNK = 16_384
"""Rows of a memory-mapped `w` that are looked at at once."""


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
