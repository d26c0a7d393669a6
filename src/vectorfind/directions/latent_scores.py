"""Scores of latents: their images are drawn, rounded to 8 bits and scored, and not kept."""

import torch
from torch import Tensor

from vectorfind.directions.edits import images_at_once
from vectorfind.images import to_network_range, to_uint8
from vectorfind.names import PROPERTIES


@torch.inference_mode()
def score_latents(generator: torch.nn.Module, scorer: torch.nn.Module, latents: Tensor) -> Tensor:
    """Return the scores float32 [N, 8], in the order of PROPERTIES.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        latents: w [N, D] or [N, layers, D], on any device.
    """
    device = next(iter(generator.state_dict().values())).device
    latents = latents.to(device)
    order = [scorer.properties.index(name) for name in PROPERTIES]
    parts = latents.split(images_at_once(generator.resolution, device))
    images = (to_network_range(to_uint8(generator.synthesis(part))) for part in parts)
    return torch.cat([scorer(batch)[:, order] for batch in images])
