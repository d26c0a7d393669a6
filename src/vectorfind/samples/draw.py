"""Sampling what directions are found in: w and scores, never images (system.md 1.14)."""

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.networks import FaceGenerator, FaceScorer
from vectorfind.samples.score_latents import scoring_of_drawn
from vectorfind.stylegan.inference import Precision, map_rows, prepare_drawing, worth_compiling


@torch.inference_mode()
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
    finish = scoring_of_drawn(scorer.to(device).eval())
    compiled = worth_compiling(generator, len(z), batch_size, device)
    draw = prepare_drawing(generator, device, precision, compiled_batch=compiled, finish=finish)
    ws, scores = [], []
    for start in tqdm(range(0, len(z), batch_size), desc="sampling", mininterval=5):
        w = map_rows(generator, z, label, slice(start, start + batch_size), device)
        ws.append(w.float())
        scores.append(draw(w))
    # Copied once: a copy after each batch would make a GPU wait.
    return torch.cat(ws).cpu().numpy(), torch.cat(scores).cpu().numpy()
