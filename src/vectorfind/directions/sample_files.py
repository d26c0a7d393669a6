"""Samples of w with their scores on disk: shards, and all of them joined and grouped."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vectorfind.directions.groups import assign_groups
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.names import GROUPS, PROPERTIES

logger = logging.getLogger(__name__)


def write_samples(path: str | Path, w: np.ndarray, scores: np.ndarray) -> None:
    """Write one shard of samples as `.npz`, atomically."""
    with atomic_path(path) as partial:
        np.savez(partial, w=np.asarray(w, np.float32), scores=np.asarray(scores, np.float32))


def read_samples(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read w [n, w_dim] and scores [n, 8] of one shard.

    Raises:
        InputError: the file is damaged or holds scores that are not finite.
    """
    try:
        with np.load(path) as file:
            w, scores = file["w"], file["scores"]
    except Exception as error:
        raise InputError(
            f"{path}: not a readable shard of samples ({error}); delete it and rerun."
        ) from error
    if scores.shape != (len(w), len(PROPERTIES)) or not np.isfinite(scores).all():
        raise InputError(f"{path}: scores are missing or not finite; delete it and rerun.")
    return w, scores


def join_samples(
    shards: Sequence[str | Path],
    cutoffs: dict[str, float],
    *,
    w_path: str | Path,
    scores_path: str | Path,
    groups_path: str | Path,
    counts_path: str | Path,
) -> None:
    """Join shards into `w.npy` and `scores.npy`, and group every sample.

    One shard is in memory at a time; `w.npy` can be memory-mapped. `counts_path` gets a CSV with
    the samples per group.
    """
    scores = np.concatenate([read_samples(path)[1] for path in shards])
    with atomic_path(w_path) as partial:
        start = 0
        for path in shards:
            rows = read_samples(path)[0]
            shape = (len(scores), rows.shape[1])
            if start == 0:
                joined = np.lib.format.open_memmap(partial, "w+", np.float32, shape)
            joined[start : start + len(rows)] = rows
            start += len(rows)
        joined.flush()
    groups = assign_groups(scores, cutoffs)
    for path, array in ((scores_path, scores), (groups_path, groups)):
        with atomic_path(path) as partial:
            np.save(partial, array)
    counts = np.bincount(groups, minlength=len(GROUPS))
    logger.info("samples per group: %s", dict(zip(GROUPS, counts.tolist(), strict=True)))
    with atomic_path(counts_path) as partial:
        pd.DataFrame({"group": GROUPS, "samples": counts}).to_csv(partial, index=False)
