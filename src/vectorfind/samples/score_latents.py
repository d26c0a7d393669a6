"""Scores of latents: their images are drawn, rounded to 8 bits and scored, and not kept."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.images import to_network_range, to_uint8
from vectorfind.networks import FaceGenerator, FaceScorer
from vectorfind.stylegan.inference import images_at_once, prepare_drawing


def score_latents(generator: FaceGenerator, scorer: FaceScorer, latents: Tensor) -> Tensor:
    """Return the scores float32 [N, P], in the order of `scorer.properties`.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        latents: w [N, D] or [N, layers, D], on any device.
    """
    device = next(iter(generator.state_dict().values())).device
    draw_scores = prepare_drawing(generator, device, finish=scoring_of_drawn(scorer))
    parts = latents.to(device).split(images_at_once(generator.resolution, device))
    return torch.cat([draw_scores(part) for part in parts])


def look_at_latents(
    generator: FaceGenerator,
    scorer: FaceScorer,
    latents: Tensor,
    look: Callable[[Tensor], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores float32 [N, P] of latents, and what `look` makes of their images.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        latents: w [N, D], on any device.
        look: from uint8 images [n, H, W, 3] to [n, M].
    """
    device = next(iter(generator.state_dict().values())).device
    draw = prepare_drawing(generator, device)
    scores, seen = [], []
    with torch.inference_mode():
        parts = latents.to(device).split(images_at_once(generator.resolution, device))
        for part in tqdm(parts, desc="drawing and measuring", mininterval=5):
            images = draw(part)
            scores.append(scorer(to_network_range(images)).float().cpu().numpy())
            seen.append(look(images))
    return np.concatenate(scores), np.concatenate(seen)


def scoring_of_drawn(scorer: FaceScorer) -> Callable[[Tensor], Tensor]:
    """Return a function that scores images float [N, 3, H, W] as they would be once written.

    It returns float32 [N, P] in the order of `scorer.properties`.
    """
    return lambda images: scorer(to_network_range(to_uint8(images)))
