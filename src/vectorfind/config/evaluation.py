"""Testing directions, and comparing methods and generators."""

from typing import Annotated

from pydantic import Field

from vectorfind.config.directions import Method
from vectorfind.directions.methods import METHODS
from vectorfind.vocabulary.section import Count, Positive, Section


class ImageTestConfig(Section):
    """The test of every direction on new faces (system.md 1.15)."""

    faces: Count = 2_000
    """New faces, each edited in every combination of offsets: 50 as published."""
    shard_size: Count = 100
    """Faces per job."""
    most_edits: Annotated[int, Field(ge=20)] = 200
    """Edits of a face: all combinations of the steered properties' offsets, or so many of them."""


class IdentityConfig(Section):
    """The network that tells whether an edited face is still the same person."""

    model: str | None = None
    """ONNX file (ArcFace, SFace, ..), folder or hub name; none: the demo's annotator, if any."""
    revision: str | None = None
    """Pinned revision of a network from the hub."""
    crop: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the image's height and width, from its middle, that the network sees."""
    mean: float = 127.5
    """Of an ONNX network's input, which is (pixel - mean) / std, RGB."""
    std: Positive = 127.5
    """See `mean`."""


class OutsideConfig(Section):
    """A judge from outside: a program of yours that measures images, which no finder has asked."""

    command: Annotated[str, Field(pattern=r"\S")] | None = None
    """Shell command, run as `COMMAND IMAGES.zip ANSWERS.csv`; none: there is no such judge."""
    name: Annotated[str, Field(pattern=r"^\w[\w .-]*$")] = "outside"
    """What the judge is called in tables."""
    faces: Count = 2_000
    """How many of the compared faces it is shown, with all their edits."""


class CompareConfig(Section):
    """`snakemake compare_directions`: all methods on the same new faces, at the same unit."""

    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = tuple(METHODS)
    """Finders that are compared."""
    faces: Count = 2_000
    """New faces, tested with every method; none of them was seen by any finder."""
    shard_size: Count = 100
    """Faces per job."""
    retest_faces: Count = 500
    """How many of these faces are tested again on fresh noise."""
    closed_loop_faces: Count = 200
    """How many of these faces are steered to requested scores."""
    strength_faces: Count = 200
    """How many of these faces are edited by one property at a time, from faint to strong."""
    identity: IdentityConfig = IdentityConfig()
    """Who a face is, by a face-recognition network."""
    outside: OutsideConfig = OutsideConfig()
    """A judge from outside, a program of yours: docs/directions.md."""


class PassShareConfig(Section):
    """The share of fresh images that pass FineTune-v1's filter, before and after training."""

    images: Count = 2_000
    """Fresh images per generator."""
