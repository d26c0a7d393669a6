"""Scores of latents: their images are drawn, rounded to 8 bits and scored, and not kept."""

from collections.abc import Callable

import torch
from torch import Tensor

from vectorfind.directions.edits import images_at_once
from vectorfind.images import to_network_range, to_uint8
from vectorfind.names import PROPERTIES
from vectorfind.stylegan.inference import prepare_drawing


def score_latents(generator: torch.nn.Module, scorer: torch.nn.Module, latents: Tensor) -> Tensor:
    """Return the scores float32 [N, 8], in the order of PROPERTIES.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        latents: w [N, D] or [N, layers, D], on any device.
    """
    device = next(iter(generator.state_dict().values())).device
    draw_scores = prepare_drawing(generator, device, finish=scoring_of_drawn(scorer))
    parts = latents.to(device).split(images_at_once(generator.resolution, device))
    return torch.cat([draw_scores(part) for part in parts])


def scoring_of_drawn(scorer: torch.nn.Module) -> Callable[[Tensor], Tensor]:
    """Return a function that scores images float [N, 3, H, W] as they would be once written.

    It returns float32 [N, 8] in the order of PROPERTIES.
    """
    order = [scorer.properties.index(name) for name in PROPERTIES]
    return lambda images: scorer(to_network_range(to_uint8(images)))[:, order]
