"""Latents that depend on (seed, sample) alone, and images drawn from them in batches."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vectorfind.data.archives import write_archive
from vectorfind.networks import FaceGenerator
from vectorfind.stylegan.inference import Precision, map_rows, prepare_drawing, worth_compiling

Copies = tuple[Tensor, Tensor, torch.cuda.Event | None]
"""Latents and images on the CPU; the event, of a GPU, tells when they are there."""


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
    generator: FaceGenerator,
    z: Tensor,
    label: Tensor | None,
    batch_size: int,
    device: torch.device | str,
    *,
    precision: Precision = "auto",
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield (`w` float32 [n, w_dim], images uint8 [n, H, W, 3]) batch by batch, on the CPU.

    Moves the generator to `device` and draws in eval mode: fixed noise, no truncation. A GPU draws
    the next batch while the caller has the last one.
    """
    compiled_batch = worth_compiling(generator, len(z), batch_size, device)
    draw = prepare_drawing(generator, device, precision, compiled_batch=compiled_batch)

    def started() -> Iterator[Copies]:
        for first in range(0, len(z), batch_size):
            with torch.no_grad():
                w = map_rows(generator, z, label, slice(first, first + batch_size), device)
            yield _start_copy(w, draw(w))

    yield from _one_behind(started())


def _one_behind(started: Iterator[Copies]) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield what each copy brings once the next one has started."""
    waiting: Copies | None = None
    for copies in started:
        if waiting:
            yield _finish_copy(waiting)
        waiting = copies
    if waiting:
        yield _finish_copy(waiting)


def _start_copy(w: Tensor, images: Tensor) -> Copies:
    if not w.is_cuda:
        return w.cpu(), images.cpu(), None
    w, images = w.to("cpu", non_blocking=True), images.to("cpu", non_blocking=True)
    return w, images, torch.cuda.current_stream().record_event()


def _finish_copy(started: Copies) -> tuple[Tensor, Tensor]:
    w, images, done = started
    if done is not None:
        done.synchronize()
    return w, images


def generate_archive(
    path: str | Path,
    generator: FaceGenerator,
    z: Tensor,
    label: Tensor | None,
    batch_size: int,
    device: torch.device | str,
    *,
    first_id: int = 0,
    origin: str = "",
) -> np.ndarray:
    """Write the images of `z` as one archive, encoding while drawing; return w [n, w_dim]."""
    ws = []

    def images() -> Iterator[np.ndarray]:
        for w, batch in generate(generator, z, label, batch_size, device):
            ws.append(w.numpy())
            yield from batch.numpy()

    labels = None if label is None else label.numpy()
    write_archive(path, images(), first_id, labels=labels, origin=origin)
    return np.concatenate(ws)
