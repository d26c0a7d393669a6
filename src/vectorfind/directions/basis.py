"""The dual basis: vectors that move one score each and no other."""

import torch
from torch import Tensor


def dual_basis(gradients: Tensor, covariance: Tensor, damping: float) -> Tensor:
    """Return D = (G C G^T + damping I)^-1 G C, the dual basis of gradients under a covariance.

    A step along row i changes score i and, to first order, no other, and stays where w lives.

    Args:
        gradients: G, [..., P, D], of standardised scores.
        covariance: C of w, [D, D].
        damping: in units of a standardised score's variance.
    """
    spread = gradients @ covariance
    square = spread @ gradients.mT
    identity = torch.eye(square.shape[-1], dtype=square.dtype, device=square.device)
    return torch.linalg.solve(square + damping * identity, spread)
