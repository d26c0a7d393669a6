"""Samples of w with their scores on disk: shards, and all of them joined and grouped."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vectorfind.data.origin import require_one_origin
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.samples.groups import assign_groups
from vectorfind.samples.samples import Samples
from vectorfind.samples.sums import counts_of
from vectorfind.vocabulary import Names, group_names

logger = logging.getLogger(__name__)


def write_samples(
    path: str | Path,
    w: np.ndarray,
    scores: np.ndarray,
    sums: np.ndarray | None = None,
    *,
    origin: str = "",
    start: int = 0,
) -> None:
    """Write one shard of samples as `.npz`, atomically, with sums over more than these, if any.

    `origin` says what they were made from, `start` is the number of the first.
    """
    arrays: dict[str, Any] = {"origin": np.array(origin), "start": np.array(start)}
    arrays |= {"w": np.asarray(w, np.float32), "scores": np.asarray(scores, np.float32)}
    if sums is not None:
        arrays["sums"] = sums
    with atomic_path(path) as partial:
        np.savez(partial, **arrays)


def read_samples(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read w [n, w_dim] and scores [n, P] of one shard.

    Raises:
        InputError: the file is damaged or holds scores that are not finite.
    """
    w, scores = _read(path, "w"), _read(path, "scores")
    if len(scores) != len(w) or not np.isfinite(scores).all():
        raise InputError(f"{path}: scores are missing or not finite; delete it and rerun.")
    return w, scores


def _read(path: str | Path, name: str) -> np.ndarray:
    try:
        with np.load(path) as file:
            return file[name]
    except Exception as error:
        raise InputError(
            f"{path}: not a readable shard of samples ({error}); delete it and rerun."
        ) from error


def join_samples(
    shards: Sequence[str | Path],
    properties: Sequence[str],
    cutoffs: Mapping[str, float],
    *,
    w_path: str | Path,
    scores_path: str | Path,
    groups_path: str | Path,
    counts_path: str | Path,
    sums_path: str | Path | None = None,
) -> None:
    """Join shards into `w.npy` and `scores.npy`, and group every sample.

    One shard is in memory at a time; `w.npy` can be memory-mapped. `properties` names the scores'
    columns. `counts_path` gets a CSV with the samples per group. Where rows were left out,
    `sums_path` gets the shards' sums, and the counts are theirs.
    """
    _require_one_run(shards)
    size, count = _read(shards[0], "w").shape[1], sum(len(_read(s, "scores")) for s in shards)
    names = group_names(list(cutoffs))
    counts = np.zeros(len(names), np.int64)
    with ExitStack() as stack:
        write_w, write_scores, write_groups = (
            stack.enter_context(_open_rows(path, shape, kind))
            for path, shape, kind in (
                (w_path, (count, size), np.float32),
                (scores_path, (count, len(properties)), np.float32),
                (groups_path, (count,), np.int64),
            )
        )
        for w, scores in map(read_samples, shards):
            groups = assign_groups(pd.DataFrame(scores, columns=list(properties)), cutoffs)
            write_w(w)
            write_scores(scores)
            write_groups(groups)
            counts += np.bincount(groups, minlength=len(names))
    if sums_path is not None:
        counts = counts_of(_join_sums(sums_path, shards))
    _write_counts(counts_path, counts, names)


def _require_one_run(shards: Sequence[str | Path]) -> None:
    require_one_origin((shard, str(_read(shard, "origin"))) for shard in shards)
    starts = [int(_read(shard, "start")) for shard in shards]
    for shard, before, start in zip(shards[1:], starts, starts[1:], strict=False):
        if start <= before:
            raise InputError(
                f"{shard}: begins with sample {start:,}, after the shard of sample {before:,}: it "
                "stands for another; delete it and run again."
            )


@contextmanager
def _open_rows(
    path: str | Path, shape: tuple[int, ...], kind: type
) -> Iterator[Callable[[np.ndarray], None]]:
    """Yield a function that writes the next rows of an array of a shape as `.npy`.

    A memory map would count as the job's memory, page by page.
    """
    head = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": shape}
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, head)
        yield lambda rows: rows.astype(kind).tofile(file)


def _join_sums(path: str | Path, shards: Sequence[str | Path]) -> np.ndarray:
    """Write the sums over all shards' samples, added in the shards' order, and return them."""
    sums = np.zeros_like(_read(shards[0], "sums"))
    for shard in shards:
        sums += _read(shard, "sums")
        if not np.isfinite(sums).all():
            raise InputError(f"{shard}: some scores or w are not finite; delete it and rerun.")
    with atomic_path(path) as partial:
        np.save(partial, sums)
    return sums


def _write_counts(path: str | Path, counts: np.ndarray, names: Sequence[str]) -> None:
    logger.info("samples per group: %s", dict(zip(names, counts.tolist(), strict=True)))
    with atomic_path(path) as partial:
        pd.DataFrame({"group": names, "samples": counts}).to_csv(partial, index=False)


def open_samples(
    w_path: str | Path,
    scores_path: str | Path,
    groups_path: str | Path,
    names: Names,
    sums_path: str | Path | None = None,
) -> Samples:
    """Open what `join_samples` wrote; w stays on the disk.

    Raises:
        InputError: a file is damaged, or they do not fit together.
    """
    try:
        w = np.load(w_path, mmap_mode="r")
        scores, groups = np.load(scores_path), np.load(groups_path)
        sums = np.load(sums_path) if sums_path else None
    except Exception as error:
        raise InputError(
            f"{w_path}, {scores_path}, {groups_path}: not readable samples ({error}); delete them "
            "and rerun."
        ) from error
    return Samples(w, scores, groups, names=names, sums=sums)
