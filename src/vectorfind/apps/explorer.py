"""What the explorer's page asks for: faces by name, their pictures, ranges and commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vectorfind.characters import (
    Candidate,
    Character,
    keep_character,
    list_candidates,
    make_character,
    measure_ranges,
    pick_character,
    read_candidate,
    read_candidates,
)
from vectorfind.errors import InputError
from vectorfind.steering.face import SteerableFace

CASE = "case"
SHOWN = 24
"""Candidates that are shown."""


@dataclass
class Explorer:
    """The faces of a bundle, and of its image test where there is one.

    A face is named by a seed, or by `case N`; what was found out of it is kept.
    """

    face: SteerableFace
    bundle: Path
    test: Path | None = None
    _known: dict[str, tuple[Tensor, np.ndarray]] = field(default_factory=dict)

    def cases(self) -> list[int]:
        """Return the first candidates of the image test, best first."""
        return list_candidates(self.test).case.head(SHOWN).tolist() if self.test else []

    def gallery(self) -> list[tuple[np.ndarray, str]]:
        """Return their pictures, uint8 [H, W, 3], and names."""
        if not (cases := self.cases()):
            return []
        names = [f"{CASE} {case}" for case in cases]
        faces = map(self._tested, read_candidates(self._test(), cases))
        self._known |= dict(zip(names, faces, strict=True))
        latents, groups = zip(*map(self.latent, names), strict=True)
        images = self.face.draw_edited(torch.cat(latents), {}, np.concatenate(groups))
        return list(zip(images, names, strict=True))

    def latent(self, name: str) -> tuple[Tensor, np.ndarray]:
        """Return w [1, w_dim] and group [1] of a face.

        Raises:
            InputError: the name is neither a seed nor a case.
        """
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> tuple[Tensor, np.ndarray]:
        case, number = _parts(name)
        if case:
            return self._tested(read_candidate(self._test(), number))
        w = self.face.map(*self.face.draw(number, 0, 1))
        return w, self.face.groups(w)

    def _tested(self, candidate: Candidate) -> tuple[Tensor, np.ndarray]:
        w = torch.as_tensor(candidate.w, device=self.face.device)
        return w, np.array([self.face.names.groups.index(candidate.group)])

    def _test(self) -> Path:
        if self.test is None:
            raise InputError("there is no image test beside this bundle.")
        return self.test

    def by_offsets(self, name: str, offsets: Mapping[str, float]) -> tuple[np.ndarray, str]:
        """Return the face moved by offsets, uint8 [H, W, 3], and a line on it."""
        w, groups = self.latent(name)
        return self.face.draw_edited(w, offsets, groups)[0], self._group(groups)

    def by_scores(self, name: str, scores: Mapping[str, float]) -> tuple[np.ndarray, str]:
        """Return the face with requested scores, uint8 [H, W, 3], and a table of what was found."""
        w, groups = self.latent(name)
        steered = self.face.steer_latents(w, scores, groups)
        rows = zip(
            self.face.names.steered,
            steered.requested[0],
            steered.measured["scorer"][0],
            steered.offsets[0],
            strict=True,
        )
        lines = [f"| {name} | {a:+.2f} | {b:+.2f} | {c:+.2f} |" for name, a, b, c in rows]
        head = "| score | requested | measured | offset |\n|---|---|---|---|"
        end = "" if steered.reached[0] else "\n\nOut of reach: this is the nearest that was found."
        return steered.images[0], "\n".join([f"{self._group(groups)}\n", head, *lines]) + end

    def _group(self, groups: np.ndarray) -> str:
        return f"Group **{self.face.names.groups[groups[0]]}**"

    def reach(self, name: str) -> list[tuple[float, float, float]]:
        """Return the lowest, the highest and the own score of each steered property."""
        w, groups = self.latent(name)
        ranges = measure_ranges(self.face, w, int(groups[0])).values()
        return [(float(s.min()), float(s.max()), float(s[len(s) // 2])) for s in ranges]

    def command(self, name: str, by_scores: bool, values: Mapping[str, float]) -> str:
        """Return the command line that draws the same."""
        options = " ".join(f"--{key.replace('_', '-')}={value:g}" for key, value in values.items())
        case, number = _parts(name)
        if case:
            pick = f"vectorfind pick {number} --name NAME --bundle {self.bundle}"
            flag = "--scores " if by_scores else ""
            return f"{pick}\nvectorfind render characters/NAME.safetensors {flag}{options}"
        word = "steer" if by_scores else "generate"
        return f"vectorfind {word} {self.bundle} --seed {number} {options}"

    def character(self, name: str, called: str) -> Character:
        """Make a character of a face."""
        w, groups = self.latent(name)
        case, number = _parts(name)
        if case:
            return pick_character(self.face, read_candidate(self._test(), number), called)
        return make_character(self.face, w, int(groups[0]), called, {"seed": number})

    def pick(self, name: str, called: str) -> Path:
        """Write a character of a face, and its contact sheet; return where it is.

        Raises:
            InputError: there is one of this name.
        """
        path = Path("characters", f"{called}.safetensors")
        keep_character(path, self.character(name, called))
        return path


def _parts(name: str) -> tuple[bool, int]:
    """Return whether a name is a case, and its number."""
    kind, _, number = name.strip().rpartition(" ")
    if not (number.isascii() and number.isdecimal()) or kind not in ("", CASE):
        raise InputError(f"{name!r}: give a whole number from 0 on, or click a candidate.")
    return kind == CASE, int(number)
