"""Enlarging, shrinking and filtering feature maps with finite filters, map by map."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

WHOLE = 6
"""Taps up to which one pass over both axes is faster than one along each."""


def enlarge(x: Tensor, filter_: Tensor, up: int, padding: Sequence[int]) -> Tensor:
    """Put `up` - 1 zeros after every pixel, pad, and filter along both axes.

    Args:
        x: [N, C, H, W].
        filter_: [taps]; the brightness is kept where it sums to 1.
        up: factor.
        padding: left, right, top, bottom, in enlarged pixels; negative crops.
    """
    n, c, height, width = x.shape
    apart = x.new_zeros(n, height * up, width * up, c).movedim(-1, 1)  # channels last in memory
    apart[:, :, ::up, ::up] = x
    return shrink(F.pad(apart, list(padding)), filter_ * up, 1)


def shrink(x: Tensor, filter_: Tensor, down: int) -> Tensor:
    """Filter x [N, C, H, W] with [taps], along both axes, or [taps, taps]; keep every `down`th."""
    maps = x.shape[1]
    if filter_.ndim == 1 and len(filter_) <= WHOLE:
        filter_ = filter_.outer(filter_)
    if filter_.ndim == 2:
        return _filtered(x, filter_, maps, (down, down))
    x = _filtered(x, filter_[None, :], maps, (1, down))
    return _filtered(x, filter_[:, None], maps, (down, 1))


def _filtered(x: Tensor, filter_: Tensor, maps: int, stride: tuple[int, int]) -> Tensor:
    kernel = filter_.flip(0, 1).expand(maps, 1, -1, -1).contiguous()
    return F.conv2d(x, kernel, stride=stride, groups=maps)
