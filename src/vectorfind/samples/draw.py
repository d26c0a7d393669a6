"""Sampling what directions are found in: w and scores, never images (system.md 1.14)."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.networks import FaceGenerator, FaceScorer
from vectorfind.samples.score_latents import scoring_of_drawn
from vectorfind.stylegan.inference import Precision, map_rows, prepare_drawing, worth_compiling

Sample = Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor]]
"""From z [n, z_dim] and labels to w [n, w_dim] and scores [n, P], float32 on the device."""


def sample_scores(
    generator: FaceGenerator,
    scorer: FaceScorer,
    z: Tensor,
    label: Tensor | None,
    batch_size: int,
    *,
    device: torch.device | str = "cpu",
    precision: Precision = "auto",
) -> tuple[np.ndarray, np.ndarray]:
    """Draw an image of each z [n, z_dim] and score it without leaving the device.

    Returns w float32 [n, w_dim] and scores float32 [n, P] in the order of `scorer.properties`.
    """
    sample = prepare_sampling(
        generator, scorer, len(z), batch_size, device=device, precision=precision
    )
    w, scores = sample(z, label)
    return w.cpu().numpy(), scores.cpu().numpy()


def prepare_sampling(
    generator: FaceGenerator,
    scorer: FaceScorer,
    count: int,
    batch_size: int,
    *,
    device: torch.device | str = "cpu",
    precision: Precision = "auto",
) -> Sample:
    """Return a function that samples, in batches, part after part of `count` faces."""
    finish = scoring_of_drawn(scorer.to(device).eval())
    compiled = worth_compiling(generator, count, batch_size, device)
    draw = prepare_drawing(generator, device, precision, compiled_batch=compiled, finish=finish)
    bar = tqdm(total=-(-count // batch_size), desc="sampling", mininterval=5)

    @torch.inference_mode()
    def sample(z: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
        ws, scores = [], []
        for start in range(0, len(z), batch_size):
            w = map_rows(generator, z, label, slice(start, start + batch_size), device)
            ws.append(w.float())
            scores.append(draw(w))
            bar.update()
        # Not moved to the CPU: a copy after each batch would make a GPU wait.
        return torch.cat(ws), torch.cat(scores)

    return sample
