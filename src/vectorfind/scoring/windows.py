"""Which part of a face each score looks at (system.md 3 and 4)."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vectorfind.images import window


class View(NamedTuple):
    """Windows (top, bottom, left, right, as fractions) joined side by side.

    `max_height` is the height in pixels above which a network sees the view reduced: what its
    score needs is still there, and the time of a network no longer grows with the resolution.
    """

    windows: tuple[tuple[float, float, float, float], ...]
    max_height: int


ATTRIBUTE_VIEWS = {
    "gender": View(((0, 1, 0, 1),), 64),
    "quality": View(((0, 1 / 4, 1 / 4, 3 / 4),), 64),
    "age": View(((0, 1 / 2, 0, 1),), 64),
    "glass": View(((5 / 16, 1 / 2, 1 / 4, 3 / 4),), 64),
}

PROPERTY_VIEWS = {
    "eyes": View(((3 / 8, 9 / 16, 1 / 4, 3 / 4),), 64),
    "hair_color": View(((0, 1, 0, 1),), 32),
    "hair_length": View(((1 / 2, 1, 0, 1),), 32),
    "mouth": View(((5 / 8, 13 / 16, 3 / 8, 5 / 8),), 64),
    "pose": View(((7 / 16, 5 / 8, 11 / 32, 21 / 32),), 64),
    "background_mean": View(((0, 1 / 2, 0, 1),), 16),
    "background_std": View(((0, 1 / 2, 0, 1),), 32),
    "hairstyle": View(((1 / 2, 1, 0, 3 / 8), (1 / 2, 1, 5 / 8, 1)), 64),
}


def crop(images: Tensor, view: View) -> Tensor:
    """Cut a view out of [..., H, W]: its windows joined along the width."""
    parts = [window(images, *fractions) for fractions in view.windows]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)


def crop_pictures(images: np.ndarray, view: View) -> Tensor:
    """Cut a view out of uint8 [N,H,W,3]; returns uint8 [N,h,w,3] of its own memory."""
    planes = torch.from_numpy(np.asarray(images)).permute(0, 3, 1, 2)
    return crop(planes, view).permute(0, 2, 3, 1).clone(memory_format=torch.contiguous_format)


def input_size(view: View, height: int, width: int) -> tuple[int, int]:
    """Return the height and width at which a network sees a view of height x width images."""
    rows, columns = crop(torch.empty(height, width, device="meta"), view).shape
    reduction = max(rows / view.max_height, 1)
    return round(rows / reduction), round(columns / reduction)
