"""Truncation, which every family of generators shares."""

import torch
from torch import Tensor, nn

MEAN_OF, MEAN_SEED = 10_000, 0
"""Latents of which a missing mean `w` is computed, and the seed that they are drawn from."""


class Truncation(nn.Module):
    """Spreads `w` over the synthesis layers and pulls the first ones towards the mean `w`."""

    w_avg: Tensor

    def __init__(self, w_dim: int, num_layers: int):
        super().__init__()
        self.num_layers = num_layers
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, w: Tensor, psi: float = 1.0, layers: int = 0) -> Tensor:
        """Return [N, layers, w_dim] from `w` [N, w_dim] or [N, layers, w_dim]."""
        wp = w if w.ndim == 3 else w[:, None].expand(-1, self.num_layers, -1)
        if psi == 1.0 or layers <= 0:
            return wp
        return torch.cat([torch.lerp(self.w_avg, wp[:, :layers], psi), wp[:, layers:]], dim=1)

    @torch.no_grad()
    def update(self, w: Tensor, decay: float) -> None:
        """Move the mean `w` towards that of the batch `w` [N, w_dim]."""
        self.w_avg.lerp_(w.mean(dim=0).to(self.w_avg.dtype), 1 - decay)


@torch.no_grad()
def mean_w(mapping: nn.Module, z_dim: int) -> Tensor:
    """Return the mean `w` [w_dim] of `MEAN_OF` z, for a file without it."""
    z = torch.randn(MEAN_OF, z_dim, generator=torch.Generator().manual_seed(MEAN_SEED))
    return mapping(z).mean(dim=0)
