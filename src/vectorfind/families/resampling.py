"""Enlarging, shrinking and filtering feature maps with finite filters, in plain convolutions."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor


def enlarge(x: Tensor, filter_: Tensor, up: int, padding: Sequence[int]) -> Tensor:
    """Put `up` - 1 zeros after every pixel, pad, and filter along both axes.

    Args:
        x: [N, C, H, W].
        filter_: [taps]; the brightness is kept where it sums to 1.
        up: factor.
        padding: left, right, top, bottom, in enlarged pixels; negative crops.
    """
    taps, (n, c) = len(filter_), x.shape[:2]
    x = x.reshape(n * c, 1, *x.shape[2:])
    kernel = filter_ * up
    x = F.conv_transpose2d(x, kernel.view(1, 1, 1, taps), stride=(1, up))
    x = F.conv_transpose2d(x, kernel.view(1, 1, taps, 1), stride=(up, 1))
    left, right, top, bottom = padding
    # What the transposed convolution gives is that of a padding of taps - 1 and taps - up.
    before, after = taps - 1, taps - up
    x = F.pad(x, [left - before, right - after, top - before, bottom - after])
    return x.reshape(n, c, *x.shape[2:])


def shrink(x: Tensor, filter_: Tensor, down: int) -> Tensor:
    """Filter x [N, C, H, W] with [taps], along both axes, or [taps, taps]; keep every `down`th."""
    taps, (n, c) = len(filter_), x.shape[:2]
    x = x.reshape(n * c, 1, *x.shape[2:])
    if filter_.ndim == 2:
        x = F.conv2d(x, filter_.flip(0, 1).view(1, 1, taps, taps), stride=down)
    else:
        x = F.conv2d(x, filter_.flip(0).view(1, 1, 1, taps), stride=(1, down))
        x = F.conv2d(x, filter_.flip(0).view(1, 1, taps, 1), stride=(down, 1))
    return x.reshape(n, c, *x.shape[2:])
