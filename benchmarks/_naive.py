"""The published way with images: one at a time, through a JPEG file between the networks."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from vectorfind.images import to_network_range, to_uint8
from vectorfind.stylegan import Generator


@torch.no_grad()
def draw_to_jpeg(generator: Generator, latents: Tensor, path: Path) -> None:
    """Draw the image of latents [1, ...] and write it."""
    image = to_uint8(generator.synthesis(latents))
    Image.fromarray(image[0].cpu().numpy()).save(path, quality=95)


@torch.no_grad()
def score_jpeg(scorer: nn.Module, path: Path, device: torch.device) -> np.ndarray:
    """Read an image and score it; returns [P]."""
    image = np.array(Image.open(path))[None]
    return scorer(to_network_range(image).to(device)).cpu().numpy()[0]
