"""The dual basis of ridge gradients: directions that move one score each (method `dual`).

One linear model of all standardised scores is fitted per group, on every sample, and drawn towards
the pooled model. Free parameters are chosen by how well held-out *edits* obey when `validate` is
given: accuracy on samples says little about control.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from torch import Tensor

from vectorfind.samples.moments import Moments, group_moments
from vectorfind.samples.samples import Samples
from vectorfind.samples.vectors import unit_vector

Vectors = dict[str, np.ndarray]
Validate = Callable[[Vectors], float]
"""Says how well directions control held-out faces; higher is better."""

ALPHAS = (0.01,)
SHRINKAGES = (0.8, 1.0, 0.5)
DAMPINGS = (0.05, 0.2)
"""Candidates among which held-out edits choose; the first of each is used without them. Few,
since control changes by under 0.01 from one to the next."""


class DualFinder:
    """The dual basis of the ridge gradients under the covariance of w, each row of length 1.

    Args:
        alphas: candidates for the penalty, as a share of the mean variance of w.
        shrinkages: candidates for the share of the pooled model in each group's.
        dampings: candidates for the damping, in units of a standardised score's variance.
        validate: chooses among the candidates; without it the first of each is used.

    After `fit`: `directions_`, `gain_` as `SvmFinder`; `chosen_` the parameters used.
    """

    def __init__(
        self,
        *,
        alphas: Sequence[float] = ALPHAS,
        shrinkages: Sequence[float] = SHRINKAGES,
        dampings: Sequence[float] = DAMPINGS,
        validate: Validate | None = None,
    ):
        self.candidates = [
            {"alpha": alpha, "shrinkage": share, "damping": damping}
            for alpha, share, damping in product(alphas, shrinkages, dampings)
        ]
        self.validate = validate

    def fit(self, samples: Samples) -> "DualFinder":
        """Fit on samples of w, their scores and groups.

        Raises:
            InputError: a score has no spread.
        """
        samples.require_spread()
        names = samples.names
        self.moments_ = group_moments(samples)
        found = [self._vectors(samples, **chosen) for chosen in self._tried()]
        best = 0 if len(found) == 1 else int(np.argmax([self._validated(v) for v in found]))
        self.chosen_, self.directions_ = self.candidates[best], found[best]
        self.gain_ = {
            name: np.array(
                [
                    _slope(own, direction, names.properties.index(name))
                    for own, direction in zip(self.moments_[1], vectors, strict=True)
                ]
            )
            for name, vectors in self.directions_.items()
        }
        return self

    def _tried(self) -> list[dict[str, float]]:
        return self.candidates if self.validate else self.candidates[:1]

    def _validated(self, vectors: Vectors) -> float:
        return self.validate(vectors) if self.validate else 0.0

    def _vectors(self, samples: Samples, alpha: float, shrinkage: float, damping: float) -> Vectors:
        pooled, groups = self.moments_
        gradients = shrunk_gradients(pooled, groups, alpha, shrinkage)
        basis = dual_basis(torch.as_tensor(gradients), torch.as_tensor(pooled.covariance), damping)
        stacked = unit_vector(basis[:, samples.names.own].numpy())
        return {name: stacked[:, column] for column, name in enumerate(samples.names.steered)}


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


def ridge_gradients(moments: Moments, alpha: float) -> np.ndarray:
    """Return the ridge regression's gradient of each standardised score, [P, D].

    g = (C + alpha tr(C) / D I)^-1 c, of the covariance C of w and its covariances c with a score.
    """
    size = len(moments.covariance)
    penalty = alpha * np.trace(moments.covariance) / size
    return np.linalg.solve(moments.covariance + penalty * np.eye(size), moments.cross).T


def shrunk_gradients(
    pooled: Moments, groups: list[Moments], alpha: float, shrinkage: float
) -> np.ndarray:
    """Return each group's gradients [G, P, D], mixed with the pooled ones."""
    everyone = ridge_gradients(pooled, alpha)
    own = np.stack([ridge_gradients(moments, alpha) for moments in groups])
    return shrinkage * everyone + (1 - shrinkage) * own


def _slope(moments: Moments, direction: np.ndarray, column: int) -> float:
    variance = direction @ moments.covariance @ direction
    return float(direction @ moments.cross[:, column] / variance) if variance > 0 else 0.0
