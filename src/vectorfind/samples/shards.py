"""One shard of samples, drawn in blocks: some rows stay, and all of them count in sums."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vectorfind.networks import FaceGenerator, FaceScorer
from vectorfind.samples.draw import prepare_sampling
from vectorfind.samples.groups import assign_groups
from vectorfind.samples.vectors import CHUNK
from vectorfind.stylegan import draw_latents
from vectorfind.vocabulary import group_names

Block = tuple[int, Tensor, Tensor]
"""Number of the first sample, w [n, D] and scores [n, P] on the device."""


def sample_blocks(
    generator: FaceGenerator,
    scorer: FaceScorer,
    seed: int,
    start: int,
    count: int,
    batch_size: int,
    *,
    device: torch.device | str = "cpu",
) -> Iterator[Block]:
    """Yield `count` samples from number `start` on, in blocks of whole batches, about `CHUNK` rows.

    Their latents come from `seed` and their number.
    """
    sample = prepare_sampling(generator, scorer, count, batch_size, device=device)
    size, end = max(1, CHUNK // batch_size) * batch_size, start + count
    for first in range(start, end, size):
        own = min(size, end - first)
        z, label = draw_latents(seed, first, own, generator.z_dim, generator.label_dim)
        yield first, *sample(z, label)


def collect_shard(
    blocks: Iterable[Block],
    kept: tuple[int, int],
    properties: Sequence[str],
    cutoffs: Mapping[str, float] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return w [n, D] and scores [n, P] of the rows that stay, and the sums over all rows.

    Args:
        blocks: of samples; only one is in memory at a time.
        kept: of every `kept[1]` samples `kept[0]` stay.
        properties: names of the scores' columns.
        cutoffs: medians that make the groups; None where no sums (`samples.sums`) are wanted.
    """
    ws, all_scores, sums = [], [], None
    for first, w, scores in blocks:
        if cutoffs is not None:
            sums = sum_rows(w, scores, properties, cutoffs) + (0 if sums is None else sums)
        rows = torch.as_tensor(kept_rows(first, len(w), kept), device=w.device)
        ws.append(w[rows].cpu())
        all_scores.append(scores[rows].cpu())
    summed = None if sums is None else sums.cpu().numpy()
    return torch.cat(ws).numpy(), torch.cat(all_scores).numpy(), summed


def kept_rows(start: int, count: int, kept: tuple[int, int]) -> np.ndarray:
    """Return which rows of a block stay: `kept[0]` of every `kept[1]` samples, evenly spread.

    A sample's number alone decides, so that shards and blocks of any size agree.
    """
    share, whole = kept
    number = np.arange(start, start + count)
    return np.flatnonzero((number + 1) * share // whole > number * share // whole)


def sum_rows(
    w: Tensor, scores: Tensor, properties: Sequence[str], cutoffs: Mapping[str, float]
) -> Tensor:
    """Return the sums (`samples.sums`) over rows w [n, D] and scores [n, P]."""
    table = pd.DataFrame(scores.cpu().numpy(), columns=list(properties))
    rows = torch.cat([w, scores, torch.ones_like(w[:, :1])], dim=1)
    # Apple's GPUs have no float64.
    rows = (rows.cpu() if rows.device.type == "mps" else rows).double()
    groups = torch.as_tensor(assign_groups(table, cutoffs), device=rows.device)
    parts = [rows[groups == group] for group in range(len(group_names(list(cutoffs))))]
    return torch.stack([part.T @ part for part in parts])
