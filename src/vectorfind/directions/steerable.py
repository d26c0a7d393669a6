"""A face that can be steered: by offsets (open loop) or by requested scores (closed loop)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.interpolate import PchipInterpolator
from torch import Tensor

from vectorfind.directions.closed_loop import solve_offsets
from vectorfind.directions.edits import Edit, linear_edit
from vectorfind.directions.groups import assign_groups
from vectorfind.directions.judges import Judge, both_ways_round, scorer_judge
from vectorfind.directions.methods import edit_along
from vectorfind.directions.population import Population, distance_from_population
from vectorfind.directions.score_model import ScoreModel
from vectorfind.errors import InputError
from vectorfind.images import to_uint8
from vectorfind.names import BENT, CONTROLLED, CONTROLLED_COLUMNS, GROUPS
from vectorfind.stylegan.inference import images_at_once

Offset = float | Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Steered:
    """What `SteerableFace.steer` found; scores are in the population's standard deviations.

    `images` uint8 [N,H,W,3]; `w` [N, D]; `offsets`, `requested` and `error` (requested
    minus measured by the scorer) [N, 3] for eyes, mouth, pose; `measured` the same per judge;
    `reached` bool [N] tells whether every score is within the tolerance: if not, what is returned
    is the nearest that was found. `distance` [N] is that of w from the population, about 1 inside.
    """

    images: np.ndarray
    w: np.ndarray
    offsets: np.ndarray
    requested: np.ndarray
    measured: dict[str, np.ndarray]
    error: np.ndarray
    reached: np.ndarray
    distance: np.ndarray


class SteerableFace:
    """A generator with its directions, groups and scorer, as `load_bundle` returns it.

    `edit` is how offsets become latents in all that it draws; `straight` adds the directions as
    they are exported. They differ only where the method `bends` the way.

    Raises:
        InputError: directions do not fit the generator, or a bent method lacks its model.
    """

    def __init__(
        self,
        generator: torch.nn.Module,
        scorer: torch.nn.Module,
        directions: dict[str, np.ndarray],
        unit: float,
        cutoffs: dict[str, float],
        population: Population,
        method: str = "svm",
        score_model: ScoreModel | None = None,
        facts: dict[str, Any] | None = None,
    ):
        _check_shapes(directions, generator)
        if method in BENT and score_model is None:
            raise InputError(f"the method `{method}` needs the model of the scores it fitted.")
        self.generator = generator.eval().requires_grad_(False)
        self.scorer = scorer.eval().requires_grad_(False)
        self.directions, self.unit, self.cutoffs = directions, unit, cutoffs
        self.population, self.method, self.facts = population, method, facts or {}
        self.straight = linear_edit(directions, unit)
        self.edit = edit_along(directions, unit, score_model)
        self.bends = score_model is not None
        self.judge = scorer_judge(self.scorer)
        self.device = torch.device("cpu")

    @property
    def unit_why(self) -> str:
        """Why the unit is what it is, in one sentence."""
        return self.facts.get("unit_why", "")

    def to(self, device: torch.device | str) -> "SteerableFace":
        """Move the networks to a device; returns self."""
        self.device = torch.device(device)
        self.generator.to(self.device)
        self.scorer.to(self.device)
        return self

    @torch.inference_mode()
    def map(self, z: np.ndarray | Tensor, label: np.ndarray | Tensor | None = None) -> Tensor:
        """Return w [N, w_dim] of z [N, z_dim] or [z_dim]; a conditional label defaults to zeros.

        Raises:
            InputError: z or label has another length than the generator takes.
        """
        z = self._rows(z, self.generator.z_dim, "z")
        if self.generator.label_dim == 0:
            return self.generator.mapping(z, None)
        if label is None:
            label = torch.zeros(len(z), self.generator.label_dim)
        return self.generator.mapping(z, self._rows(label, self.generator.label_dim, "label"))

    def groups(self, w: Tensor) -> np.ndarray:
        """Return the index into GROUPS of each face w [N, w_dim], judged by its own image."""
        scores = self._measure(self._draw(w), self.judge)
        return assign_groups(pd.DataFrame(scores, columns=list(self.judge.columns)), self.cutoffs)

    def generate(
        self,
        z: np.ndarray | Tensor,
        eyes: Offset = 0.0,
        mouth: Offset = 0.0,
        pose: Offset = 0.0,
        label: np.ndarray | Tensor | None = None,
    ) -> np.ndarray:
        """Draw faces moved along their group's directions.

        Args:
            z: [N, z_dim] or [z_dim].
            eyes: offset, one for all or one per face; positive opens the eyes.
            mouth: offset; positive opens the mouth.
            pose: offset; positive turns the head to the right.
            label: [N, 7] for a conditional generator; zeros by default.

        Returns:
            uint8 [N, H, W, 3].
        """
        w = self.map(z, label)
        offsets = np.stack([np.broadcast_to(value, len(w)) for value in (eyes, mouth, pose)], 1)
        return self._draw(self._edit(w, self.groups(w), offsets)).cpu().numpy()

    def steer(
        self,
        z: np.ndarray | Tensor,
        eyes: float | None = None,
        mouth: float | None = None,
        pose: float | None = None,
        label: np.ndarray | Tensor | None = None,
        judges: Sequence[Judge] = (),
        start: np.ndarray | None = None,
        tolerance: float = 0.05,
        limit: float = 8.0,
    ) -> Steered:
        """Find the offsets at which each face has the requested scores.

        The scorer measures each image and its mirror image, since the mean of both is less noisy.

        Args:
            z: [N, z_dim] or [z_dim].
            eyes: requested score in the population's standard deviations, one for all or one
                per face; None keeps the face's own.
            mouth: the same.
            pose: the same.
            label: [N, 7] for a conditional generator; zeros by default.
            judges: others that measure the result, on the same scale.
            start: first offsets [N, 3]; those of a similar request save rounds.
            tolerance: largest error of a score that counts as reached.
            limit: largest magnitude of an offset.
        """
        w = self.map(z, label)
        groups = self.groups(w)

        def scores_at(offsets: np.ndarray) -> np.ndarray:
            return self._standardised(self._draw(self._edit(w, groups, offsets)))

        zero = np.zeros((len(w), len(CONTROLLED)))
        requested = scores_at(zero).astype(np.float64)
        for column, value in enumerate((eyes, mouth, pose)):
            if value is not None:
                requested[:, column] = value
        first = zero if start is None else start
        offsets, reached_scores = solve_offsets(scores_at, requested, first, limit, tolerance)
        return self._steered(w, groups, offsets, requested, reached_scores, judges, tolerance)

    def steer_path(
        self,
        z: np.ndarray | Tensor,
        requests: Sequence[dict[str, float]],
        frames: int = 8,
        label: np.ndarray | Tensor | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw a smooth passage of one face through a sequence of requested scores.

        Args:
            z: [1, z_dim] or [z_dim].
            requests: keyword arguments of `steer` for eyes, mouth and pose, in turn.
            frames: pictures from one request to the next.
            label: [1, 7] for a conditional generator.

        Returns:
            uint8 [T, H, W, 3] and offsets [T, 3], T = (len(requests) - 1) * frames + 1.
        """
        w = self.map(z, label)
        keys, start = [], None
        for request in requests:
            start = self.steer(z, **request, label=label, start=start).offsets
            keys.append(start[0])
        times = np.linspace(0, len(keys) - 1, (len(keys) - 1) * frames + 1)
        path = PchipInterpolator(np.arange(len(keys)), keys)(times) if len(keys) > 1 else keys
        offsets = np.asarray(path, np.float32)
        latents = self._edit(w, self.groups(w), offsets[None])
        return self._draw(latents).cpu().numpy(), offsets

    def sweep(
        self,
        z: np.ndarray | Tensor,
        offsets: dict[str, Sequence[float]],
        label: np.ndarray | Tensor | None = None,
        edit: Edit | None = None,
    ) -> dict[str, np.ndarray]:
        """Draw each face at every offset of each property alone, uint8 [N, steps, H, W, 3].

        `edit` is the face's own by default.
        """
        w = self.map(z, label)
        groups, sweeps = self.groups(w), {}
        for name, steps in offsets.items():
            table = np.zeros((len(w), len(steps), len(CONTROLLED)), np.float32)
            table[..., CONTROLLED.index(name)] = steps
            images = self._draw(self._edit(w, groups, table, edit)).cpu().numpy()
            sweeps[name] = images.reshape(len(w), len(steps), *images.shape[1:])
        return sweeps

    @torch.inference_mode()
    def _edit(
        self, w: Tensor, groups: np.ndarray, offsets: np.ndarray, edit: Edit | None = None
    ) -> Tensor:
        """Edit faces by offsets [N, 3], or [N, K, 3] for K pictures of each."""
        table = torch.as_tensor(np.asarray(offsets), dtype=torch.float32)
        table = table[:, None] if table.ndim == 2 else table
        return (edit or self.edit)(w, torch.as_tensor(groups), table).flatten(0, 1)

    @torch.inference_mode()
    def _draw(self, latents: Tensor) -> Tensor:
        parts = latents.split(images_at_once(self.generator.resolution, self.device))
        return torch.cat([to_uint8(self.generator.synthesis(part)) for part in parts])

    def _measure(self, images: Tensor, judge: Judge) -> np.ndarray:
        parts = images.split(images_at_once(self.generator.resolution, self.device))
        return np.concatenate([judge.measure(part) for part in parts])

    def _standardised(self, images: Tensor) -> np.ndarray:
        scores = self._measure(images, both_ways_round(self.judge))
        ours = [self.judge.columns.index(name) for name in CONTROLLED]
        theirs = list(CONTROLLED_COLUMNS)
        mean, std = self.population.score_mean[theirs], self.population.score_std[theirs]
        return (scores[:, ours] - mean) / std

    def _steered(self, w, groups, offsets, requested, scores, judges, tolerance) -> Steered:
        latents = self._edit(w, groups, offsets)
        images = self._draw(latents)
        measured = {"scorer": scores}
        for judge in judges:
            rows = [judge.columns.index(name) for name in CONTROLLED]
            measured[judge.name] = self._measure(images, judge)[:, rows]
        return Steered(
            images=images.cpu().numpy(),
            w=latents.cpu().numpy(),
            offsets=offsets,
            requested=requested,
            measured=measured,
            error=requested - scores,
            reached=(np.abs(requested - scores) <= tolerance).all(1),
            distance=distance_from_population(latents.cpu().numpy(), self.population),
        )

    def _rows(self, values: np.ndarray | Tensor, width: int, name: str) -> Tensor:
        rows = torch.atleast_2d(torch.as_tensor(values, dtype=torch.float32))
        if rows.ndim != 2 or rows.shape[1] != width:
            raise InputError(
                f"{name} has shape {tuple(rows.shape)}; this face takes [N, {width}] or [{width}]."
            )
        return rows.to(self.device)


def _check_shapes(directions: dict[str, np.ndarray], generator: torch.nn.Module) -> None:
    expected = (len(GROUPS), generator.w_dim)
    for name in CONTROLLED:
        if directions[name].shape != expected:
            raise InputError(
                f"the directions of {name} have shape {directions[name].shape}; this generator "
                f"takes {expected}."
            )
