"""The latents an archive's images were made from, in a .npz beside it."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from vectorfind.errors import InputError
from vectorfind.files import atomic_path


class Latents(NamedTuple):
    """One row per image: ids int64 [N], z float32 [N,Z], label float32 [N,L] or None, w [N,W]."""

    image_id: np.ndarray
    z: np.ndarray
    label: np.ndarray | None
    w: np.ndarray


def write_latents(
    path: str | Path,
    image_id: np.ndarray,
    z: ArrayLike,
    label: ArrayLike | None,
    w: np.ndarray,
) -> None:
    """Write the latents of N images as a .npz, atomically; see `Latents` for the shapes."""
    arrays: dict[str, Any] = {"image_id": np.asarray(image_id, np.int64)}
    arrays |= {"z": np.asarray(z, np.float32), "w": np.asarray(w, np.float32)}
    if label is not None:
        arrays["label"] = np.asarray(label, np.float32)
    if len({len(array) for array in arrays.values()}) != 1:
        shapes = {name: array.shape for name, array in arrays.items()}
        raise ValueError(f"latents of different lengths: {shapes}")
    with atomic_path(path) as partial:
        np.savez(partial, **arrays)


def merge_latents(parts: Sequence[Latents]) -> Latents:
    """Join the latents of several shards, in the order given."""
    labels = [part.label for part in parts if part.label is not None]
    return Latents(
        np.concatenate([part.image_id for part in parts]),
        np.concatenate([part.z for part in parts]),
        np.concatenate(labels) if labels else None,
        np.concatenate([part.w for part in parts]),
    )


def read_latents(path: str | Path) -> Latents:
    """Read what `write_latents` wrote.

    Raises:
        InputError: the file is missing, damaged, or lacks an array.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            label = arrays.get("label")
            return Latents(arrays["image_id"], arrays["z"], label, arrays["w"])
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; make it, or correct the path.") from None
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: does not hold whole latents ({error}); delete it and make it again."
        ) from error
