"""Edits that change a face evenly within its reach and leave the rest alone (method `surrogate`).

A network learns from w the scores and what edits must keep: a surrogate of generator and judges
that costs next to nothing. It learns from the samples and from tried edits of random faces. An
edit is the point nearest to the face, in the population's own metric, at which the surrogate has
the wanted scores and all else is as before (Gauss-Newton in small steps).
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import jacrev, vmap

from vectorfind.directions.edits import HIGHEST, LOWEST, TEST_OFFSETS, Edit, linear_edit
from vectorfind.directions.groups import Scores
from vectorfind.directions.kept import KeptMeasures
from vectorfind.directions.latent_scores import look_at_latents
from vectorfind.directions.linear import DualFinder
from vectorfind.directions.population import measure_population
from vectorfind.directions.samples import check_samples, chunks
from vectorfind.directions.score_model import ScoreModel, new_score_model, train_score_model
from vectorfind.directions.unit import resolve_unit
from vectorfind.names import CONTROLLED_COLUMNS, PROPERTIES

OWN = list(CONTROLLED_COLUMNS)
LARGEST_STEP = 0.6
"""Of one Gauss-Newton step, in the population's standard deviations; longer ones overshoot."""
TRIED_OFFSETS = 2.0
"""Offsets are tried up to here, either way."""
REACHED = 0.005
"""Share of tried edits whose score is beyond what counts as reach, at either end."""
OVERDRIVE = 1.1
"""Of the reach that the protocol's largest offset asks for: edits fall a little short."""
LEAST_SLOPE = 0.1
"""Wanted change per offset of a face that is at the end of its reach."""
POINTS_AT_ONCE = 4096
"""Whose Jacobians are in memory together: 0.2 GiB at 512 dimensions."""
STEEPEST = 1.5
"""Times as far as the one way, at most, does an offset lead the other."""


class SurrogateFinder:
    """The dual basis, and a model of the scores that bends the way along it.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        finder: finds the directions; the dual basis by default.
        unit: length of an offset of 1 in w, or `auto`.
        kept: measures what edits must leave alone besides the scores.
        tries: faces that are edited and measured per round.
        rounds: how often; in the first the edits are straight.
        seed: of every random choice.

    After `fit`: `directions_` and `gain_` as `DualFinder`; `score_model_` for `surrogate_edit`.
    """

    def __init__(
        self,
        generator: nn.Module,
        scorer: nn.Module,
        finder: DualFinder | None = None,
        unit: float | str = "auto",
        kept: KeptMeasures | None = None,
        tries: int = 4000,
        rounds: int = 3,
        seed: int = 0,
    ):
        self.generator, self.scorer = generator, scorer
        self.finder, self.unit, self.kept = finder or DualFinder(), unit, kept or KeptMeasures()
        self.tries, self.rounds, self.seed = tries, rounds, seed

    def fit(self, w: np.ndarray, scores: Scores, groups: np.ndarray) -> "SurrogateFinder":
        """Fit on w [N, D], scores of the 8 properties and group indices [N]."""
        w, scores, groups = check_samples(w, scores, groups)
        self.finder.fit(w, scores, groups)
        self.directions_, self.gain_ = self.finder.directions_, self.finder.gain_
        unit = resolve_unit(self.unit, self.directions_, w)
        self._population = measure_population(w, scores)
        rng, standard = np.random.default_rng(self.seed), self._standardised(scores)
        model, samples = self._start(rng, w, standard)
        tried: list[tuple[Tensor, Tensor]] = []
        for turn in range(self.rounds):
            chosen = self._choose(rng, w)
            edit, offsets = self._edits(rng, turn, model, unit, len(chosen))
            tried.append(self._try(model, edit, w[chosen], groups[chosen], offsets))
            points, targets = (torch.cat(parts) for parts in zip(*tried, strict=True))
            if turn == 0:
                goal = _response(offsets, targets[:, OWN].numpy() - standard[chosen][:, OWN])
            set_reach(model, targets[:, OWN], torch.as_tensor(standard[:, OWN]), goal)
            train_score_model(model, [samples, (points, targets)], self.seed + turn)
        self.score_model_ = model
        return self

    def _start(
        self, rng: np.random.Generator, w: np.ndarray, standard: np.ndarray
    ) -> tuple[ScoreModel, tuple[Tensor, Tensor]]:
        """Fit what is kept on some samples; return an untrained model and all samples' targets."""
        chosen = self._choose(rng, w)
        pictures = self._look(torch.tensor(w[chosen]))[1]
        self.kept.fit(pictures, standard[chosen])
        model = new_score_model(self._population, self.kept.prices_, self.seed)
        targets = np.full((len(w), len(model.prices)), np.nan, np.float32)
        targets[:, : len(PROPERTIES)] = standard
        targets[chosen, len(PROPERTIES) :] = self.kept.transform(pictures, standard[chosen])
        points = torch.cat([model.whiten(torch.tensor(rows)) for rows in chunks(w)])
        return model, (points, torch.as_tensor(targets))

    def _edits(
        self, rng: np.random.Generator, turn: int, model: ScoreModel, unit: float, count: int
    ) -> tuple[Edit, np.ndarray]:
        """Return a way of editing and offsets [count, 3]: in round 0 straight, as in the test."""
        if turn == 0:
            offsets = TEST_OFFSETS[rng.integers(len(TEST_OFFSETS), size=count)]
            return linear_edit(self.directions_, unit), offsets
        offsets = rng.uniform(-TRIED_OFFSETS, TRIED_OFFSETS, (count, len(OWN)))
        return surrogate_edit(model, self.directions_, unit, blend=1.0), offsets

    def _choose(self, rng: np.random.Generator, w: np.ndarray) -> np.ndarray:
        return np.sort(rng.choice(len(w), min(self.tries, len(w)), replace=False))

    def _standardised(self, scores: np.ndarray) -> np.ndarray:
        return (scores - self._population.score_mean) / self._population.score_std

    def _look(self, latents: Tensor) -> tuple[np.ndarray, np.ndarray]:
        return look_at_latents(self.generator, self.scorer, latents, self.kept.look_at)

    def _try(
        self,
        model: ScoreModel,
        edit: Edit,
        w: np.ndarray,
        groups: np.ndarray,
        offsets: np.ndarray,
    ) -> tuple[Tensor, Tensor]:
        """Edit faces, one offset each; return whitened points [n, D] and targets [n, 8 + K]."""
        table = torch.as_tensor(offsets, dtype=torch.float32)[:, None]
        edited = edit(torch.tensor(w), torch.as_tensor(groups), table)[:, 0]
        scores, pictures = self._look(edited)
        standard = self._standardised(scores)
        targets = np.concatenate([standard, self.kept.transform(pictures, standard)], axis=1)
        return model.whiten(edited), torch.as_tensor(targets, dtype=torch.float32)


def _response(offsets: np.ndarray, change: np.ndarray) -> Tensor:
    """Return the mean change of each steered score [n, 3] per unit of its own offset, [3]."""
    centred = offsets - offsets.mean(0)
    products = np.linalg.lstsq(centred, change - change.mean(0), rcond=None)[0]
    return torch.as_tensor(np.diag(products).copy(), dtype=torch.float32)


def set_reach(model: ScoreModel, edited: Tensor, unedited: Tensor, goal: Tensor) -> None:
    """Set a model's reach by the scores of edited faces, and slopes that give a mean response.

    Args:
        model: is changed in place.
        edited: scores of eyes, mouth, pose of tried edits [n, 3].
        unedited: those of samples [N, 3].
        goal: mean response to the test's offsets [3] that the slopes should give, as far as the
            faces' reach allows.
    """
    ends = [edited.quantile(share, dim=0) for share in (REACHED, 1 - REACHED)]
    model.reach.copy_(torch.stack(ends))
    offsets = torch.as_tensor(TEST_OFFSETS)
    centred = offsets - offsets.mean(0)
    faces = unedited[:4000, None].expand(-1, len(offsets), -1)
    low, high = torch.zeros_like(goal), torch.full_like(goal, 8.0)
    for _ in range(20):
        model.slopes.copy_((low + high) / 2)
        change = wanted_change(model, faces, offsets)
        response = ((change * centred).sum(1) / centred.square().sum(0)).mean(0)
        low = torch.where(response < goal, model.slopes, low)
        high = torch.where(response < goal, high, model.slopes)


def wanted_change(model: ScoreModel, scores: Tensor, offsets: Tensor) -> Tensor:
    """Return the change that offsets [..., 3] ask of faces with steered scores [..., 3].

    Even steps within the face's reach: `slopes` where there is room, else so that the protocol's
    largest offset ends where the reach ends; the one way at most STEEPEST times the other. Larger
    offsets than the protocol's lead no farther than that end.
    """
    highest, lowest = torch.as_tensor(HIGHEST).to(scores), torch.as_tensor(LOWEST).to(scores)
    room_up = OVERDRIVE * (model.reach[1] - scores).clamp_min(0)
    room_down = OVERDRIVE * (scores - model.reach[0]).clamp_min(0)
    up, down = room_up / highest, room_down / -lowest
    up, down = (slope.clamp_min(LEAST_SLOPE).minimum(model.slopes) for slope in (up, down))
    up, down = up.minimum(STEEPEST * down), down.minimum(STEEPEST * up)
    change = torch.where(offsets > 0, up, down) * offsets
    least = LEAST_SLOPE * offsets.abs()
    return change.clamp(-room_down.maximum(least), room_up.maximum(least))


def surrogate_edit(
    model: ScoreModel,
    directions: Mapping[str, np.ndarray],
    unit: float,
    blend: float = 0.8,
    steps: int = 15,
) -> Edit:
    """Return the edit that is part a straight step and part the surrogate's way.

    The straight part keeps an edit from following the surrogate's and the scorer's own errors.

    Args:
        model: fitted scores.
        directions: per property [16, D]; unit vectors.
        unit: length of an offset of 1 in w.
        blend: share of the surrogate's way.
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
        parts = (points.split(POINTS_AT_ONCE) for points in (start, offsets.flatten(0, 1)))
        moves = [follow_scores(model, *part, steps) for part in zip(*parts, strict=True)]
        bent = w[:, None] + (torch.cat(moves) @ model.factor.mT).view(faces, count, -1)
        return straight(w, groups, offsets).lerp(bent, blend)

    return edit


def follow_scores(model: ScoreModel, start: Tensor, offsets: Tensor, steps: int) -> Tensor:
    """Return the shortest moves [M, D] of whitened points that make the change offsets ask for.

    Gauss-Newton on |m|^2 + sum_k (f_k(x + m) - f_k(x) - c_k)^2 / price_k: each step solves
    m = J^T (J J^T + diag(price))^-1 (c - f(x + m) + f(x) + J m).
    """
    jacobian = vmap(jacrev(lambda point: model(point[None])[0]))
    before, moves = model(start), torch.zeros_like(start)
    change = torch.zeros_like(before)
    change[:, OWN] = wanted_change(model, before[:, OWN], offsets)
    for step in range(steps):
        share = min(1.0, (step + 1) / max(steps - 2, 1))
        point = start + moves
        slopes = jacobian(point)
        residual = before + share * change - model(point)
        residual = residual + torch.einsum("mpd,md->mp", slopes, moves)
        weights = torch.linalg.solve(slopes @ slopes.mT + model.prices.diag(), residual)
        correction = torch.einsum("mpd,mp->md", slopes, weights) - moves
        length = correction.norm(dim=1, keepdim=True).clamp_min(1e-9)
        moves = moves + correction * (LARGEST_STEP / length).clamp_max(1)
    return moves
