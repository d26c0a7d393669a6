"""Cutting out the part of a face that a score looks at (system.md 3 and 4)."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vectorfind.images import window
from vectorfind.vocabulary import View


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


def read_view(stored: list[Any]) -> View:
    """Return the view that JSON keeps as lists."""
    windows, max_height = stored
    return View(tuple(tuple(window) for window in windows), max_height)
