"""The layers of StyleGAN v1 (Karras et al. 2019), with GenForce's parameter names and scales.

Every weight is stored at unit variance and scaled at run time ("equalised learning rate").
"""

import math
from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FusedScale = Literal["auto"] | bool
NoiseSource = Literal["fixed", "random"] | Callable[..., Tensor]
"""The stored maps, fresh ones, or fresh ones of a function in the place of `torch.randn`."""

SLOPE = 0.2
GAIN = math.sqrt(2.0)
EPSILON = 1e-8
FUSED_FROM = 128


def is_fused(fused_scale: FusedScale, resolution: int) -> bool:
    """Tell whether scaling and convolution are one operation at this resolution."""
    return resolution >= FUSED_FROM if fused_scale == "auto" else bool(fused_scale)


def pixel_norm(x: Tensor) -> Tensor:
    """Scale each row of `x` [N, D] to a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + EPSILON)


def upsample(x: Tensor) -> Tensor:
    """Double height and width of `x` [N, C, H, W] by repeating pixels."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def downsample(x: Tensor) -> Tensor:
    """Halve height and width of `x` [N, C, H, W] by averaging."""
    return F.avg_pool2d(x, 2)


def spread_over_four(weight: Tensor) -> Tensor:
    """Turn kernels [O, I, 3, 3] into [O, I, 4, 4]: each tap acts on a 2x2 square."""
    padded = F.pad(weight, (1, 1, 1, 1))
    return padded[..., 1:, 1:] + padded[..., :-1, 1:] + padded[..., 1:, :-1] + padded[..., :-1, :-1]


class Dense(nn.Module):
    """A fully connected layer; `lr_mul` < 1 makes its parameters learn that much slower."""

    def __init__(self, inputs: int, outputs: int, gain: float = GAIN, *, lr_mul: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr_mul)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.weight_scale = gain / math.sqrt(inputs) * lr_mul
        self.bias_scale = lr_mul

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, inputs] to [N, outputs]."""
        return F.linear(x, self.weight * self.weight_scale, self.bias * self.bias_scale)


class Blur(nn.Module):
    """A 3x3 binomial filter on each channel."""

    kernel: Tensor

    def __init__(self, channels: int):
        super().__init__()
        line = torch.tensor([1.0, 2.0, 1.0]) / 4.0
        kernel = torch.outer(line, line).repeat(channels, 1, 1, 1)
        self.register_buffer("kernel", kernel)

    def forward(self, x: Tensor) -> Tensor:
        """Filter [N, C, H, W], zero beyond the border."""
        if x.is_cuda and torch.compiler.is_compiling():
            # Sums of shifted maps become part of the operations around them.
            x = F.pad(x, (1, 1, 1, 1))
            x = x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]
            return (x[..., :-2, :] + 2 * x[..., 1:-1, :] + x[..., 2:, :]) / 16
        return F.conv2d(x, self.kernel.to(x.dtype), padding=1, groups=self.kernel.shape[0])


class Noise(nn.Module):
    """One noise map for all channels, each with its own strength."""

    noise: Tensor

    def __init__(self, channels: int, resolution: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))
        self.register_buffer("noise", torch.randn(1, 1, resolution, resolution))

    def forward(self, bias: Tensor, source: NoiseSource, count: int) -> Tensor:
        """Add the stored map, or `count` fresh ones, to `bias` [C]: [1 or N, C, H, W]."""
        noise = self.noise
        if source != "fixed":
            randn = torch.randn if source == "random" else source
            noise = randn(count, *noise.shape[1:], dtype=noise.dtype, device=noise.device)
        return torch.addcmul(bias.view(1, -1, 1, 1), noise, self.weight.view(1, -1, 1, 1))


class StyledLayer(nn.Module):
    """What follows each synthesis convolution: noise, bias, leaky ReLU, and AdaIN from `w`."""

    def __init__(self, channels: int, resolution: int, w_dim: int):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.apply_noise = Noise(channels, resolution)
        self.style = Dense(w_dim, 2 * channels, gain=1.0)

    def restyle(self, x: Tensor, w: Tensor, noise: NoiseSource) -> Tensor:
        """Apply to `x` [N or 1, C, H, W] the styles of `w` [N, w_dim]."""
        x = x + self.apply_noise(self.bias, noise, len(w))
        x = F.leaky_relu(x, SLOPE)
        # An instance norm in any memory layout; F.instance_norm is slower on CPUs and in compiled
        # code, and copies what is not contiguous.
        x = x - x.mean(dim=(2, 3), keepdim=True)
        scaling = torch.rsqrt(x.square().mean(dim=(2, 3), keepdim=True) + EPSILON)
        scale, shift = self.style(w)[:, :, None, None].chunk(2, dim=1)
        return torch.addcmul(shift, x, scaling * (scale + 1))


class ConstantLayer(StyledLayer):
    """The first synthesis layer: a learned 4x4 input, the same for all images."""

    def __init__(self, channels: int, resolution: int, w_dim: int):
        super().__init__(channels, resolution, w_dim)
        self.const = nn.Parameter(torch.ones(1, channels, resolution, resolution))

    def forward(self, w: Tensor, noise: NoiseSource) -> Tensor:
        """Map `w` [N, w_dim] to [N, C, 4, 4]."""
        return self.restyle(self.const, w, noise)


class ConvLayer(StyledLayer):
    """A 3x3 convolution at one resolution, restyled."""

    kept_kernel: Tensor | None = None

    def __init__(self, inputs: int, channels: int, resolution: int, w_dim: int):
        super().__init__(channels, resolution, w_dim)
        self.weight = nn.Parameter(torch.randn(channels, inputs, 3, 3))
        self.weight_scale = GAIN / math.sqrt(9 * inputs)

    @torch.no_grad()
    def keep_kernel(self, dtype: torch.dtype, layout: torch.memory_format) -> None:
        """Make the kernel once, convolve in its precision, and ignore changes of `weight`."""
        self.kept_kernel = self.make_kernel().to(dtype=dtype, memory_format=layout)

    def make_kernel(self) -> Tensor:
        """Return the kernel [C, inputs, 3, 3] that the stored weights stand for."""
        return self.weight * self.weight_scale

    def kernel(self) -> Tensor:
        """Return the kept kernel, or else a fresh one."""
        return self.make_kernel() if self.kept_kernel is None else self.kept_kernel

    def convolve(self, x: Tensor) -> Tensor:
        """Map [N, inputs, H, W] to [N, C, H, W]."""
        kernel = self.kernel()
        return F.conv2d(x.to(kernel.dtype), kernel, padding=1)

    def forward(self, x: Tensor, w: Tensor, noise: NoiseSource) -> Tensor:
        """Convolve `x` [N, inputs, H, W] and apply the styles of `w` [N, w_dim]."""
        return self.restyle(self.convolve(x), w, noise)


class UpConvLayer(ConvLayer):
    """Upsampling by two, a 3x3 convolution and a blur; fused, the first two are one."""

    def __init__(self, inputs: int, channels: int, resolution: int, w_dim: int, fused: bool):
        super().__init__(inputs, channels, resolution, w_dim)
        self.blur = Blur(channels)
        self.fused = fused

    def make_kernel(self) -> Tensor:
        """Return the kernel [inputs, C, 4, 4] of one transposed convolution."""
        weight = super().make_kernel()
        if not self.fused:
            # A convolution of repeated pixels is this transposed one, with flipped kernels and
            # less than half the products; the fused checkpoints were trained without the flip.
            weight = weight.flip(2, 3)
        return spread_over_four(weight).transpose(0, 1)

    def convolve(self, x: Tensor) -> Tensor:
        """Map [N, inputs, H, W] to [N, C, 2H, 2W]."""
        kernel = self.kernel()
        x = F.conv_transpose2d(x.to(kernel.dtype), kernel, stride=2, padding=1)
        # Sums of nine numbers need more than bfloat16's eight bits.
        return self.blur(x.float() if kernel.dtype == torch.bfloat16 else x)


class ToRGB(nn.Module):
    """A 1x1 convolution from features to an image."""

    def __init__(self, inputs: int):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(3))
        self.weight = nn.Parameter(torch.randn(3, inputs, 1, 1))
        self.weight_scale = 1.0 / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, inputs, H, W] to [N, 3, H, W]."""
        return F.conv2d(x, self.weight * self.weight_scale, self.bias)


class PlainConv(nn.Module):
    """A discriminator convolution (size 1 or 3) with bias and leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 3):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.weight_scale = GAIN / math.sqrt(size * size * inputs)
        self.padding = size // 2

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, inputs, H, W] to [N, outputs, H, W]."""
        weight = self.weight * self.weight_scale
        return F.leaky_relu(F.conv2d(x, weight, self.bias, padding=self.padding), SLOPE)


class DownConv(PlainConv):
    """A blur, a 3x3 convolution and halving; the last two, fused or not, are one operation."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.blur = Blur(inputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, inputs, H, W] to [N, outputs, H/2, W/2]."""
        weight = spread_over_four(self.weight * self.weight_scale) / 4
        return F.leaky_relu(F.conv2d(self.blur(x), weight, self.bias, stride=2, padding=1), SLOPE)


def append_minibatch_std(x: Tensor, group_size: int) -> Tensor:
    """Append to `x` [N, C, H, W] a channel of the mean deviation within groups of the batch.

    Groups have min(N, group_size) members; member j of group m is image j * (N / size) + m.
    Source: Karras et al. 2018, section 3.

    Raises:
        ValueError: the batch cannot be split into equal groups.
    """
    count, channels, height, width = x.shape
    size = min(count, group_size)
    if count % size:
        raise ValueError(
            f"a batch of {count} cannot be split into groups of {size} for the minibatch "
            f"deviation; use a batch of at most {size} or a multiple of {size}"
        )
    groups = x.view(size, count // size, channels, height, width)
    deviation = (groups.var(dim=0, correction=0) + EPSILON).sqrt().mean(dim=(1, 2, 3))
    channel = deviation.repeat(size).view(count, 1, 1, 1).expand(count, 1, height, width)
    return torch.cat([x, channel], dim=1)
