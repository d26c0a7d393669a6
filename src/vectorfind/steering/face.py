"""A face that can be steered: by offsets (open loop) or by requested scores (closed loop)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vectorfind.directions.directions import Directions
from vectorfind.directions.edits import Edit
from vectorfind.directions.methods import method_named
from vectorfind.errors import InputError
from vectorfind.images import require_finite, to_uint8
from vectorfind.judges.judge import Judge, both_ways_round, scorer_judge
from vectorfind.networks import FaceGenerator, FaceScorer
from vectorfind.samples.groups import assign_groups
from vectorfind.samples.population import Population, distance_from_population
from vectorfind.steering.closed_loop import passage, solve_offsets
from vectorfind.steering.steered import Steered
from vectorfind.stylegan.inference import images_at_once
from vectorfind.stylegan.sampling import draw_latents
from vectorfind.vocabulary import Names

Latents = np.ndarray | Tensor
Offset = float | Sequence[float] | np.ndarray


class SteerableFace:
    """A generator with its directions and scorer, as `load_bundle` returns it.

    `directions.edit` is how offsets become latents in all that it draws; `directions.straight` adds
    the vectors as they are exported. They differ only where the method `bends` the way. `facts` are
    plain values that the bundle keeps beside them.

    Raises:
        InputError: directions do not fit the generator.
    """

    def __init__(
        self,
        generator: FaceGenerator,
        scorer: FaceScorer,
        directions: Directions,
        *,
        facts: dict[str, Any] | None = None,
    ):
        for name, vectors in directions.vectors.items():
            if vectors.shape[1] != generator.w_dim:
                raise InputError(
                    f"the directions of {name} have {vectors.shape[1]} dimensions, the w of this "
                    f"generator {generator.w_dim}."
                )
        self.generator = generator.eval().requires_grad_(False)
        self.scorer = scorer.eval().requires_grad_(False)
        self.directions, self.facts = directions, facts or {}
        self.judge = scorer_judge(self.scorer)
        self.device = torch.device("cpu")

    @property
    def names(self) -> Names:
        """Names of properties and groups."""
        return self.directions.names

    @property
    def population(self) -> Population:
        """Scale of the scores and shape of w."""
        return self.directions.population

    @property
    def bends(self) -> bool:
        """Whether `edit` is something else than adding the exported directions."""
        return method_named(self.directions.method).bends

    def to(self, device: torch.device | str) -> "SteerableFace":
        """Move the networks to a device; returns self."""
        self.device = torch.device(device)
        self.generator.to(self.device)
        self.scorer.to(self.device)
        return self

    def draw(self, seed: int, start: int, count: int) -> tuple[Tensor, Tensor | None]:
        """Draw z [count, z_dim] and labels of random faces; face k depends on (seed, k) only."""
        return draw_latents(seed, start, count, self.generator.z_dim, self.generator.label_dim)

    def draw_cases(self, seed: int, cases: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Draw z [N, z_dim] and labels of the N faces with these numbers; N may be 0."""
        drawn = [self.draw(seed, int(case), 1) for case in cases] or [self.draw(seed, 0, 0)]
        labels = [label for _, label in drawn if label is not None]
        return torch.cat([z for z, _ in drawn]), torch.cat(labels) if labels else None

    @torch.inference_mode()
    def map(self, z: Latents, label: Latents | None = None) -> Tensor:
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
        """Return the index into `names.groups` of each face w [N, w_dim], judged by its image."""
        scores = self._measure(self._draw(w), self.judge)
        table = pd.DataFrame(scores, columns=list(self.judge.columns))
        return assign_groups(table, self.directions.cutoffs)

    def generate(
        self, z: Latents, *, label: Latents | None = None, **offsets: Offset
    ) -> np.ndarray:
        """Draw faces moved along their group's directions.

        Args:
            z: [N, z_dim] or [z_dim].
            label: [N, L] for a conditional generator; zeros by default.
            **offsets: by steered property (`names.steered`: eyes, mouth, pose as published), one
                for all or one per face; positive raises the property: opens eyes and mouth, turns
                the head to the right.

        Returns:
            uint8 [N, H, W, 3].

        Raises:
            InputError: no such property is steered.
        """
        self._check_names(offsets)
        if not len(z):
            return np.empty((0, self.generator.resolution, self.generator.resolution, 3), np.uint8)
        return self.draw_edited(self.map(z, label), offsets)

    def draw_edited(
        self, w: Tensor, offsets: Mapping[str, Offset], groups: np.ndarray | None = None
    ) -> np.ndarray:
        """Draw faces w [N, w_dim] as `generate` does; their `groups` [N] are judged where None."""
        return self.draw_latents(self.edit(w, offsets, groups))

    def edit(
        self, w: Tensor, offsets: Mapping[str, Offset], groups: np.ndarray | None = None
    ) -> Tensor:
        """Return w [N, w_dim] moved by offsets as in `generate`; `groups` as in `draw_edited`."""
        self._check_names(offsets)
        columns = [np.broadcast_to(offsets.get(name, 0.0), len(w)) for name in self.names.steered]
        own = self.groups(w) if groups is None else groups
        return self._edit(w, own, np.stack(columns, 1))

    def draw_latents(self, w: Tensor) -> np.ndarray:
        """Draw w [N, w_dim] as they are, uint8 [N, H, W, 3]."""
        return self._draw(w).cpu().numpy()

    def random_w(self, seed: int, count: int, truncation: float = 1.0) -> Tensor:
        """Return w [count, w_dim] of the first faces of a seed, truncated as `truncate` does."""
        return self.truncate(self.map(*self.draw(seed, 0, count)), truncation)

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """Pull w [N, w_dim] towards the population's mean, all layers alike; 1 leaves them.

        Source: Karras et al. 2019, the truncation trick in w.
        """
        mean = torch.as_tensor(self.population.w_mean, dtype=w.dtype, device=w.device)
        return torch.lerp(mean, w, psi) if psi != 1 else w

    def steer(
        self,
        z: Latents,
        *,
        label: Latents | None = None,
        judges: Sequence[Judge] = (),
        start: np.ndarray | None = None,
        tolerance: float = 0.05,
        limit: float = 8.0,
        **requests: Offset | None,
    ) -> Steered:
        """Find the offsets at which each face has the requested scores.

        The scorer measures each image and its mirror image, since the mean of both is less noisy.

        Args:
            z: [N, z_dim] or [z_dim].
            label: [N, L] for a conditional generator; zeros by default.
            judges: others that measure the result, on the same scale.
            start: first offsets [N, S]; those of a similar request save rounds.
            tolerance: largest error of a score that counts as reached.
            limit: largest magnitude of an offset.
            **requests: by steered property, score in the population's standard deviations, one for
                all or one per face; left out or None keeps the face's own.

        Raises:
            InputError: no such property is steered.
        """
        return self.steer_latents(
            self.map(z, label),
            requests,
            judges=judges,
            start=start,
            tolerance=tolerance,
            limit=limit,
        )

    def steer_latents(
        self,
        w: Tensor,
        requests: Mapping[str, Offset | None],
        groups: np.ndarray | None = None,
        *,
        judges: Sequence[Judge] = (),
        start: np.ndarray | None = None,
        tolerance: float = 0.05,
        limit: float = 8.0,
    ) -> Steered:
        """Steer faces w [N, w_dim] as `steer` does; their `groups` [N] are judged where None."""
        self._check_names(requests)
        own = self.groups(w) if groups is None else groups
        scores_at = partial(self.scores_of, w, own)
        zero = np.zeros((len(w), len(self.names.steered)))
        requested = scores_at(zero).astype(np.float64)
        for column, name in enumerate(self.names.steered):
            if (value := requests.get(name)) is not None:
                requested[:, column] = value
        first = zero if start is None else start
        offsets, reached_scores = solve_offsets(
            scores_at, requested, first, limit=limit, tolerance=tolerance
        )
        return self._steered(w, own, offsets, requested, reached_scores, judges, tolerance)

    def scores_of(self, w: Tensor, groups: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """Return the scores [N * K, S] of faces w [N, w_dim] at offsets [N, K, S].

        In the population's standard deviations, by the scorer on each image and its mirror image.
        """
        return self._standardised(self._draw(self._edit(w, groups, offsets)))

    def steer_path(
        self,
        z: Latents,
        requests: Sequence[dict[str, Any]],
        frames: int = 8,
        *,
        label: Latents | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw a smooth passage of one face: uint8 [T, H, W, 3] and its offsets [T, S].

        Args:
            z: [1, z_dim] or [z_dim].
            requests: scores of `steer`, by property, in turn.
            frames: pictures from one request to the next; T = (len(requests) - 1) * frames + 1.
            label: [1, L] for a conditional generator.
        """
        w = self.map(z, label)
        keys, start = [], None
        for request in requests:
            start = self.steer(z, label=label, start=start, **request).offsets
            keys.append(start[0])
        offsets = passage(np.asarray(keys), frames)
        latents = self._edit(w, self.groups(w), offsets[None])
        return self._draw(latents).cpu().numpy(), offsets

    def sweep(
        self,
        z: Latents,
        offsets: Mapping[str, Sequence[float]],
        label: Latents | None = None,
        *,
        edit: Edit | None = None,
    ) -> dict[str, np.ndarray]:
        """Draw each face at every offset of each property alone, uint8 [N, steps, H, W, 3].

        `edit` is the face's own by default.
        """
        self._check_names(offsets)
        w = self.map(z, label)
        groups, sweeps = self.groups(w), {}
        for name, steps in offsets.items():
            table = np.zeros((len(w), len(steps), len(self.names.steered)), np.float32)
            table[..., self.names.steered.index(name)] = steps
            images = self._draw(self._edit(w, groups, table, edit)).cpu().numpy()
            sweeps[name] = images.reshape(len(w), len(steps), *images.shape[1:])
        return sweeps

    @torch.inference_mode()
    def _edit(
        self, w: Tensor, groups: np.ndarray, offsets: np.ndarray, edit: Edit | None = None
    ) -> Tensor:
        """Edit faces by offsets [N, S], or [N, K, S] for K pictures of each."""
        table = torch.as_tensor(np.asarray(offsets), dtype=torch.float32)
        table = table[:, None] if table.ndim == 2 else table
        return (edit or self.directions.edit)(w, torch.as_tensor(groups), table).flatten(0, 1)

    @torch.inference_mode()
    def _draw(self, latents: Tensor) -> Tensor:
        parts = latents.split(images_at_once(self.generator.resolution, self.device))
        return torch.cat([self._draw_at_once(part) for part in parts])

    def _draw_at_once(self, latents: Tensor) -> Tensor:
        images = self.generator.synthesis(latents)
        return require_finite(to_uint8(images), images.isfinite().all())

    def _measure(self, images: Tensor, judge: Judge) -> np.ndarray:
        parts = images.split(images_at_once(self.generator.resolution, self.device))
        return np.concatenate([judge.measure(part) for part in parts])

    def _own_scores(self, images: Tensor, judge: Judge) -> np.ndarray:
        columns = [judge.columns.index(name) for name in self.names.steered]
        return self._measure(images, judge)[:, columns]

    def _standardised(self, images: Tensor) -> np.ndarray:
        own = self.names.own
        mean, std = self.population.score_mean[own], self.population.score_std[own]
        return (self._own_scores(images, both_ways_round(self.judge)) - mean) / std

    def _steered(
        self,
        w: Tensor,
        groups: np.ndarray,
        offsets: np.ndarray,
        requested: np.ndarray,
        scores: np.ndarray,
        judges: Sequence[Judge],
        tolerance: float,
    ) -> Steered:
        latents = self._edit(w, groups, offsets)
        images = self._draw(latents)
        measured = {judge.name: self._own_scores(images, judge) for judge in judges}
        return Steered(
            images=images.cpu().numpy(),
            w=latents.cpu().numpy(),
            offsets=offsets,
            requested=requested,
            measured={"scorer": scores} | measured,
            error=requested - scores,
            reached=(np.abs(requested - scores) <= tolerance).all(1),
            distance=distance_from_population(latents.cpu().numpy(), self.population),
        )

    def _rows(self, values: Latents, width: int, name: str) -> Tensor:
        rows = torch.atleast_2d(torch.as_tensor(values, dtype=torch.float32))
        if rows.ndim != 2 or rows.shape[1] != width:
            raise InputError(
                f"{name} has shape {tuple(rows.shape)}; this face takes [N, {width}] or [{width}]."
            )
        return rows.to(self.device)

    def _check_names(self, given: Iterable[str]) -> None:
        if unknown := [name for name in given if name not in self.names.steered]:
            raise InputError(
                f"{unknown[0]!r} is not steered; this face follows {', '.join(self.names.steered)}."
            )
