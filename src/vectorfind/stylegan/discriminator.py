"""GenForce's StyleGAN v1 discriminator, unconditional or conditioned on a label vector."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vectorfind.stylegan.generator import channels_up_to, checked_lod, read_lod
from vectorfind.stylegan.layers import (
    SLOPE,
    Dense,
    DownConv,
    PlainConv,
    append_minibatch_std,
    downsample,
)

GROUP_SIZE = 4
CONDITIONAL_GROUP_SIZE = 16


class Discriminator(nn.Module):
    """Images (and labels) to scores, with GenForce's state-dict names.

    Attributes:
        resolution: side of the images.
        label_dim: length of the label vector, 0 when unconditional.
        channels: feature maps per resolution from 4x4 up; `dense_width` follows them.
        group_size: images per group of the minibatch deviation (system.md 5).
    """

    lod: Tensor

    def __init__(
        self,
        channels: Sequence[int],
        dense_width: int,
        label_dim: int = 0,
    ):
        super().__init__()
        self.channels, self.dense_width = tuple(channels), dense_width
        self.label_dim = label_dim
        self.num_blocks, self.resolution = len(channels), 4 * 2 ** (len(channels) - 1)
        self.group_size = CONDITIONAL_GROUP_SIZE if label_dim else GROUP_SIZE
        self.register_buffer("lod", torch.zeros(()))
        self.default_lod = 0.0
        self.register_load_state_dict_post_hook(read_lod)
        self._add_layers()

    def _add_layers(self) -> None:
        widths = self.channels[::-1]
        for block, width in enumerate(widths):
            self.add_module(f"input{block}", PlainConv(3, width, size=1))
            if block + 1 < self.num_blocks:
                self.add_module(f"layer{2 * block}", PlainConv(width, width))
                self.add_module(f"layer{2 * block + 1}", DownConv(width, widths[block + 1]))
        last = 2 * self.num_blocks
        self.add_module(f"layer{last - 2}", PlainConv(widths[-1] + 1, widths[-1]))
        self.add_module(f"layer{last - 1}", Dense(16 * widths[-1], self.dense_width))
        self.add_module(f"layer{last}", Dense(self.dense_width + self.label_dim, 1, gain=1.0))

    def forward(
        self, image: Tensor, label: Tensor | None = None, lod: float | None = None
    ) -> Tensor:
        """Score `image` [N, 3, H, W] (and `label` [N, label_dim]): [N, 1], higher is more real.

        Raises:
            ValueError: the label is missing or not wanted, or the batch cannot be grouped.
        """
        return self.score(self.features(image, lod), label)

    def features(self, image: Tensor, lod: float | None = None) -> Tensor:
        """Run `image` [N, 3, H, W] through all but the last three layers: [N, C, 4, 4]."""
        lod = checked_lod(self.default_lod if lod is None else lod, self.num_blocks)
        x: Tensor | None = None
        for block in range(self.num_blocks):
            left_out = lod - block
            x = self._enter(block, x, image, left_out)
            if left_out < 1 and block + 1 < self.num_blocks:
                x = getattr(self, f"layer{2 * block}")(x)
                x = getattr(self, f"layer{2 * block + 1}")(x)
            if left_out > 0:
                image = downsample(image)
        assert x is not None  # since `lod` is below the number of blocks
        return x

    def score(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Run what `features` returned through the last three layers: [N, 1].

        Raises:
            ValueError: the label is missing or not wanted, or the batch cannot be grouped.
        """
        if (label is None) == bool(self.label_dim):
            wanted = f"a label [N, {self.label_dim}]" if self.label_dim else "no label"
            raise ValueError(f"this discriminator takes {wanted}")
        last = 2 * self.num_blocks
        x = append_minibatch_std(features, self.group_size)
        x = getattr(self, f"layer{last - 2}")(x)
        x = F.leaky_relu(getattr(self, f"layer{last - 1}")(x.flatten(1)), SLOPE)
        if label is not None:
            x = torch.cat([x, label], dim=1)
        return getattr(self, f"layer{last}")(x)

    def _enter(self, block: int, x: Tensor | None, image: Tensor, left_out: float) -> Tensor | None:
        """Return the features that go into a block; `left_out` in -1..0 blends the image in.

        None before the first block that the image enters.
        """
        if left_out >= 1 or left_out <= -1:
            return x
        entered = getattr(self, f"input{block}")(image)
        return entered if x is None else torch.lerp(x, entered, left_out + 1)


def build_discriminator(
    resolution: int,
    fmaps_base: int,
    fmaps_max: int,
    *,
    label_dim: int = 0,
    seed: int = 0,
) -> Discriminator:
    """Make a freshly initialised discriminator, drawn from `seed`.

    Raises:
        ValueError: the resolution is no power of two from 16 to 1024.
    """
    channels = channels_up_to(resolution, fmaps_base, fmaps_max)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Discriminator(channels, min(fmaps_base // 2, fmaps_max), label_dim)
