"""Samples of w with their scores on disk: shards, and all of them joined and grouped."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.samples.groups import assign_groups
from vectorfind.samples.samples import Samples
from vectorfind.vocabulary import Names, group_names

logger = logging.getLogger(__name__)


def write_samples(path: str | Path, w: np.ndarray, scores: np.ndarray) -> None:
    """Write one shard of samples as `.npz`, atomically."""
    with atomic_path(path) as partial:
        np.savez(partial, w=np.asarray(w, np.float32), scores=np.asarray(scores, np.float32))


def read_samples(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read w [n, w_dim] and scores [n, P] of one shard.

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
    if len(scores) != len(w) or not np.isfinite(scores).all():
        raise InputError(f"{path}: scores are missing or not finite; delete it and rerun.")
    return w, scores


def join_samples(
    shards: Sequence[str | Path],
    properties: Sequence[str],
    cutoffs: Mapping[str, float],
    *,
    w_path: str | Path,
    scores_path: str | Path,
    groups_path: str | Path,
    counts_path: str | Path,
) -> None:
    """Join shards into `w.npy` and `scores.npy`, and group every sample.

    One shard is in memory at a time; `w.npy` can be memory-mapped. `properties` names the scores'
    columns. `counts_path` gets a CSV with the samples per group.
    """
    scores = np.concatenate([read_samples(path)[1] for path in shards])
    _join_w(w_path, shards, len(scores))
    groups = assign_groups(pd.DataFrame(scores, columns=list(properties)), cutoffs)
    for path, array in ((scores_path, scores), (groups_path, groups)):
        with atomic_path(path) as partial:
            np.save(partial, array)
    _write_counts(counts_path, groups, group_names(list(cutoffs)))


def _join_w(path: str | Path, shards: Sequence[str | Path], count: int) -> None:
    with atomic_path(path) as partial:
        start = 0
        for shard in shards:
            rows = read_samples(shard)[0]
            if start == 0:
                shape = (count, rows.shape[1])
                joined = np.lib.format.open_memmap(partial, "w+", np.float32, shape)
            joined[start : start + len(rows)] = rows
            start += len(rows)
        joined.flush()


def _write_counts(path: str | Path, groups: np.ndarray, names: Sequence[str]) -> None:
    counts = np.bincount(groups, minlength=len(names))
    logger.info("samples per group: %s", dict(zip(names, counts.tolist(), strict=True)))
    with atomic_path(path) as partial:
        pd.DataFrame({"group": names, "samples": counts}).to_csv(partial, index=False)


def open_samples(
    w_path: str | Path, scores_path: str | Path, groups_path: str | Path, names: Names
) -> Samples:
    """Open what `join_samples` wrote; w stays on the disk.

    Raises:
        InputError: a file is damaged, or they do not fit together.
    """
    try:
        w = np.load(w_path, mmap_mode="r")
        scores, groups = np.load(scores_path), np.load(groups_path)
    except Exception as error:
        raise InputError(
            f"{w_path}, {scores_path}, {groups_path}: not readable samples ({error}); delete them "
            "and rerun."
        ) from error
    return Samples(w, scores, groups, names=names)
