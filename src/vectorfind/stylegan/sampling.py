"""Latents that depend on (seed, sample) alone, and images drawn from them in batches."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from vectorfind.images import to_uint8
from vectorfind.stylegan.generator import Generator


def draw_latents(
    seed: int, start: int, count: int, z_dim: int, label_dim: int
) -> tuple[Tensor, Tensor | None]:
    """Draw `z` float32 [count, z_dim] and N(0, 1) labels [count, label_dim] (None for 0).

    Sample k (from `start` on) depends on (seed, k) only, so that shards and batches of any size
    agree; its `z` is the same with and without a label.
    """
    drawn = np.empty((count, z_dim + label_dim), dtype=np.float32)
    for row, sample in enumerate(range(start, start + count)):
        drawn[row] = np.random.default_rng([seed, sample]).standard_normal(z_dim + label_dim)
    values = torch.from_numpy(drawn)
    label = values[:, z_dim:].contiguous() if label_dim else None
    return values[:, :z_dim].contiguous(), label


def generate(
    generator: Generator,
    z: Tensor,
    label: Tensor | None,
    batch_size: int,
    device: torch.device | str,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield (`w` float32 [n, w_dim], images uint8 [n, H, W, 3]) batch by batch, on the CPU.

    Moves the generator to `device` and draws in eval mode: fixed noise, no truncation.
    """
    generator = generator.to(device).eval()
    for first in range(0, len(z), batch_size):
        part = slice(first, first + batch_size)
        with torch.no_grad():
            batch_label = None if label is None else label[part].to(device)
            w = generator.mapping(z[part].to(device), batch_label)
            images = to_uint8(generator.synthesis(w))
        yield w.cpu(), images.cpu()
