"""Sampling of w, and finding directions in it."""

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from vectorfind.directions.methods import METHODS
from vectorfind.vocabulary.section import Count, Positive, Section, Share

if TYPE_CHECKING:
    Method = str
else:
    Method = Literal[tuple(METHODS)]


class SamplingConfig(Section):
    """The samples that directions are found in (system.md 1.14)."""

    samples: Count = 240_000
    """How many (z, label) are drawn."""
    shard_size: Count = 10_000
    """Samples per job and file."""
    batch_size: Count = 64
    """Images generated and scored at once."""
    kept: Count | None = None
    """How many of them stay on the disk, `null`: all; sums of the rest count (docs/scale.md)."""

    @model_validator(mode="after")
    def _kept_are_drawn(self) -> "SamplingConfig":
        if self.kept is not None and self.kept > self.samples:
            raise ValueError(f"`kept` {self.kept} is more than the {self.samples} `samples`")
        return self

    @property
    def kept_share(self) -> Fraction:
        """Share of the samples that stay on the disk."""
        return Fraction(self.kept or self.samples, self.samples)


class DirectionsConfig(Section):
    """Finding the directions (system.md 1.14)."""

    method: Method = "surrogate"
    """Finder of the directions in the bundle; `svm` is the published one."""
    unit: Literal["auto"] | Positive | None = None
    """Length in `w` of an offset of 1; `auto`: the offset 1.8 is two standard deviations of `w`;
    `null`: 1.0, as published, in a StyleGAN v1, and `auto` in other families."""
    class_share: Annotated[float, Field(gt=0, le=0.5)] = 0.2
    """Share of a group's samples at the top, and at the bottom, that form the SVM's classes."""
    validation_share: Share = 0.2
    """Share of each class that validates the SVM."""
    svm_c: Positive = 1.0
    """The SVM's regularisation parameter C."""
    validation_faces: Count = 20
    """Faces on whose edits the methods other than `svm` choose their regularisation."""
    tries: Count = 20_000
    """Edited faces that `surrogate` learns from in each of its three rounds."""
    fit_steps: Count = 3_600
    """Steps of training its model in each round."""
