"""One face with what it can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vectorfind.characters.candidates import Candidate
from vectorfind.characters.motion import PRESETS, Keyframe, timeline
from vectorfind.errors import InputError
from vectorfind.pictures.sheets import contact_sheet
from vectorfind.steering.face import SteerableFace
from vectorfind.steering.steered import Steered

PROBED = np.linspace(-3.0, 3.0, 13, dtype=np.float32)
"""Offsets at which a face's range is measured, each property alone."""


@dataclass(frozen=True)
class Character:
    """A face that keeps its identity, with the measured range of each property.

    Attributes:
        name: what it is called.
        face: generator, scorer and edits that draw it.
        w: its latent, float32 [1, w_dim].
        group: index of its group.
        ranges: by steered property, the scores at PROBED offsets, float32 [13], in standard
            deviations of the population; the middle one is the neutral score.
        facts: plain values on where it comes from.
    """

    name: str
    face: SteerableFace
    w: Tensor
    group: int
    ranges: Mapping[str, np.ndarray]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def neutral(self) -> dict[str, float]:
        """The scores of the face as it is."""
        return {name: float(scores[len(PROBED) // 2]) for name, scores in self.ranges.items()}

    @property
    def reach(self) -> dict[str, tuple[float, float]]:
        """The lowest and the highest score of each property, moved alone."""
        return {
            name: (float(scores.min()), float(scores.max())) for name, scores in self.ranges.items()
        }

    def render(self, scores: Mapping[str, float] | None = None, **offsets: float) -> np.ndarray:
        """Draw the face at offsets, or with requested scores.

        Args:
            scores: by steered property; the others keep the neutral score. Without it:
            **offsets: by steered property, 0 by default.

        Returns:
            uint8 [H, W, 3].

        Raises:
            InputError: no such property is steered, or offsets and scores are given.
        """
        if scores is None:
            return self.face.draw_edited(self.w, offsets, self._groups)[0]
        if offsets:
            raise InputError("give offsets or scores, not both.")
        return self.steer(**scores).images[0]

    def steer(self, **scores: float) -> Steered:
        """Find the offsets at which it has the scores, or the nearest (`SteerableFace.steer`)."""
        return self.face.steer_latents(self.w, scores, self._groups)

    def frames(self, motion: str | Sequence[Keyframe], fps: float = 25) -> np.ndarray:
        """Draw a smooth motion, uint8 [T, H, W, 3].

        Args:
            motion: keyframes `{"t": seconds, NAME: offset, ..}`, or one of PRESETS; what a
                keyframe leaves out stays as it was, at first 0.
            fps: pictures per second.

        Raises:
            InputError: no such preset or property, or times that do not rise.
        """
        steered = self.face.names.steered
        if isinstance(motion, str):
            if motion not in PRESETS:
                raise InputError(f"{motion!r}: the presets are {', '.join(PRESETS)}.")
            motion = PRESETS[motion](self.ranges)
        return self.draw(timeline(motion, steered, fps))

    def draw(self, offsets: np.ndarray) -> np.ndarray:
        """Draw it at offsets [N, S] of the steered properties, uint8 [N, H, W, 3]."""
        rows = [dict(zip(self.face.names.steered, row, strict=True)) for row in offsets]
        return self.face.draw_latents(self.edit(rows))

    def edit(self, offsets: Sequence[Mapping[str, float]]) -> Tensor:
        """Return its w [N, w_dim] moved by offsets, N times by steered property."""
        names = self.face.names.steered
        columns = {name: [float(row.get(name, 0.0)) for row in offsets] for name in names}
        w, groups = self.w.expand(len(offsets), -1), np.repeat(self._groups, len(offsets))
        return self.face.edit(w, columns, groups)

    def sheet(self) -> np.ndarray:
        """Draw it at five offsets of each property, a row each, uint8 [H', W', 3]."""
        shown = PROBED[2:-2:2]
        moves = [{name: offset} for name in self.face.names.steered for offset in shown]
        return contact_sheet(self.face.draw_latents(self.edit(moves)), len(shown))

    @property
    def _groups(self) -> np.ndarray:
        return np.array([self.group])


def pick_character(
    face: SteerableFace, candidate: Candidate, name: str, truncation: float = 1.0
) -> Character:
    """Make a character of a face of the image test; `truncation` below 1 pulls it to the mean.

    Raises:
        InputError: the face is of another generator, or the name is none.
    """
    if candidate.w.shape[1] != face.generator.w_dim:
        raise InputError(
            f"case {candidate.case} has a w of {candidate.w.shape[1]} numbers, this bundle's "
            f"generator one of {face.generator.w_dim}; give the bundle of the same run."
        )
    w = face.truncate(torch.as_tensor(candidate.w, device=face.device), truncation)
    group = face.names.groups.index(candidate.group)
    origin = {
        "truncation": truncation,
        "case": candidate.case,
        "correlations": candidate.correlations,
        "passed": candidate.passed,
    }
    return make_character(face, w, group, name, origin)


def pick_random(face: SteerableFace, seed: int, name: str, truncation: float = 1.0) -> Character:
    """Make a character of the first face of a seed, `truncation` as in `pick_character`.

    Raises:
        InputError: the name is none.
    """
    w = face.random_w(seed, 1, truncation)
    origin = {"seed": seed, "truncation": truncation}
    return make_character(face, w, int(face.groups(w)[0]), name, origin)


def make_character(
    face: SteerableFace, w: Tensor, group: int, name: str, origin: Mapping[str, Any]
) -> Character:
    """Make a character of any face w [1, w_dim] of a group, and measure what it can do.

    `origin` says where the face comes from, as plain values.

    Raises:
        InputError: the name is none.
    """
    if not name.strip() or any(part in name for part in "/\\"):
        raise InputError(f"{name!r}: a character's name is also its file's; leave out / and \\.")
    facts = {
        **origin,
        "group": face.names.groups[group],
        "method": face.directions.method,
        "unit": face.directions.unit,
        "seeds": face.facts.get("seeds", {}),
        "checkpoint": face.facts.get("source", {}).get("sha256"),
    }
    return Character(name, face, w, group, measure_ranges(face, w, group), facts)


def measure_ranges(face: SteerableFace, w: Tensor, group: int) -> dict[str, np.ndarray]:
    """Return each steered property's scores float32 [13] at PROBED offsets of it alone."""
    ranges = {}
    for column, name in enumerate(face.names.steered):
        offsets = np.zeros((1, len(PROBED), len(face.names.steered)), np.float32)
        offsets[0, :, column] = PROBED
        found = face.scores_of(w, np.array([group]), offsets)
        ranges[name] = found[:, column].astype(np.float32)
    return ranges
