"""The generator of StyleGAN3, translation and rotation kinds, in plain convolutions.

Source: Karras et al. 2021, "Alias-free generative adversarial networks". Sizes, paddings and
filters of its layers follow from a design that the file holds the results of.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vectorfind.families.mapping import GAIN, SLOPE, Dense, Mapping
from vectorfind.families.resampling import enlarge, shrink
from vectorfind.truncation import Truncation

EPSILON = 1e-8
OUTPUT_SCALE = 0.25
HELD = 3.5
"""Memory of drawing over that of the largest enlarged maps, by which StyleGAN v1 is counted."""


@dataclass(frozen=True)
class InputSizes:
    """Of the Fourier features: how many, on what grid, of which frequencies."""

    channels: int
    size: int
    sampling_rate: float
    bandwidth: float


@dataclass(frozen=True)
class LayerSizes:
    """Of one layer; `up_taps` and `down_taps` are 0 where it does not filter (the last)."""

    inputs: int
    outputs: int
    kernel: int
    up: int
    down: int
    up_taps: int
    down_taps: int
    radial: bool
    padding: tuple[int, int, int, int]
    sampling_rate: int
    clamp: float

    def sides(self, side: int) -> tuple[int, int]:
        """Return the side of what the layer makes of maps of a side, and of it before shrinking."""
        side += self.kernel - 1
        if not self.up_taps:
            return side, side
        enlarged = side * self.up + self.padding[0] + self.padding[1]
        filtered = enlarged - (self.up_taps - 1)
        return (filtered - self.down_taps) // self.down + 1, enlarged


class FourierInput(nn.Module):
    """A grid of waves that the first style shifts and turns."""

    freqs: Tensor
    phases: Tensor
    transform: Tensor

    def __init__(self, sizes: InputSizes, w_dim: int):
        super().__init__()
        self.sizes, channels = sizes, sizes.channels
        self.weight = nn.Parameter(torch.randn(channels, channels))
        self.affine = Dense(w_dim, 4)
        self.register_buffer("transform", torch.eye(3))
        self.register_buffer("freqs", torch.randn(channels, 2))
        self.register_buffer("phases", torch.rand(channels) - 0.5)

    def forward(self, w: Tensor) -> Tensor:
        """Map w [N, w_dim] to features [N, channels, size, size]."""
        transform = self._transform(w)
        phases = self.phases + (self.freqs @ transform[:, :2, 2:]).squeeze(2)
        freqs = self.freqs @ transform[:, :2, :2]
        nyquist, bandwidth = self.sizes.sampling_rate / 2, self.sizes.bandwidth
        beyond = (freqs.norm(dim=2) - bandwidth) / (nyquist - bandwidth)
        waves = torch.einsum("hwd,ncd->nhwc", self._grid(), freqs) + phases[:, None, None]
        features = torch.sin(waves * (2 * torch.pi)) * (1 - beyond).clamp(0, 1)[:, None, None]
        weight = self.weight / self.sizes.channels**0.5
        return (features @ weight.T).permute(0, 3, 1, 2)

    def _transform(self, w: Tensor) -> Tensor:
        """Return [N, 3, 3]: the style's shift, then its turn, of the file's own transform."""
        style = self.affine(w)
        style = style / style[:, :2].norm(dim=1, keepdim=True)
        cos, sin, x, y = style.unbind(1)
        zero, one = torch.zeros_like(cos), torch.ones_like(cos)
        turn = torch.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], 1).view(-1, 3, 3)
        shift = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1).view(-1, 3, 3)
        return turn @ shift @ self.transform

    def _grid(self) -> Tensor:
        size = self.sizes.size
        steps = (torch.arange(size, device=self.freqs.device) + 0.5) / size - 0.5
        steps = steps.to(self.freqs.dtype) * (size / self.sizes.sampling_rate)
        y, x = torch.meshgrid(steps, steps, indexing="ij")
        return torch.stack([x, y], dim=2)


class Layer(nn.Module):
    """A modulated convolution and a leaky ReLU at a higher sampling rate."""

    input_gain: Tensor

    def __init__(self, sizes: LayerSizes, w_dim: int):
        super().__init__()
        self.sizes, kernel = sizes, sizes.kernel
        self.weight = nn.Parameter(torch.randn(sizes.outputs, sizes.inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(sizes.outputs))
        self.affine = Dense(w_dim, sizes.inputs, bias=1.0)
        self.register_buffer("input_gain", torch.ones(()))
        down = [sizes.down_taps] * (2 if sizes.radial else 1)
        if sizes.up_taps:
            self.register_buffer("up_filter", torch.full([sizes.up_taps], 1 / sizes.up_taps))
            self.register_buffer("down_filter", torch.ones(down) / torch.ones(down).sum())

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Map x [N, inputs, H, W], with the styles of w [N, w_dim], to [N, outputs, ...]."""
        x = self._convolve(x, self.affine(w)) + self.bias.view(1, -1, 1, 1)
        clamp = self.sizes.clamp
        if not self.sizes.up_taps:
            return x.clamp(-clamp, clamp)
        x = enlarge(x, self.get_buffer("up_filter"), self.sizes.up, self.sizes.padding)
        x = (F.leaky_relu(x, SLOPE) * GAIN).clamp(-clamp, clamp)
        return shrink(x, self.get_buffer("down_filter"), self.sizes.down)

    def _convolve(self, x: Tensor, style: Tensor) -> Tensor:
        """Convolve with weights of unit power; demodulated, but for the last layer."""
        gain = self.input_gain
        if self.sizes.up_taps:
            style = style * style.square().mean(dim=1, keepdim=True).rsqrt()
            power = style.square() @ self.weight.square().sum(dim=(2, 3)).T
            gain = gain * (power + EPSILON).rsqrt()[:, :, None, None]
        x = x * style[:, :, None, None]
        return F.conv2d(x, self.weight, padding=self.sizes.kernel - 1) * gain


class Synthesis(nn.Module):
    """Styles to an image."""

    def __init__(self, source: InputSizes, layers: Sequence[LayerSizes], w_dim: int):
        super().__init__()
        self.num_layers = len(layers) + 1
        self.input = FourierInput(source, w_dim)
        self.layers = nn.ModuleList(Layer(sizes, w_dim) for sizes in layers)

    def forward(self, w: Tensor, *, noise: object = "fixed") -> Tensor:
        """Draw images [N, 3, H, W], about -1..1, from `w` [N, w_dim] or [N, layers, w_dim].

        `noise` is what other families take; there is none in this one.
        """
        wp = w if w.ndim == 3 else w[:, None].expand(-1, self.num_layers, -1)
        x = self.input(wp[:, 0])
        for index, layer in enumerate(self.layers, start=1):
            x = layer(x, wp[:, index])
        return x * OUTPUT_SCALE


class StyleGAN3(nn.Module):
    """Mapping, truncation and synthesis; a FaceGenerator (vectorfind.networks).

    Attributes:
        arguments: what the constructor got, as plain data.
        activations: numbers that drawing an image holds (`FaceGenerator`).
    """

    def __init__(
        self,
        z_dim: int,
        mapping_widths: Sequence[int],
        resolution: int,
        source: dict[str, Any],
        layers: Sequence[dict[str, Any]],
        *,
        label_dim: int = 0,
        embedding_dim: int = 0,
    ):
        super().__init__()
        own = InputSizes(**source)
        sizes = [LayerSizes(**layer) for layer in layers]
        self.arguments = {
            "z_dim": z_dim,
            "mapping_widths": list(mapping_widths),
            "resolution": resolution,
            "source": asdict(own),
            "layers": [asdict(layer) for layer in sizes],
            "label_dim": label_dim,
            "embedding_dim": embedding_dim,
        }
        self.z_dim, self.w_dim, self.label_dim = z_dim, mapping_widths[-1], label_dim
        self.resolution, self.num_layers = resolution, len(sizes) + 1
        self.mapping = Mapping(z_dim, mapping_widths, label_dim, embedding_dim)
        self.truncation = Truncation(self.w_dim, self.num_layers)
        self.synthesis = Synthesis(own, sizes, self.w_dim)
        self.activations = _held(own.size, sizes)


def _held(side: int, layers: Sequence[LayerSizes]) -> int:
    """Return how many numbers drawing an image holds: the largest layer's decide."""
    largest = 0
    for layer in layers:
        side, enlarged = layer.sides(side)
        largest = max(largest, layer.outputs * enlarged**2)
    return round(HELD * largest)
