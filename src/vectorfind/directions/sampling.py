"""The samples that directions are found in: w and scores, shard by shard (system.md 1.14)."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.directions.groups import assign_groups
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.images import to_network_range, to_uint8
from vectorfind.names import GROUPS, PROPERTIES

logger = logging.getLogger(__name__)


@torch.inference_mode()
def sample_scores(
    generator: torch.nn.Module,
    scorer: torch.nn.Module,
    z: Tensor,
    label: Tensor | None,
    batch_size: int,
    device: torch.device | str = "cpu",
) -> tuple[np.ndarray, np.ndarray]:
    """Return `w` float32 [N, w_dim] and the scores float32 [N, 8] of the images made from them.

    Images are rounded to uint8 as on disk, but never leave the device.
    """
    generator, scorer = generator.to(device).eval(), scorer.to(device).eval()
    ws, scores = [], []
    for start in tqdm(range(0, len(z), batch_size), desc="sampling", mininterval=5):
        rows = slice(start, start + batch_size)
        w = generator.mapping(z[rows].to(device), None if label is None else label[rows].to(device))
        ws.append(w)
        scores.append(scorer(to_network_range(to_uint8(generator.synthesis(w)))))
    return torch.cat(ws).cpu().numpy(), torch.cat(scores).float().cpu().numpy()


def write_samples(path: str | Path, w: np.ndarray, scores: np.ndarray) -> None:
    """Write one shard: `w` float32 [N, w_dim] and `scores` float32 [N, 8], atomically."""
    with atomic_path(path) as partial:
        np.savez(partial, w=w.astype(np.float32), scores=scores.astype(np.float32))


def join_samples(
    shards: Sequence[str | Path],
    cutoffs: dict[str, float],
    *,
    w_path: str | Path,
    scores_path: str | Path,
    groups_path: str | Path,
    counts_path: str | Path,
) -> None:
    """Join shards into memory-mappable arrays, and count the samples of each group.

    Writes `w` [N, w_dim] and `scores` [N, 8] float32, `groups` [N] int64 (indices into GROUPS),
    and a CSV with the columns group and samples.

    Raises:
        InputError: a shard is damaged or holds scores that are not finite.
    """
    parts = [_read_samples(path) for path in shards]
    scores = np.concatenate([part[1] for part in parts])
    groups = assign_groups(scores, cutoffs)
    _save_array(w_path, np.concatenate([part[0] for part in parts]))
    _save_array(scores_path, scores)
    _save_array(groups_path, groups)
    counts = np.bincount(groups, minlength=len(GROUPS))
    logger.info("samples per group: %s", dict(zip(GROUPS, counts.tolist(), strict=True)))
    with atomic_path(counts_path) as partial:
        pd.DataFrame({"group": GROUPS, "samples": counts}).to_csv(partial, index=False)


def _read_samples(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with np.load(path) as file:
            w, scores = file["w"], file["scores"]
    except Exception as error:
        raise InputError(f"{path}: not a readable shard of samples ({error}); rerun it.") from error
    if scores.shape[1] != len(PROPERTIES) or not np.isfinite(scores).all():
        raise InputError(f"{path}: scores are missing or not finite; delete it and run again.")
    return w, scores


def _save_array(path: str | Path, array: np.ndarray) -> None:
    with atomic_path(path) as partial:
        np.save(partial, array)
