"""Edits along paths on which a small model of the scores changes evenly (method `surrogate`).

A network learns the scores from w: a surrogate of generator and scorer that costs next to nothing.
It is fitted to the samples, edits random faces, and is fitted again with the scores that those
edits really have, so that it knows where it leads. An edit is the point nearest to the face, in
the population's own metric, at which the surrogate has the wanted scores: the edited property
changes in even steps, the others not at all (Gauss-Newton in small steps).
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import jacrev, vmap

from vectorfind.directions.edits import Edit, linear_edit
from vectorfind.directions.groups import Scores
from vectorfind.directions.latent_scores import score_latents
from vectorfind.directions.linear import DualFinder
from vectorfind.directions.population import measure_population
from vectorfind.directions.samples import check_samples, chunks
from vectorfind.directions.score_model import ScoreModel, new_score_model, train_score_model
from vectorfind.directions.unit import resolve_unit
from vectorfind.names import CONTROLLED, CONTROLLED_COLUMNS, PROPERTIES

OWN = list(CONTROLLED_COLUMNS)
LARGEST_STEP = 0.6
"""Of one Gauss-Newton step, in the population's standard deviations; longer ones overshoot."""


class SurrogateFinder:
    """The dual basis, and a model of the scores that bends the way along it.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        finder: finds the directions; the dual basis by default.
        unit: length of an offset of 1 in w, or `auto`.
        rounds: how often random faces are edited and scored to fit the model again.
        edits: faces per round.
        seed: of every random choice.

    After `fit`: `directions_` and `gain_` as `DualFinder`; `score_model_` for `surrogate_edit`.
    """

    def __init__(
        self,
        generator: nn.Module,
        scorer: nn.Module,
        finder: DualFinder | None = None,
        unit: float | str = "auto",
        rounds: int = 2,
        edits: int = 4000,
        seed: int = 0,
    ):
        self.generator, self.scorer = generator, scorer
        self.finder, self.unit = finder or DualFinder(), unit
        self.rounds, self.edits, self.seed = rounds, edits, seed

    def fit(self, w: np.ndarray, scores: Scores, groups: np.ndarray) -> "SurrogateFinder":
        """Fit on w [N, D], scores of the 8 properties and group indices [N]."""
        w, scores, groups = check_samples(w, scores, groups)
        self.finder.fit(w, scores, groups)
        self.directions_, self.gain_ = self.finder.directions_, self.finder.gain_
        unit = resolve_unit(self.unit, self.directions_, w)
        population = measure_population(w, scores)
        model = self.score_model_ = new_score_model(population, self.seed)
        gain = np.stack([self.gain_[name].mean() for name in CONTROLLED])
        model.gain.copy_(torch.as_tensor(gain))
        points = torch.cat([model.whiten(torch.tensor(rows)) for rows in chunks(w)])
        mean, std = map(torch.as_tensor, (population.score_mean, population.score_std))
        targets = (torch.as_tensor(scores) - mean) / std
        train_score_model(model, points, targets, self.seed)
        rng = np.random.default_rng(self.seed)
        for turn in range(1, self.rounds + 1):
            chosen = np.sort(rng.choice(len(w), min(self.edits, len(w)), replace=False))
            offsets = rng.uniform(-2, 2, (len(chosen), 1, len(OWN)))
            edited, measured = self._try(w[chosen], groups[chosen], offsets, unit)
            points = torch.cat([points, model.whiten(edited)])
            targets = torch.cat([targets, (measured - mean) / std])
            train_score_model(model, points, targets, self.seed + turn)
        return self

    def _try(
        self, w: np.ndarray, groups: np.ndarray, offsets: np.ndarray, unit: float
    ) -> tuple[Tensor, Tensor]:
        """Edit faces by the model as it is; return their w [n, D] and true scores [n, 8]."""
        edit = surrogate_edit(self.score_model_, self.directions_, unit, blend=1.0)
        table = torch.as_tensor(offsets, dtype=torch.float32)
        edited = edit(torch.tensor(w), torch.as_tensor(groups), table)[:, 0]
        return edited, score_latents(self.generator, self.scorer, edited).cpu()


def surrogate_edit(
    model: ScoreModel,
    directions: Mapping[str, np.ndarray],
    unit: float,
    blend: float = 0.6,
    damping: float = 0.02,
    steps: int = 10,
) -> Edit:
    """Return the edit that is part a straight step and part the surrogate's way.

    The straight part keeps an edit from following the surrogate's and the scorer's own errors.

    Args:
        model: fitted scores.
        directions: per property [16, D]; unit vectors.
        unit: length of an offset of 1 in w.
        blend: share of the surrogate's way.
        damping: price of leaving the face, in units of a standardised score's variance.
        steps: of Gauss-Newton; the wanted change grows over the first ones.
    """
    straight = linear_edit(directions, unit)

    @torch.inference_mode(False)
    @torch.no_grad()
    def edit(w: Tensor, groups: Tensor, offsets: Tensor) -> Tensor:
        model.to(w.device)
        w, offsets = w.clone(), offsets.to(w).clone()
        faces, count = offsets.shape[:2]
        start = model.whiten(w).repeat_interleave(count, 0)
        change = torch.zeros(len(start), len(PROPERTIES), device=w.device)
        change[:, OWN] = (unit * model.gain * offsets).flatten(0, 1)
        moves = _follow(model, start, change, damping, steps) @ model.factor.mT
        bent = w[:, None] + moves.view(faces, count, -1)
        return straight(w, groups, offsets).lerp(bent, blend)

    return edit


def _follow(model: ScoreModel, start: Tensor, change: Tensor, damping: float, steps: int) -> Tensor:
    """Return the shortest moves [M, D] from whitened points that change the scores as wanted."""
    jacobian = vmap(jacrev(lambda point: model(point[None])[0]))
    wanted, moves = model(start), torch.zeros_like(start)
    ridge = damping * torch.eye(change.shape[1], device=start.device)
    for step in range(steps):
        share = min(1.0, (step + 1) / max(steps - 2, 1))
        point = start + moves
        slopes = jacobian(point)
        residual = wanted + share * change - model(point)
        residual = residual + torch.einsum("mpd,md->mp", slopes, moves)
        weights = torch.linalg.solve(slopes @ slopes.mT + ridge, residual)
        correction = torch.einsum("mpd,mp->md", slopes, weights) - moves
        length = correction.norm(dim=1, keepdim=True).clamp_min(1e-9)
        moves = moves + correction * (LARGEST_STEP / length).clamp_max(1)
    return moves
