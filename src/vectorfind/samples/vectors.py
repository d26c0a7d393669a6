"""Vectors in w: many in blocks of rows, small linear algebra on them, directions on disk."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vectorfind.errors import InputError
from vectorfind.files import atomic_path

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


def write_vectors(
    path: str | Path, vectors: Mapping[str, np.ndarray], groups: Sequence[str], **more: np.ndarray
) -> None:
    """Write unit vectors [G, D] per property as `.npz`, with the groups' names and what `more`."""
    arrays: dict[str, Any] = {
        name: np.asarray(array, np.float32) for name, array in vectors.items()
    }
    arrays |= more
    with atomic_path(path) as partial:
        np.savez(partial, **arrays, steered=np.array(list(vectors)), groups=np.array(groups))


def read_vectors(path: str | Path) -> dict[str, np.ndarray]:
    """Read the vectors that `write_vectors` or `write_directions` wrote.

    Raises:
        InputError: the file is damaged.
    """
    try:
        with np.load(path) as file:
            return {str(name): file[str(name)] for name in file["steered"]}
    except Exception as error:
        raise InputError(
            f"{path}: not a readable file of directions ({error}); delete it and run again."
        ) from error
