"""The mapping network that StyleGAN2, StyleGAN2-ADA and StyleGAN3 share."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2
GAIN = 2**0.5
LR_MUL = 0.01


class Dense(nn.Module):
    """A linear layer whose weights are scaled at run time, by 1/sqrt(inputs) and `lr_mul`."""

    def __init__(self, inputs: int, outputs: int, lr_mul: float = 1.0, bias: float = 0.0):
        super().__init__()
        self.scale, self.lr_mul = lr_mul / inputs**0.5, lr_mul
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr_mul)
        self.bias = nn.Parameter(torch.full((outputs,), bias))

    def forward(self, x: Tensor) -> Tensor:
        """Map x [N, inputs] to [N, outputs]."""
        return F.linear(x, self.weight * self.scale, self.bias * self.lr_mul)


class Mapping(nn.Module):
    """`z`, with an embedded label where there is one, to `w` (Karras et al. 2020)."""

    def __init__(self, z_dim: int, widths: Sequence[int], label_dim: int, embedding_dim: int):
        super().__init__()
        self.label_dim = label_dim
        if label_dim:
            self.embedding = Dense(label_dim, embedding_dim)
        inputs = z_dim + (embedding_dim if label_dim else 0)
        sizes = pairwise([inputs, *widths])
        self.layers = nn.ModuleList(Dense(a, b, LR_MUL) for a, b in sizes)

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Map `z` [N, z_dim] and `label` [N, label_dim] or None to `w` [N, w_dim].

        Raises:
            ValueError: a conditional network got no label, or an unconditional one got one.
        """
        if (label is None) == bool(self.label_dim):
            wanted = f"a label [N, {self.label_dim}]" if self.label_dim else "no label"
            raise ValueError(f"this generator takes {wanted}")
        x = _normalized(z)
        if label is not None:
            x = torch.cat([x, _normalized(self.embedding(label))], dim=1)
        for layer in self.layers:
            x = F.leaky_relu(layer(x), SLOPE) * GAIN
        return x


def _normalized(x: Tensor) -> Tensor:
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
