"""The generator of StyleGAN2 and StyleGAN2-ADA, in plain convolutions.

Source: Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN": skip
connections, modulated convolutions.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vectorfind.families.mapping import GAIN, SLOPE, Dense, Mapping
from vectorfind.families.resampling import enlarge, shrink
from vectorfind.truncation import Truncation

EPSILON = 1e-8
HELD = 1.35
"""Memory of drawing over that of a StyleGAN v1 of as many maps; measured at 256x256."""
NoiseSource = Literal["fixed", "random"] | Callable[..., Tensor]
"""The stored maps, fresh ones, or fresh ones of a function in the place of `torch.randn`."""


class ModulatedLayer(nn.Module):
    """A convolution whose input maps are scaled by a style; the weights are the effective ones."""

    def __init__(self, inputs: int, outputs: int, kernel: int, w_dim: int, clamp: float | None):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.affine = Dense(w_dim, inputs, bias=1.0)
        self.clamp = clamp

    def clamped(self, x: Tensor) -> Tensor:
        """Limit x to the clamp, where there is one."""
        return x if self.clamp is None else x.clamp(-self.clamp, self.clamp)


class StyledConv(ModulatedLayer):
    """A demodulated 3x3 convolution, noise, bias and leaky ReLU; with `up` it doubles the side."""

    noise: Tensor
    filter: Tensor

    def __init__(
        self, inputs: int, outputs: int, side: int, w_dim: int, clamp: float | None, up: bool
    ):
        super().__init__(inputs, outputs, 3, w_dim, clamp)
        self.up = up
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise", torch.randn(side, side))
        self.register_buffer("filter", torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8)

    def forward(self, x: Tensor, w: Tensor, noise: NoiseSource) -> Tensor:
        """Map x [N, inputs, H, W], with the styles of w [N, w_dim], to [N, outputs, ...]."""
        style = self.affine(w)
        power = style.square() @ self.weight.square().sum(dim=(2, 3)).T
        demodulation = (power + EPSILON).rsqrt()[:, :, None, None]
        x = self._convolve(x * style[:, :, None, None]) * demodulation
        x = x + self._noise(noise, len(x)) + self.bias.view(1, -1, 1, 1)
        return self.clamped(F.leaky_relu(x, SLOPE) * GAIN)

    def _convolve(self, x: Tensor) -> Tensor:
        if not self.up:
            return F.conv2d(x, self.weight, padding=1)
        x = F.conv_transpose2d(x, self.weight.transpose(0, 1), stride=2)
        return shrink(F.pad(x, [1, 1, 1, 1]), self.filter * 2, 1)

    def _noise(self, source: NoiseSource, count: int) -> Tensor:
        if source == "fixed":
            return self.noise * self.noise_strength
        randn = torch.randn if source == "random" else source
        assert callable(randn)
        side = self.noise.shape[-1]
        fresh = randn(count, 1, side, side, dtype=self.noise.dtype, device=self.noise.device)
        return fresh * self.noise_strength


class ToRGB(ModulatedLayer):
    """A modulated 1x1 convolution to colours, without demodulation."""

    def __init__(self, inputs: int, w_dim: int, clamp: float | None):
        super().__init__(inputs, 3, 1, w_dim, clamp)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Map x [N, inputs, H, W], with the styles of w [N, w_dim], to [N, 3, H, W]."""
        x = F.conv2d(x * self.affine(w)[:, :, None, None], self.weight)
        return self.clamped(x + self.bias.view(1, -1, 1, 1))


class Synthesis(nn.Module):
    """Styles to an image, 4x4 upwards: a sum of what every resolution draws."""

    filter: Tensor

    def __init__(self, channels: Sequence[int], w_dim: int, clamp: float | None):
        super().__init__()
        self.num_blocks, self.num_layers = len(channels), 2 * len(channels)
        self.const = nn.Parameter(torch.randn(1, channels[0], 4, 4))
        self.register_buffer("filter", torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8)
        self.layers = nn.ModuleList([StyledConv(channels[0], channels[0], 4, w_dim, clamp, False)])
        for block, width in enumerate(channels[1:], start=1):
            side, before = 4 * 2**block, channels[block - 1]
            self.layers.append(StyledConv(before, width, side, w_dim, clamp, True))
            self.layers.append(StyledConv(width, width, side, w_dim, clamp, False))
        self.outputs = nn.ModuleList(ToRGB(width, w_dim, clamp) for width in channels)

    def forward(self, w: Tensor, *, noise: NoiseSource = "fixed") -> Tensor:
        """Draw images [N, 3, H, W], about -1..1, from `w` [N, w_dim] or [N, layers, w_dim]."""
        wp = w if w.ndim == 3 else w[:, None].expand(-1, self.num_layers, -1)
        first = self.const.expand(len(wp), -1, -1, -1)
        # Filters go map by map, which is ten times faster when the maps are last in memory.
        first = first.contiguous(memory_format=torch.channels_last)
        x = self.layers[0](first, wp[:, 0], noise)
        image = self.outputs[0](x, wp[:, 1])
        for block in range(1, self.num_blocks):
            for index in (2 * block - 1, 2 * block):
                x = self.layers[index](x, wp[:, index], noise)
            image = enlarge(image, self.filter, 2, [2, 1, 2, 1])
            image = image + self.outputs[block](x, wp[:, 2 * block + 1])
        return image


class StyleGAN2(nn.Module):
    """Mapping, truncation and synthesis; a FaceGenerator (vectorfind.networks).

    Attributes:
        arguments: what the constructor got, as plain data.
    """

    def __init__(
        self,
        z_dim: int,
        mapping_widths: Sequence[int],
        channels: Sequence[int],
        *,
        label_dim: int = 0,
        embedding_dim: int = 0,
        clamp: float | None = None,
    ):
        super().__init__()
        self.arguments = {
            "z_dim": z_dim,
            "mapping_widths": list(mapping_widths),
            "channels": list(channels),
            "label_dim": label_dim,
            "embedding_dim": embedding_dim,
            "clamp": clamp,
        }
        self.z_dim, self.w_dim, self.label_dim = z_dim, mapping_widths[-1], label_dim
        self.channels = tuple(channels)
        self.resolution, self.num_layers = 4 * 2 ** (len(channels) - 1), 2 * len(channels)
        self.mapping = Mapping(z_dim, mapping_widths, label_dim, embedding_dim)
        self.truncation = Truncation(self.w_dim, self.num_layers)
        self.synthesis = Synthesis(channels, self.w_dim, clamp)

    @property
    def activations(self) -> int:
        """How many numbers drawing an image holds (`FaceGenerator`)."""
        stored = sum(2 * maps * (4 * 2**block) ** 2 for block, maps in enumerate(self.channels))
        return round(HELD * stored)
