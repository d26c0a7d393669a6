"""Edits that change a face evenly within its reach and leave the rest alone (method `surrogate`).

A network learns from w the scores and what edits must keep: a surrogate of generator and judges
that costs next to nothing. It learns from the samples and from tried edits of random faces. How
an edit follows it is in `surrogate_edit`.
"""

import numpy as np
import torch
from torch import Tensor

from vectorfind.directions.dual import DualFinder
from vectorfind.directions.edits import TEST_OFFSETS, Edit, linear_edit, resolve_unit
from vectorfind.directions.kept import KeptMeasures
from vectorfind.directions.score_model import ScoreModel, new_score_model, train_score_model
from vectorfind.directions.surrogate_edit import surrogate_edit, wanted_change
from vectorfind.networks import FaceGenerator, FaceScorer
from vectorfind.samples.samples import Samples
from vectorfind.samples.score_latents import look_at_latents
from vectorfind.samples.vectors import chunks

TRIED_OFFSETS = 2.0
"""Offsets are tried up to here, either way."""
REACHED = 0.005
"""Share of tried edits whose score is beyond what counts as reach, at either end."""


class SurrogateFinder:
    """The dual basis, and a model of the scores that bends the way along it.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        finder: finds the directions; the dual basis by default.
        unit: length of an offset of 1 in w, or `auto`.
        kept: measures what edits must leave alone besides the scores.
        offsets: of the image test [K, S]; the published ones by default.
        tries: faces that are edited and measured per round.
        fit_steps: of the model's training per round; those of `train_score_model` by default.
        rounds: how often; in the first the edits are straight.
        seed: of every random choice.

    After `fit`: `directions_` and `gain_` as `DualFinder`; `score_model_` for `surrogate_edit`.
    """

    def __init__(
        self,
        generator: FaceGenerator,
        scorer: FaceScorer,
        finder: DualFinder | None = None,
        *,
        unit: float | str = "auto",
        kept: KeptMeasures | None = None,
        offsets: np.ndarray | None = None,
        tries: int = 4000,
        fit_steps: int | None = None,
        rounds: int = 3,
        seed: int = 0,
    ):
        self.generator, self.scorer = generator, scorer
        self.finder, self.unit, self.kept = finder or DualFinder(), unit, kept or KeptMeasures()
        self.offsets = TEST_OFFSETS if offsets is None else offsets
        self.tries, self.rounds, self.seed = tries, rounds, seed
        self.fit_steps = fit_steps

    def fit(self, samples: Samples) -> "SurrogateFinder":
        """Fit on samples of w, their scores and groups."""
        self.finder.fit(samples)
        self.directions_, self.gain_ = self.finder.directions_, self.finder.gain_
        unit = resolve_unit(self.unit, self.directions_, samples.w)
        self._population, own = samples.population, samples.names.own
        rng, standard = np.random.default_rng(self.seed), self._standardised(samples.scores)
        model, examples = self._start(rng, samples, standard)
        tried: list[tuple[Tensor, Tensor]] = []
        goal = None
        for turn in range(self.rounds):
            chosen = self._choose(rng, samples.w)
            edit, offsets = self._edits(rng, turn, model, unit, len(chosen))
            tried.append(self._try(model, edit, samples.w[chosen], samples.groups[chosen], offsets))
            points, targets = (torch.cat(parts) for parts in zip(*tried, strict=True))
            if goal is None:
                goal = _response(offsets, targets[:, own].numpy() - standard[chosen][:, own])
            unedited = torch.as_tensor(standard[:, own])
            set_reach(model, self.offsets, edited=targets[:, own], unedited=unedited, goal=goal)
            train_score_model(
                model, [examples, (points, targets)], self.seed + turn, steps=self.fit_steps
            )
        self.score_model_ = model
        return self

    def _start(
        self, rng: np.random.Generator, samples: Samples, standard: np.ndarray
    ) -> tuple[ScoreModel, tuple[Tensor, Tensor]]:
        """Fit what is kept on some samples; return an untrained model and all samples' targets."""
        w, scores = samples.w, standard.shape[1]
        chosen = self._choose(rng, w)
        pictures = self._look(torch.tensor(w[chosen]))[1]
        self.kept.fit(pictures, standard[chosen])
        model = new_score_model(
            self._population, samples.names, self.offsets, self.kept.prices_, self.seed
        )
        targets = np.full((len(w), len(model.prices)), np.nan, np.float32)
        targets[:, :scores] = standard
        targets[chosen, scores:] = self.kept.transform(pictures, standard[chosen])
        points = torch.cat([model.whiten(torch.tensor(rows)) for rows in chunks(w)])
        return model, (points, torch.as_tensor(targets))

    def _edits(
        self, rng: np.random.Generator, turn: int, model: ScoreModel, unit: float, count: int
    ) -> tuple[Edit, np.ndarray]:
        """Return a way of editing and offsets [count, S]: in round 0 straight, as in the test."""
        straight = linear_edit(self.directions_, unit)
        if turn == 0:
            return straight, self.offsets[rng.integers(len(self.offsets), size=count)]
        offsets = rng.uniform(-TRIED_OFFSETS, TRIED_OFFSETS, (count, len(model.own)))
        return surrogate_edit(model, straight, blend=1.0), offsets

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
        """Edit faces, one offset each; return whitened points [n, D] and targets [n, P + K]."""
        table = torch.as_tensor(offsets, dtype=torch.float32)[:, None]
        edited = edit(torch.tensor(w), torch.as_tensor(groups), table)[:, 0]
        scores, pictures = self._look(edited)
        standard = self._standardised(scores)
        targets = np.concatenate([standard, self.kept.transform(pictures, standard)], axis=1)
        return model.whiten(edited), torch.as_tensor(targets, dtype=torch.float32)


def _response(offsets: np.ndarray, change: np.ndarray) -> Tensor:
    """Return the mean change of each steered score [n, S] per unit of its own offset, [S]."""
    centred = offsets - offsets.mean(0)
    products = np.linalg.lstsq(centred, change - change.mean(0), rcond=None)[0]
    return torch.as_tensor(np.diag(products).copy(), dtype=torch.float32)


def set_reach(
    model: ScoreModel, offsets: np.ndarray, *, edited: Tensor, unedited: Tensor, goal: Tensor
) -> None:
    """Set a model's reach by the scores of edited faces, and slopes that give a mean response.

    Args:
        model: is changed in place.
        offsets: of the image test [K, S].
        edited: steered scores of tried edits [n, S].
        unedited: those of samples [N, S].
        goal: mean response to the offsets [S] that the slopes should give, as far as the faces'
            reach allows.
    """
    ends = [edited.quantile(share, dim=0) for share in (REACHED, 1 - REACHED)]
    model.reach.copy_(torch.stack(ends))
    tested = torch.as_tensor(offsets)
    centred = tested - tested.mean(0)
    faces = unedited[:4000, None].expand(-1, len(tested), -1)
    low, high = torch.zeros_like(goal), torch.full_like(goal, 8.0)
    for _ in range(20):
        model.slopes.copy_((low + high) / 2)
        change = wanted_change(model, faces, tested)
        response = ((change * centred).sum(1) / centred.square().sum(0)).mean(0)
        low = torch.where(response < goal, model.slopes, low)
        high = torch.where(response < goal, high, model.slopes)
