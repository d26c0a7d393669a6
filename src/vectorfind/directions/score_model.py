"""A small network that gives the scores of w: what `surrogate` fits instead of drawing faces."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from vectorfind.directions.population import Population, full_rank
from vectorfind.names import CONTROLLED, PROPERTIES

HIDDEN = 256
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 1e-2
STEPS, BATCH = 3000, 256
"""Of a fit, however many samples there are."""


class ScoreModel(nn.Module):
    """The 8 standardised scores [N, 8] of whitened w [N, D]: linear plus two hidden layers.

    `mean` [D] and `factor` [D, D] (of the covariance of w) whiten; `gain` [3] is the wanted
    change of eyes, mouth and pose per unit of length that their offsets ask for.
    """

    def __init__(self, w_dim: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(w_dim))
        self.register_buffer("factor", torch.eye(w_dim))
        self.register_buffer("gain", torch.ones(len(CONTROLLED)))
        self.linear = nn.Linear(w_dim, len(PROPERTIES))
        self.curved = nn.Sequential(
            nn.Linear(w_dim, HIDDEN),
            nn.SiLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.SiLU(),
            nn.Linear(HIDDEN, len(PROPERTIES)),
        )

    def whiten(self, w: Tensor) -> Tensor:
        """Map w [..., D] to coordinates in which the population has unit covariance."""
        return torch.linalg.solve_triangular(self.factor.mT, w - self.mean, upper=True, left=False)

    def forward(self, whitened: Tensor) -> Tensor:
        """Score whitened w [N, D]."""
        return self.linear(whitened) + self.curved(whitened)


def load_score_model(weights: Mapping[str, Tensor]) -> ScoreModel:
    """Return the model of a state dict, in eval mode."""
    model = ScoreModel(len(weights["mean"]))
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


def new_score_model(population: Population, seed: int) -> ScoreModel:
    """Return a model drawn from `seed` that whitens with the population's mean and covariance."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ScoreModel(len(population.w_mean))
    model.mean.copy_(torch.as_tensor(population.w_mean))
    factor = np.linalg.cholesky(full_rank(population.w_covariance))
    model.factor.copy_(torch.as_tensor(factor))
    return model


def train_score_model(model: ScoreModel, whitened: Tensor, targets: Tensor, seed: int) -> None:
    """Train on whitened w [N, D] and standardised scores [N, 8], from where the model is.

    `seed` decides the batches.
    """
    draws = torch.Generator().manual_seed(seed)
    model.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=STEPS)
    for _ in range(STEPS):
        rows = torch.randint(len(whitened), (BATCH,), generator=draws)
        loss = nn.functional.mse_loss(model(whitened[rows]), targets[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval().requires_grad_(False)
