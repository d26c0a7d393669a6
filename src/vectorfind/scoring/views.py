"""Cutting out the part of a face that a score looks at (system.md 3 and 4)."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vectorfind.images import Images, blocks, window
from vectorfind.vocabulary import View

KEPT_HEIGHT = 64
"""Pixels of height above which a view that is kept is reduced, where its network wants no more."""
AT_ONCE = 100
"""Images that are in memory while views of them are kept."""


def crop(images: Tensor, view: View) -> Tensor:
    """Cut a view out of [..., H, W]: its windows joined along the width."""
    parts = [window(images, *fractions) for fractions in view.windows]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)


def crop_pictures(images: np.ndarray, view: View) -> Tensor:
    """Cut a view out of uint8 [N,H,W,3]; returns uint8 [N,h,w,3] of its own memory."""
    planes = torch.from_numpy(np.asarray(images)).permute(0, 3, 1, 2)
    return crop(planes, view).permute(0, 2, 3, 1).clone(memory_format=torch.contiguous_format)


def keep_views(images: Images, views: Iterable[View]) -> dict[View, Tensor]:
    """Cut views out of all images, uint8 [N,h,w,3] each, of their own memory.

    A view higher than KEPT_HEIGHT and its `max_height` is brought to the larger of these: all that
    is kept of an image of any size.
    """
    sizes = {view: _kept_size(view, *images.shape[1:3]) for view in views}
    kept = {
        view: torch.empty((len(images), *size, 3), dtype=torch.uint8)
        for view, size in sizes.items()
    }
    for rows, block in blocks(images, AT_ONCE):
        for view, size in sizes.items():
            kept[view][rows] = _reduced(crop_pictures(block, view), size)
    return kept


def _kept_size(view: View, height: int, width: int) -> tuple[int, int]:
    return input_size(view._replace(max_height=max(view.max_height, KEPT_HEIGHT)), height, width)


def _reduced(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring uint8 [N,H,W,3] to a size by area averaging, where it has another."""
    if pictures.shape[1:3] == size:
        return pictures
    planes = interpolate(pictures.permute(0, 3, 1, 2).float(), size, mode="area")
    return planes.round().to(torch.uint8).permute(0, 2, 3, 1)


def input_size(view: View, height: int, width: int) -> tuple[int, int]:
    """Return the height and width at which a network sees a view of height x width images."""
    rows, columns = crop(torch.empty(height, width, device="meta"), view).shape
    reduction = max(rows / view.max_height, 1)
    return round(rows / reduction), round(columns / reduction)


def read_view(stored: list[Any]) -> View:
    """Return the view that JSON keeps as lists."""
    windows, max_height = stored
    return View(tuple(tuple(window) for window in windows), max_height)
