"""What is asked of networks that are steered: any that have it serve, not ours alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, Self

import torch
from torch import Tensor, nn


class _Movable(Protocol):
    def to(self, device: torch.device | str) -> Self: ...

    def eval(self) -> Self: ...

    def requires_grad_(self, requires_grad: bool = True) -> Self: ...


class FaceGenerator(_Movable, Protocol):
    """A module that turns latents z into w, and w into images.

    Attributes:
        z_dim, w_dim, label_dim: lengths of z, w and the label vector, 0 without labels.
        num_layers: how many w an image takes.
        resolution: side of the images.
    """

    z_dim: int
    w_dim: int
    label_dim: int
    num_layers: int
    resolution: int

    @property
    def activations(self) -> int:
        """How many numbers drawing an image holds, as those that StyleGAN v1's layers store."""

    @property
    def mapping(self) -> Callable[[Tensor, Tensor | None], Tensor]:
        """From z [N, z_dim] and labels [N, label_dim], None without them, to w [N, w_dim]."""

    @property
    def synthesis(self) -> nn.Module:
        """From w [N, w_dim] or [N, num_layers, w_dim] to images [N, 3, H, W], about -1..1."""

    def state_dict(self) -> Mapping[str, Tensor]:
        """Return its weights and buffers."""


class FaceScorer(_Movable, Protocol):
    """A module that scores images."""

    @property
    def properties(self) -> Sequence[str]:
        """Names of the P scores."""

    @property
    def negated(self) -> Sequence[str]:
        """Those that change sign when a face is mirrored."""

    def __call__(self, images: Tensor, /) -> Tensor:
        """Score float [N, 3, H, W], -1..1; returns [N, P]."""
