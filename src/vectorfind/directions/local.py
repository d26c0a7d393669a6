"""Edits along each face's own dual basis, which turns with the face (method `local`).

At a face and at one point either side of it along each direction, the Jacobian of the scores
through generator and scorer is mixed with the directions found in the samples, which keeps it from
following the scorer's own errors. The dual basis at these seven points gives its first and
second-order change, so that offsets follow a curved path instead of a straight line.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from vectorfind.directions.basis import dual_basis
from vectorfind.directions.edits import Edit
from vectorfind.directions.jacobian import score_jacobian
from vectorfind.directions.population import Population
from vectorfind.names import CONTROLLED, CONTROLLED_COLUMNS

OWN = list(CONTROLLED_COLUMNS)


def local_edit(
    generator: torch.nn.Module,
    scorer: torch.nn.Module,
    directions: dict[str, np.ndarray],
    unit: float,
    population: Population,
    blend: float = 0.5,
    damping: float = 0.05,
    span: float = 1.2,
) -> Edit:
    """Return the edit along a face's own, curved dual basis.

    Args:
        generator: in eval mode.
        scorer: differentiable, in eval mode, on the generator's device.
        directions: per property [16, D], found in the samples; unit vectors.
        unit: length of an offset of 1 in w.
        population: covariance of w and spread of the scores.
        blend: share of the face's own direction; the rest is its group's.
        damping: of the dual basis, in units of a standardised score's variance.
        span: offset at which the basis is measured either side of the face.
    """
    pooled = torch.as_tensor(np.stack([directions[name] for name in CONTROLLED], axis=1))
    covariance = torch.as_tensor(population.w_covariance)
    spread = torch.as_tensor(population.score_std)

    def basis_at(w: Tensor, groups: Tensor) -> Tensor:
        """Return unit vectors [N, 3, D] at w [N, D]."""
        gradients = score_jacobian(generator, scorer, w)[1] / spread.to(w.device)[:, None]
        own = normalize(dual_basis(gradients, covariance.to(w.device), damping)[:, OWN], dim=-1)
        mixed = blend * own + (1 - blend) * pooled.to(w.device)[groups.to(w.device)]
        return normalize(mixed, dim=-1)

    def curve_at(w: Tensor, groups: Tensor) -> tuple[Tensor, Tensor]:
        """Return the basis [N, 3, D] at w and how it bends [N, 3, 3, D]."""
        centre = basis_at(w, groups)
        bends = []
        for axis in range(len(CONTROLLED)):
            step = span * unit * centre[:, axis]
            ahead, behind = basis_at(w + step, groups), basis_at(w - step, groups)
            bends.append((ahead - behind) / (2 * span))
        return centre, torch.stack(bends, dim=1)

    last: dict[str, Tensor | tuple[Tensor, Tensor]] = {}

    def edit(w: Tensor, groups: Tensor, offsets: Tensor) -> Tensor:
        # The closed loop tries many offsets on the same faces.
        if not last or not torch.equal(last["w"], w) or not torch.equal(last["groups"], groups):
            last.update(w=w.clone(), groups=groups.clone(), curve=curve_at(w, groups))
        return w[:, None] + unit * curved_moves(*last["curve"], offsets.to(w))

    return edit


def curved_moves(basis: Tensor, bends: Tensor, offsets: Tensor) -> Tensor:
    """Return the displacement [N, K, D] of each offset along a basis that turns linearly.

    On the straight way to an offset o the basis is, on average, the one at o / 2.

    Args:
        basis: [N, 3, D] at the face.
        bends: [N, 3, 3, D], change of each basis vector (axis 2) per offset (axis 1).
        offsets: [N, K, 3].
    """
    straight = torch.einsum("nkc,ncd->nkd", offsets, basis)
    return straight + 0.5 * torch.einsum("nka,nkc,nacd->nkd", offsets, offsets, bends)
