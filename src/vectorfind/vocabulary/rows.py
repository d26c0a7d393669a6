"""What is to be said of a property and of an attribute (system.md 2, 3, 4)."""

from math import isfinite
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from vectorfind.vocabulary.section import Count, Fraction, Section

Window = tuple[Fraction, Fraction, Fraction, Fraction]


def _have_a_size(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    if any(top >= bottom or left >= right for top, bottom, left, right in windows):
        raise ValueError("give top, bottom, left, right: top above bottom, left before right")
    return windows


def _differ(offsets: tuple[float, ...]) -> tuple[float, ...]:
    if len(set(offsets)) < len(offsets) or not all(map(isfinite, offsets)):
        raise ValueError("the offsets must differ and be finite")
    return offsets


Offsets = Annotated[tuple[float, ...], Field(min_length=2), AfterValidator(_differ)]
Windows = Annotated[tuple[Window, ...], Field(min_length=1), AfterValidator(_have_a_size)]


class View(NamedTuple):
    """Windows (top, bottom, left, right, as fractions) joined side by side.

    `max_height` is the height in pixels above which a network sees the view reduced: what its
    score needs is still there, and the time of a network no longer grows with the resolution.
    """

    windows: tuple[Window, ...]
    max_height: int


class Input(NamedTuple):
    """What the regressor of a property sees; `negated`: its score changes sign in a mirror."""

    view: View
    negated: bool


class Seen(Section):
    """Something that a network sees in a part of the image."""

    windows: Windows = ((0, 1, 0, 1),)
    """Parts of the image that its network sees: top, bottom, left, right, as fractions."""
    max_height: Count = 64
    """Pixels of height above which its network sees them reduced."""

    @property
    def view(self) -> View:
        """What its network sees."""
        return View(self.windows, self.max_height)


class Property(Seen):
    """A score of faces that is measured, learned by the scorer, and steered or grouped by."""

    measure: str | None = None
    """What measures it: the name of a published property, or `file.py:function` of your own."""
    scores: str | None = None
    """Instead: CSV of your own scores of the images that teach it: image_id and the property."""
    least: float | None = None
    """Lowest score that can be measured."""
    most: float | None = None
    """Highest score that can be measured."""
    mirror: Literal["same", "negated"] = "same"
    """What mirroring a face does to the score."""
    label: bool = False
    """Whether FineTune-v1 makes it one of the generator's conditioning values."""
    group: bool = False
    """Whether its median splits the faces into groups, each with its own directions."""
    steered: bool = False
    """Whether directions are found for it."""
    offsets: Offsets = (-1.2, 0.0, 1.2)
    """Offsets of the image test (system.md 1.15)."""
    pass_at: Fraction = 0.88
    """Least correlation of offset and score of a face that passes the image test."""
    slider: str = ""
    """Caption of its slider; its name by default."""

    @property
    def input(self) -> Input:
        """What its regressor sees."""
        return Input(self.view, self.mirror == "negated")

    @model_validator(mode="after")
    def _has_one_source(self) -> "Property":
        if (self.measure is None) == (self.scores is None):
            raise ValueError("give either `measure` or `scores`")
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError(f"`least` {self.least} must be below `most` {self.most}")
        return self


def split_measure(measure: str) -> tuple[str | None, str]:
    """Return the file, None for ours, and the function that a `measure` names."""
    path, separator, name = measure.rpartition(":")
    return (path if separator else None), name


class Attribute(Seen):
    """A yes or no about faces that is labelled, learned by CNNs and filtered by (system.md 3)."""

    prompts: tuple[str, str] = ("", "")
    """For zero-shot labels: what an image with label 0, and one with label 1, is a picture of."""
    words: tuple[str, str] = ("no", "yes")
    """The labelling page's words for 0 and 1."""
    rare: Literal[0, 1] = 1
    """The rarer label: the page asks to click on those."""
    hint: str = ""
    """What the page asks."""
