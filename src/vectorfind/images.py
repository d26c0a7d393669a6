"""The ranges and layouts an image passes through, and pictures written to disk."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vectorfind.files import atomic_path


def to_uint8(images: Tensor) -> Tensor:
    """Turn network output [N,3,H,W], about -1..1, into uint8 [N,H,W,3] on the same device.

    Values outside -1..1 are clipped; the rounding is the same on every path to disk or scorer.
    """
    scaled = (images.detach().float() + 1) * 127.5
    return scaled.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def to_network_range(images: Tensor | np.ndarray) -> Tensor:
    """Turn uint8 [N,H,W,3] into float32 [N,3,H,W] in -1..1."""
    return _to_planes(images).div_(127.5).sub_(1)


def to_unit_range(images: Tensor | np.ndarray) -> Tensor:
    """Turn uint8 [N,H,W,3] into float32 [N,3,H,W] in 0..1."""
    return _to_planes(images).div_(255)


def _to_planes(images: Tensor | np.ndarray) -> Tensor:
    planes = torch.as_tensor(images).permute(0, 3, 1, 2)
    return planes.to(torch.float32, memory_format=torch.contiguous_format, copy=True)


def window(images: Tensor, top: float, bottom: float, left: float, right: float) -> Tensor:
    """Crop [..., H, W] to fractions of height and width (system.md 3 and 4); a view."""
    height, width = images.shape[-2:]
    rows = slice(round(top * height), round(bottom * height))
    columns = slice(round(left * width), round(right * width))
    return images[..., rows, columns]


def contact_sheet(images: np.ndarray, columns: int, scale: int = 1) -> np.ndarray:
    """Tile uint8 [N,H,W,3] row by row into one uint8 [H',W',3] picture, enlarged `scale` times.

    Cells that are left over in the last row are white.
    """
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height, width, channels), 255, np.uint8)
    cells[:count] = images
    grid = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    sheet = grid.reshape(rows * height, columns * width, channels)
    return sheet.repeat(scale, axis=0).repeat(scale, axis=1)


def save_png(path: str | Path, image: np.ndarray) -> None:
    """Write uint8 [H,W,3] RGB as PNG, atomically."""
    with atomic_path(path) as partial:
        Image.fromarray(np.ascontiguousarray(image)).save(partial, format="PNG")
