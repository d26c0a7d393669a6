"""GenForce's StyleGAN v1 generator, unconditional or conditioned on a label vector."""

from collections.abc import Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vectorfind.stylegan.layers import (
    SLOPE,
    ConstantLayer,
    ConvLayer,
    Dense,
    FusedScale,
    NoiseSource,
    ToRGB,
    UpConvLayer,
    is_fused,
    pixel_norm,
    upsample,
)
from vectorfind.truncation import Truncation

MAPPING_LR_MUL = 0.01


class Mapping(nn.Module):
    """`z`, with an embedded label where there is one, to `w`."""

    def __init__(self, z_dim: int, widths: Sequence[int], label_dim: int, embedding_dim: int):
        super().__init__()
        self.z_dim, self.label_dim, self.num_layers = z_dim, label_dim, len(widths)
        if label_dim:
            self.label_weight = nn.Parameter(torch.randn(label_dim, embedding_dim))
        inputs = [z_dim + (embedding_dim if label_dim else 0), *widths[:-1]]
        for index, (fan_in, width) in enumerate(zip(inputs, widths, strict=True)):
            self.add_module(f"dense{index}", Dense(fan_in, width, lr_mul=MAPPING_LR_MUL))

    def dense(self, index: int) -> Dense:
        """Return one of the layers."""
        layer: Dense = getattr(self, f"dense{index}")
        return layer

    def normalized_input(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Join `z` [N, z_dim] and the label's embedding, and apply pixel norm."""
        if (label is None) == bool(self.label_dim):
            wanted = f"a label [N, {self.label_dim}]" if self.label_dim else "no label"
            raise ValueError(f"this generator takes {wanted}")
        return pixel_norm(z if label is None else torch.cat([z, label @ self.label_weight], 1))

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Map `z` [N, z_dim] and `label` [N, label_dim] or None to `w` [N, w_dim].

        Raises:
            ValueError: a conditional network got no label, or an unconditional one got one.
        """
        x = self.normalized_input(z, label)
        for index in range(self.num_layers):
            x = F.leaky_relu(self.dense(index)(x), SLOPE)
        return x


class Synthesis(nn.Module):
    """Styles to an image, 4x4 upwards, two layers per resolution."""

    lod: Tensor

    def __init__(self, channels: Sequence[int], w_dim: int, fused_scale: FusedScale):
        super().__init__()
        self.num_blocks, self.num_layers = len(channels), 2 * len(channels)
        self.register_buffer("lod", torch.zeros(()))
        self.default_lod = 0.0
        self.register_load_state_dict_post_hook(read_lod)
        for block, width in enumerate(channels):
            side = 4 * 2**block
            first = (
                UpConvLayer(channels[block - 1], width, side, w_dim, is_fused(fused_scale, side))
                if block
                else ConstantLayer(width, side, w_dim)
            )
            self.add_module(f"layer{2 * block}", first)
            self.add_module(f"layer{2 * block + 1}", ConvLayer(width, width, side, w_dim))
            self.add_module(f"output{block}", ToRGB(width))

    def forward(self, w: Tensor, lod: float | None = None, noise: NoiseSource = "fixed") -> Tensor:
        """Draw images [N, 3, H, W], about -1..1, from `w` [N, w_dim] or [N, layers, w_dim].

        `lod` (levels of detail left out, 0..blocks - 1, may be fractional) defaults to the
        checkpoint's. Source: Karras et al. 2018, progressive growing.
        """
        wp = w if w.ndim == 3 else w[:, None].expand(-1, self.num_layers, -1)
        lod = checked_lod(self.default_lod if lod is None else lod, self.num_blocks)
        x = self._run_block(0, None, wp, noise)
        image = self._grow(0, None, x, lod - (self.num_blocks - 1))
        for block in range(1, self.num_blocks):
            left_out = lod - (self.num_blocks - 1 - block)
            if left_out < 1:
                x = self._run_block(block, x, wp, noise)
            image = self._grow(block, image, x, left_out)
        assert image is not None  # since `lod` is below the number of blocks
        return image

    def _run_block(self, block: int, x: Tensor | None, wp: Tensor, noise: NoiseSource) -> Tensor:
        first, second = getattr(self, f"layer{2 * block}"), getattr(self, f"layer{2 * block + 1}")
        w0, w1 = wp[:, 2 * block], wp[:, 2 * block + 1]
        x = first(w0, noise) if block == 0 else first(x, w0, noise)
        return second(x, w1, noise)

    def _grow(self, block: int, image: Tensor | None, x: Tensor, left_out: float) -> Tensor | None:
        """Return the image after a block of which the share `left_out` is left out.

        None before the first block that draws.
        """
        if image is None and left_out <= -1:
            return None
        if image is not None and left_out >= 1:
            return upsample(image)
        drawn = getattr(self, f"output{block}")(x)
        return drawn if image is None else torch.lerp(drawn, upsample(image), left_out)


class Generator(nn.Module):
    """Mapping, truncation and synthesis, with GenForce's state-dict names.

    Attributes:
        resolution, z_dim, w_dim, num_layers: sizes; `num_layers` counts synthesis layers.
        label_dim: length of the label vector, 0 when unconditional.
        channels: feature maps per resolution from 4x4 up.
    """

    def __init__(
        self,
        z_dim: int,
        mapping_widths: Sequence[int],
        channels: Sequence[int],
        *,
        label_dim: int = 0,
        embedding_dim: int = 16,
        fused_scale: FusedScale = "auto",
    ):
        super().__init__()
        self.z_dim, self.w_dim, self.label_dim = z_dim, mapping_widths[-1], label_dim
        self.mapping_widths, self.channels = tuple(mapping_widths), tuple(channels)
        self.embedding_dim, self.fused_scale = embedding_dim if label_dim else 0, fused_scale
        self.resolution, self.num_layers = 4 * 2 ** (len(channels) - 1), 2 * len(channels)
        self.mapping = Mapping(z_dim, mapping_widths, label_dim, embedding_dim)
        self.truncation = Truncation(self.w_dim, self.num_layers)
        self.synthesis = Synthesis(channels, self.w_dim, fused_scale)

    @property
    def activations(self) -> int:
        """How many numbers the layers store of one image: two layers per resolution."""
        return sum(2 * maps * (4 * 2**block) ** 2 for block, maps in enumerate(self.channels))

    def forward(
        self,
        z: Tensor,
        label: Tensor | None = None,
        trunc_psi: float = 1.0,
        *,
        trunc_layers: int = 0,
        lod: float | None = None,
        noise: NoiseSource = "fixed",
    ) -> Tensor:
        """Draw images [N, 3, H, W], about -1..1, from `z` [N, z_dim] (and `label`).

        `trunc_psi` < 1 pulls the first `trunc_layers` layers towards the mean `w`.
        """
        wp = self.truncation(self.mapping(z, label), trunc_psi, trunc_layers)
        return self.synthesis(wp, lod, noise)


def build_generator(
    resolution: int,
    z_dim: int,
    w_dim: int,
    fmaps_base: int,
    fmaps_max: int,
    *,
    label_dim: int = 0,
    embedding_dim: int = 16,
    mapping_dim: int | None = None,
    mapping_layers: int = 8,
    fused_scale: FusedScale = "auto",
    seed: int = 0,
) -> Generator:
    """Make a freshly initialised generator, drawn from `seed`.

    A resolution r has min(fmaps_base // r, fmaps_max) feature maps; `mapping_dim` (hidden width
    of the mapping) defaults to `w_dim`.

    Raises:
        ValueError: the resolution is no power of two from 16 to 1024.
    """
    widths = [mapping_dim or w_dim] * (mapping_layers - 1) + [w_dim]
    channels = channels_up_to(resolution, fmaps_base, fmaps_max)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Generator(
            z_dim,
            widths,
            channels,
            label_dim=label_dim,
            embedding_dim=embedding_dim,
            fused_scale=fused_scale,
        )


def channels_up_to(resolution: int, fmaps_base: int, fmaps_max: int) -> list[int]:
    """Feature maps per resolution from 4 to `resolution`."""
    if resolution not in (16, 32, 64, 128, 256, 512, 1024):
        raise ValueError(f"resolution {resolution} is no power of two from 16 to 1024")
    sides = [2**power for power in range(2, resolution.bit_length())]
    return [min(fmaps_base // side, fmaps_max) for side in sides]


def checked_lod(lod: float, num_blocks: int) -> float:
    """Return `lod`, or raise ValueError where the network has too few resolutions for it."""
    if not 0 <= lod <= num_blocks - 1:
        raise ValueError(f"lod {lod} is outside 0..{num_blocks - 1}")
    return lod


class _Growing(Protocol):
    lod: Tensor
    default_lod: float


def read_lod(module: _Growing, _: object) -> None:
    """Keep the loaded `lod` as a number, so that no forward pass waits for the device."""
    module.default_lod = float(module.lod)
