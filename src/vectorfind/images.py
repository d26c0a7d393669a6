"""The ranges and layouts an image passes through."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from vectorfind.errors import InputError


class Images(Protocol):
    """uint8 RGB images [N,H,W,3] that are taken by slices: an array, or an opened archive."""

    @property
    def shape(self) -> tuple[int, ...]:
        """N, H, W and 3."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> Any:
        """Return uint8 [n,H,W,3]."""


def blocks(images: Images, size: int) -> Iterator[tuple[slice, Any]]:
    """Yield (rows, uint8 [n,H,W,3]), `size` images at a time: no more of them are held."""
    for start in range(0, len(images), size):
        rows = slice(start, min(start + size, len(images)))
        yield rows, images[rows]


def regrouped(parts: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Yield the rows of arrays [n, ..] as arrays of `size` rows, the last of what is left."""
    held = None
    for part in parts:
        held = part if held is None else np.concatenate([held, part])
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if held is not None and len(held):
        yield held


def to_uint8(images: Tensor) -> Tensor:
    """Turn network output [N,3,H,W], about -1..1, into uint8 [N,H,W,3] on the same device.

    Values outside -1..1 are clipped; the rounding is the same on every path to disk or scorer.
    """
    scaled = (images.detach().float() + 1) * 127.5
    return scaled.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def require_finite(made: Tensor, finite: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return what was `made` of images where these are `finite`, a bool; rounding hides others.

    Raises:
        InputError: they are not; `dtype` is what they were drawn in.
    """
    if not finite:
        kind = str(dtype).removeprefix("torch.")
        remedy = "set `device: cpu`, which draws in another precision, or " * (kind == "float16")
        raise InputError(
            f"the generator draws pixels that are NaN or infinite, in {kind}; {remedy}look at "
            "the checkpoint with `vectorfind inspect`, and at the offsets if faces are edited."
        )
    return made


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
