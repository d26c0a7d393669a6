"""The dual basis of ridge gradients: directions that move one score each (method `dual`).

One linear model of all eight standardised scores is fitted per group, on every sample, and drawn
towards the pooled model. Free parameters are chosen by how well held-out *edits* obey when
`validate` is given: accuracy on samples says little about control.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch

from vectorfind.directions.basis import dual_basis
from vectorfind.directions.groups import Scores
from vectorfind.directions.moments import Moments, group_moments
from vectorfind.directions.samples import unit_vector
from vectorfind.names import CONTROLLED, CONTROLLED_COLUMNS, PROPERTIES

Directions = dict[str, np.ndarray]
Validate = Callable[[Directions], float]
"""Says how well directions control held-out faces; higher is better."""

OWN = list(CONTROLLED_COLUMNS)
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

    def fit(self, w: np.ndarray, scores: Scores, groups: np.ndarray) -> "DualFinder":
        """Fit on w [N, D], scores of the 8 properties and group indices [N]."""
        self.moments_ = group_moments(w, scores, groups)
        self.chosen_ = self.candidates[0]
        if self.validate is not None:
            self.chosen_ = max(self.candidates, key=lambda c: self.validate(self._directions(**c)))
        self.directions_ = self._directions(**self.chosen_)
        self.gain_ = {
            name: np.array(
                [_slope(own, direction, PROPERTIES.index(name)) for own, direction in pairs]
            )
            for name in CONTROLLED
            for pairs in [zip(self.moments_[1], self.directions_[name], strict=True)]
        }
        return self

    def _directions(self, alpha: float, shrinkage: float, damping: float) -> Directions:
        pooled, groups = self.moments_
        gradients = shrunk_gradients(pooled, groups, alpha, shrinkage)
        covariance = torch.as_tensor(pooled.covariance)
        basis = dual_basis(torch.as_tensor(gradients), covariance, damping)
        stacked = unit_vector(basis[:, OWN].numpy())
        return {name: stacked[:, column] for column, name in enumerate(CONTROLLED)}


def ridge_gradients(moments: Moments, alpha: float) -> np.ndarray:
    """Return the ridge regression's gradient of each standardised score, [P, D]."""
    size = len(moments.covariance)
    penalty = alpha * np.trace(moments.covariance) / size
    return np.linalg.solve(moments.covariance + penalty * np.eye(size), moments.cross).T


def shrunk_gradients(
    pooled: Moments, groups: list[Moments], alpha: float, shrinkage: float
) -> np.ndarray:
    """Return each group's gradients [16, P, D], mixed with the pooled ones."""
    everyone = ridge_gradients(pooled, alpha)
    own = np.stack([ridge_gradients(moments, alpha) for moments in groups])
    return shrinkage * everyone + (1 - shrinkage) * own


def _slope(moments: Moments, direction: np.ndarray, column: int) -> float:
    variance = direction @ moments.covariance @ direction
    return float(direction @ moments.cross[:, column] / variance) if variance > 0 else 0.0
