"""The samples that directions are found in: w and scores, never images (system.md 1.14)."""

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
from vectorfind.images import to_network_range
from vectorfind.names import GROUPS, PROPERTIES
from vectorfind.stylegan.inference import Precision, prepare_drawing, worth_compiling

logger = logging.getLogger(__name__)


@torch.inference_mode()
def sample_scores(
    generator: torch.nn.Module,
    scorer: torch.nn.Module,
    z: Tensor,
    label: Tensor | None,
    batch_size: int,
    device: torch.device | str = "cpu",
    precision: Precision = "auto",
) -> tuple[np.ndarray, np.ndarray]:
    """Draw an image of each z [n, z_dim] and score it without leaving the device.

    Returns:
        w float32 [n, w_dim] and scores float32 [n, 8] in the order of PROPERTIES.
    """
    compiled_batch = worth_compiling(len(z), batch_size, device)
    draw = prepare_drawing(generator, device, precision, compiled_batch)
    scorer = scorer.to(device).eval()
    order = [scorer.properties.index(name) for name in PROPERTIES]
    ws, scores = [], []
    for start in tqdm(range(0, len(z), batch_size), desc="sampling", mininterval=5):
        rows = slice(start, start + batch_size)
        w = generator.mapping(z[rows].to(device), None if label is None else label[rows].to(device))
        ws.append(w.float())
        scores.append(scorer(to_network_range(draw(w))).float()[:, order])
    # Copied once: a copy after each batch would make a GPU wait.
    return torch.cat(ws).cpu().numpy(), torch.cat(scores).cpu().numpy()


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
