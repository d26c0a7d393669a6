"""A small network that gives the scores of w: what `surrogate` fits instead of drawing faces."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from vectorfind.samples.population import Population, full_rank
from vectorfind.vocabulary import Names

HIDDEN = 256
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 0.1
BATCH = 256
STEPS = 3600
"""Of a fit, however many samples there are."""
OWN_PRICE, OTHER_PRICE = 0.002, 0.02
"""Prices of missing the wanted score of a steered property, and of another one."""


class ScoreModel(nn.Module):
    """The P standardised scores of whitened w [N, D], and K measures that edits keep, [N, P + K].

    Buffers: `mean` [D] and `factor` [D, D] (of the covariance of w) whiten; `prices` [P + K] say
    how strictly an edit keeps to each output; `own` [S] are the columns of the steered scores,
    `ends` [2, S] the lowest and highest offsets that are tested of them, `reach` [2, S] the lowest
    and highest scores that edited faces have, `slopes` [S] their wanted change per offset.
    """

    mean: Tensor
    factor: Tensor
    prices: Tensor
    own: Tensor
    ends: Tensor
    reach: Tensor
    slopes: Tensor
    whitening: Tensor

    def __init__(self, w_dim: int, outputs: int, steered: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(w_dim))
        self.register_buffer("factor", torch.eye(w_dim))
        self.register_buffer("prices", torch.full((outputs,), OTHER_PRICE))
        self.register_buffer("own", torch.zeros(steered, dtype=torch.long))
        self.register_buffer("ends", torch.zeros(2, steered))
        self.register_buffer("reach", torch.zeros(2, steered))
        self.register_buffer("slopes", torch.ones(steered))
        self.register_buffer("whitening", torch.eye(w_dim), persistent=False)
        self.register_load_state_dict_post_hook(invert_factor)
        self.linear = nn.Linear(w_dim, outputs)
        self.curved = nn.Sequential(
            nn.Linear(w_dim, HIDDEN),
            nn.SiLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.SiLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.SiLU(),
            nn.Linear(HIDDEN, outputs),
        )

    def whiten(self, w: Tensor) -> Tensor:
        """Map w [..., D] to coordinates in which the population has unit covariance."""
        return (w - self.mean) @ self.whitening

    def forward(self, whitened: Tensor) -> Tensor:
        """Score whitened w [N, D]."""
        return self.linear(whitened) + self.curved(whitened)

    def jacobian(self, whitened: Tensor) -> Tensor:
        """Return the derivatives of the scores of whitened w [N, D], [N, P + K, D].

        In plain products, which also run outside of PyTorch (`characters.onnx`).
        """
        slopes, x = [], whitened
        *layers, last = (layer for layer in self.curved if isinstance(layer, nn.Linear))
        for layer in layers:
            x = layer(x)
            gate = x.sigmoid()
            slopes.append(gate * (1 + x * (1 - gate)))
            x = x * gate
        found = last.weight
        for layer, slope in zip(reversed(layers), reversed(slopes), strict=True):
            found = (found * slope[:, None]) @ layer.weight
        return self.linear.weight + found


def invert_factor(model: ScoreModel, _: object = None) -> None:
    """Find what whitens from the factor of the covariance."""
    model.whitening = torch.linalg.inv(model.factor.double()).mT.to(model.factor)


def load_score_model(weights: Mapping[str, Tensor]) -> ScoreModel:
    """Return the model of a state dict, in eval mode."""
    model = ScoreModel(len(weights["mean"]), len(weights["prices"]), len(weights["own"]))
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


def new_score_model(
    population: Population, names: Names, offsets: np.ndarray, kept_prices: np.ndarray, seed: int
) -> ScoreModel:
    """Return a model drawn from `seed` that whitens with the population's mean and covariance.

    Args:
        population: of the samples.
        names: of properties, and which are steered.
        offsets: of the image test [K, S].
        kept_prices: of the measures beside the scores [K].
        seed: of the first weights.
    """
    size, count = len(population.w_mean), len(names.properties)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ScoreModel(size, count + len(kept_prices), len(names.own))
    model.mean.copy_(torch.as_tensor(population.w_mean))
    factor = np.linalg.cholesky(full_rank(population.w_covariance))
    model.factor.copy_(torch.as_tensor(factor))
    invert_factor(model)
    model.own.copy_(torch.tensor(names.own))
    model.ends.copy_(torch.as_tensor(np.stack([offsets.min(0), offsets.max(0)])))
    model.prices[model.own] = OWN_PRICE
    model.prices[count:] = torch.as_tensor(kept_prices, dtype=torch.float32)
    return model.eval().requires_grad_(False)


def train_score_model(
    model: ScoreModel, examples: list[tuple[Tensor, Tensor]], seed: int, *, steps: int | None = None
) -> None:
    """Train from where the model is; every batch takes as many rows of each set of examples.

    Args:
        model: is trained in place and left in eval mode.
        examples: per set whitened w [n, D] and targets [n, P + K]; NaN where one is not known.
        seed: decides the batches.
        steps: STEPS by default.
    """
    draws = torch.Generator().manual_seed(seed)
    model.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=WEIGHT_DECAY)
    steps = steps or STEPS
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    share = BATCH // len(examples)
    for _ in tqdm(range(steps), desc="score model", mininterval=5):
        points, targets = _draw_batch(examples, share, draws)
        loss = _squared_error(model(points), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval().requires_grad_(False)


def _draw_batch(
    examples: list[tuple[Tensor, Tensor]], share: int, draws: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw `share` rows of each set of examples."""
    rows = [torch.randint(len(points), (share,), generator=draws) for points, _ in examples]
    pairs = list(zip(rows, examples, strict=True))
    points = torch.cat([points[own] for own, (points, _) in pairs])
    return points, torch.cat([targets[own] for own, (_, targets) in pairs])


def _squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the mean over all targets that are known."""
    known = ~targets.isnan()
    errors = torch.where(known, outputs - targets.nan_to_num(), 0)
    return errors.square().sum() / known.sum()
