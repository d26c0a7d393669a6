"""What the explorer's page asks for: faces by name, their pictures, scores, ranges and commands."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vectorfind.characters import (
    Candidate,
    Character,
    keep_character,
    list_candidates,
    measure_ranges,
    pick_character,
    pick_random,
    read_candidate,
    read_candidates,
)
from vectorfind.errors import InputError
from vectorfind.judges.judge import Judge, on_scale_of
from vectorfind.pictures.sheets import contact_sheet
from vectorfind.property_options import option_of
from vectorfind.steering.face import SteerableFace

CASE = "case"
SHOWN = 24
"""Candidates that are shown."""
STEPS = (-1.8, -0.9, 0.0, 0.9, 1.8)
"""Offsets of a grid's rows and columns; the outer ones are the image test's largest."""
SCALED_ON, SCALE_SEED = 64, 0
"""Faces that give another judge the scorer's scale, and the seed of their z."""
PNG_UP_TO = 256
"""Pixels of the longer side up to which a page is sent PNG; JPEG beyond."""


@dataclass(frozen=True)
class View:
    """What is on the screen: a face, by a seed or as `case N`, and what its sliders ask for.

    `values` are offsets, or with `by_scores` requested scores, of each steered property in turn.
    """

    name: str
    values: tuple[float, ...]
    by_scores: bool = False
    truncation: float = 1.0


@dataclass(frozen=True)
class Drawn:
    """A view's picture uint8 [H, W, 3], its w [1, w_dim], offsets [S], and whether it is reached.

    `scores` [S] are known where they were requested.
    """

    image: np.ndarray
    w: np.ndarray
    offsets: np.ndarray
    reached: bool = True
    scores: np.ndarray | None = None


@dataclass
class Explorer:
    """The faces of a bundle, and of its image test where there is one.

    `other_judge` makes a second judge of steered properties, on any scale, when it is asked first.
    """

    face: SteerableFace
    bundle: Path
    test: Path | None = None
    other_judge: Callable[[], Judge | None] = lambda: None
    _known: dict[tuple[str, float], tuple[Tensor, np.ndarray]] = field(default_factory=dict)
    _last: tuple[View, Drawn] | None = None
    _unmoved: tuple[tuple[str, float], np.ndarray] | None = None
    _judging: threading.Lock = field(default_factory=threading.Lock)

    def cases(self, group: str | None = None, sort: str = "least") -> list[int]:
        """Return the first candidates of the image test; `group` and `sort` as its list has."""
        if not self.test:
            return []
        return list_candidates(self.test, group=group, sort=sort).case.head(SHOWN).tolist()

    def groups(self) -> list[str]:
        """Return the groups that have candidates."""
        return sorted(set(list_candidates(self.test).group)) if self.test else []

    def gallery(
        self, group: str | None = None, sort: str = "least"
    ) -> list[tuple[np.ndarray, str]]:
        """Return the candidates' pictures, uint8 [H, W, 3], and names."""
        if not (cases := self.cases(group, sort)):
            return []
        names = [f"{CASE} {case}" for case in cases]
        faces = map(self._tested, read_candidates(self._test(), cases))
        self._known |= {(name, 1.0): face for name, face in zip(names, faces, strict=True)}
        latents, _ = zip(*map(self.latent, names), strict=True)
        return list(zip(self.face.draw_latents(torch.cat(latents)), names, strict=True))

    def latent(self, name: str, truncation: float = 1.0) -> tuple[Tensor, np.ndarray]:
        """Return w [1, w_dim] and group [1] of a face.

        Raises:
            InputError: the name is neither a seed nor a case.
        """
        if (name, truncation) not in self._known:
            self._known[name, truncation] = self._find(name, truncation)
        return self._known[name, truncation]

    def _find(self, name: str, truncation: float) -> tuple[Tensor, np.ndarray]:
        case, number = _parts(name)
        if case:
            w, groups = self._tested(read_candidate(self._test(), number))
            return self.face.truncate(w, truncation), groups
        w = self.face.random_w(number, 1, truncation)
        return w, self.face.groups(w)

    def _tested(self, candidate: Candidate) -> tuple[Tensor, np.ndarray]:
        w = torch.as_tensor(candidate.w, device=self.face.device)
        return w, np.array([self.face.names.groups.index(candidate.group)])

    def _test(self) -> Path:
        if self.test is None:
            raise InputError("there is no image test beside this bundle.")
        return self.test

    def itself(self, view: View) -> np.ndarray:
        """Return the face as it is, uint8 [H, W, 3]; the last one is kept."""
        name = view.name, view.truncation
        if (last := self._unmoved) is not None and last[0] == name:
            return last[1]
        image = self.face.draw_latents(self.latent(*name)[0])[0]
        self._unmoved = name, image
        return image

    def draw(self, view: View) -> Drawn:
        """Draw a view; the last one is kept."""
        if (last := self._last) is not None and last[0] == view:
            return last[1]
        drawn = (self._by_scores if view.by_scores else self._by_offsets)(view)
        self._last = view, drawn
        return drawn

    def shows(self, view: View) -> bool:
        """Tell whether a view is the one that was drawn last."""
        return self._last is not None and self._last[0] == view

    def _by_offsets(self, view: View) -> Drawn:
        w, groups = self.latent(view.name, view.truncation)
        edited = self.face.edit(w, self._named(view), groups)
        image = self.face.draw_latents(edited)[0]
        return Drawn(image, edited.cpu().numpy(), np.array(view.values))

    def _by_scores(self, view: View) -> Drawn:
        w, groups = self.latent(view.name, view.truncation)
        found = self.face.steer_latents(w, self._named(view), groups)
        reached, scores = bool(found.reached[0]), found.measured["scorer"][0]
        return Drawn(found.images[0], found.w, found.offsets[0], reached, scores)

    def _named(self, view: View) -> dict[str, float]:
        return dict(zip(self.face.names.steered, view.values, strict=True))

    def group(self, view: View) -> str:
        """Return the name of the face's group."""
        return self.face.names.groups[self.latent(view.name, view.truncation)[1][0]]

    def scores(self, view: View) -> pd.DataFrame:
        """Return what was asked of a view and what its picture has, a row per steered property.

        Columns: `offset`, `requested` (where scores are), and each judge's score, in the
        population's standard deviations as the scorer has them.
        """
        with self._judging:
            judge = self._other
        drawn, steered = self.draw(view), list(self.face.names.steered)
        table = pd.DataFrame({"offset": drawn.offsets}, index=steered)
        if view.by_scores:
            table["requested"] = view.values
        if drawn.scores is None:
            w, groups = self.latent(view.name, view.truncation)
            table["scorer"] = self.face.scores_of(w, groups, drawn.offsets[None, None])[0]
        else:
            table["scorer"] = drawn.scores
        if judge is not None:
            table[judge.name] = judge.measure(torch.as_tensor(drawn.image[None]))[0]
        return table

    @cached_property
    def _other(self) -> Judge | None:
        """The other judge, on the scorer's scale; None where it knows other properties."""
        judge, steered = self.other_judge(), self.face.names.steered
        if judge is None or not set(steered) <= set(judge.columns):
            return None
        columns = [judge.columns.index(name) for name in steered]
        own = replace(judge, columns=steered, measure=lambda seen: judge.measure(seen)[:, columns])
        w = self.face.random_w(SCALE_SEED, SCALED_ON)
        unmoved = np.zeros((SCALED_ON, 1, len(steered)), np.float32)
        wanted = self.face.scores_of(w, np.zeros(SCALED_ON, int), unmoved)
        return on_scale_of(own, own.measure(torch.as_tensor(self.face.draw_latents(w))), wanted)

    def reach(self, name: str, truncation: float = 1.0) -> list[tuple[float, float, float]]:
        """Return the lowest, the highest and the own score of each steered property."""
        w, groups = self.latent(name, truncation)
        ranges = measure_ranges(self.face, w, int(groups[0])).values()
        return [(float(s.min()), float(s.max()), float(s[len(s) // 2])) for s in ranges]

    def grid(self, view: View, down: str, across: str) -> np.ndarray:
        """Draw the face at STEPS of two properties, uint8 [5 H, 5 W, 3]."""
        w, groups = self.latent(view.name, view.truncation)
        count = len(STEPS)
        offsets = {down: np.repeat(STEPS, count), across: np.tile(STEPS, count)}
        if down == across:
            raise InputError(f"a grid needs two properties, not {down} twice.")
        many = w.expand(count**2, -1), offsets, np.repeat(groups, count**2)
        return contact_sheet(self.face.draw_edited(*many), count)

    def command(self, view: View) -> str:
        """Return the command lines that draw a view's picture."""
        options = [f"{option_of(name)}={value:.10g}" for name, value in self._named(view).items()]
        return self._drawing(view, options, "picture", view.by_scores)

    def grid_command(self, view: View, down: str, across: str) -> str:
        """Return the command lines that draw a grid."""
        steps = ",".join(f"{step:g}" for step in STEPS)
        options = [f"{option_of(name)}={steps}" for name in (down, across)]
        return self._drawing(view, options, "grid")

    def _drawing(self, view: View, options: list[str], kind: str, by_scores: bool = False) -> str:
        case, number = _parts(view.name)
        output = f"--output {self.file_of(kind)}"
        if case:
            scores = ["--scores"] if by_scores else []
            return f"{self.pick_command(view)}\n" + self._of_character(
                "render", *scores, *options, output
            )
        words = ["vectorfind", "steer" if by_scores else "generate", str(self.bundle)]
        only = ["--no-before"] if by_scores else []
        return " ".join([*words, f"--seed {number}", *_less(view), *only, *options, output])

    def pick_command(self, view: View, called: str = "NAME") -> str:
        """Return the command line that makes a character of a view's face."""
        case, number = _parts(view.name)
        test = [f"--test {self.test}"] if case else []
        which = str(number) if case else f"--seed {number}"
        bundle = f"--bundle {self.bundle}"
        return " ".join(["vectorfind pick", which, f"--name {called}", *_less(view), *test, bundle])

    def motion_command(self, view: View, preset: str, fps: float) -> str:
        """Return the command lines that draw a ready motion."""
        options = [f"--motion {preset}", f"--fps {fps:g}", "--output motion.webp"]
        return f"{self.pick_command(view)}\n{self._of_character('animate', *options)}"

    def _of_character(self, command: str, *options: str) -> str:
        words = [f"vectorfind {command} characters/NAME.safetensors", *options]
        return " ".join([*words, f"--bundle {self.bundle}"])

    def file_of(self, kind: str) -> str:
        """Return the name under which a page offers a picture."""
        return f"{kind}{'.png' if self.face.generator.resolution <= PNG_UP_TO else '.jpg'}"

    def character(self, view: View, called: str) -> Character:
        """Make a character of a face."""
        case, number = _parts(view.name)
        if case:
            candidate = read_candidate(self._test(), number)
            return pick_character(self.face, candidate, called, view.truncation)
        return pick_random(self.face, number, called, view.truncation)

    def pick(self, view: View, called: str) -> Path:
        """Write a character of a face, and its contact sheet; return where it is.

        Raises:
            InputError: there is one of this name.
        """
        path = Path("characters", f"{called}.safetensors")
        keep_character(path, self.character(view, called))
        return path


def _less(view: View) -> list[str]:
    return [f"--truncation {view.truncation:g}"] if view.truncation != 1 else []


def _parts(name: str) -> tuple[bool, int]:
    """Return whether a name is a case, and its number."""
    kind, _, number = name.strip().rpartition(" ")
    if not (number.isascii() and number.isdecimal()) or kind not in ("", CASE):
        raise InputError(f"{name!r}: give a whole number from 0 on, or click a candidate.")
    return kind == CASE, int(number)
