"""The published system's properties and attributes (system.md 2): what a configuration replaces."""

import re
from keyword import iskeyword
from typing import Annotated

from pydantic import BeforeValidator, model_validator

from vectorfind.vocabulary.rows import Attribute, Property, split_measure
from vectorfind.vocabulary.section import Section, without_null

MOST_GROUPING = 5
"""Properties that can split groups: 32 of them."""
RESERVED = (
    *("self", "z", "label", "start", "limit", "tolerance", "judges", "edit"),
    *("seed", "faces", "output", "device", "bundle", "help"),
    *("image_id", "property", "layer", "mean", "least", "all", "scorer"),
    *("variety", "pass_share", "objective", "step", "seconds"),
    *("groups", "steered", "properties", "grouping", "cutoffs", "method", "unit"),
    *("file", "allow_pickle"),
)
"""Words that a name would be taken for, as an argument, an option, a column or an array."""

PROPERTIES = {
    "eyes": Property(
        measure="eyes",
        windows=((3 / 8, 9 / 16, 1 / 4, 3 / 4),),
        least=0,
        label=True,
        steered=True,
        offsets=(-1.2, 1.2),
        pass_at=0.92,
        slider="Eyes: closed to open",
    ),
    "hair_color": Property(
        measure="hair_color", max_height=32, least=0, most=255, label=True, group=True
    ),
    "hair_length": Property(
        measure="hair_length",
        windows=((1 / 2, 1, 0, 1),),
        max_height=32,
        least=0,
        label=True,
        group=True,
    ),
    "mouth": Property(
        measure="mouth",
        windows=((5 / 8, 13 / 16, 3 / 8, 5 / 8),),
        least=0,
        most=1,
        label=True,
        steered=True,
        offsets=(-1.8, -0.9, 0.0, 0.9, 1.8),
        pass_at=0.88,
        slider="Mouth: closed to open",
    ),
    "pose": Property(
        measure="pose",
        windows=((7 / 16, 5 / 8, 11 / 32, 21 / 32),),
        mirror="negated",
        label=True,
        steered=True,
        offsets=(-1.8, -1.2, -0.6, 0.0, 0.6),
        pass_at=0.88,
        slider="Head: left to right",
    ),
    "background_mean": Property(
        measure="background_mean",
        windows=((0, 1 / 2, 0, 1),),
        max_height=16,
        least=0,
        most=255,
        label=True,
        group=True,
    ),
    "background_std": Property(
        measure="background_std", windows=((0, 1 / 2, 0, 1),), max_height=32, least=0, label=True
    ),
    "hairstyle": Property(
        measure="hairstyle",
        windows=((1 / 2, 1, 0, 3 / 8), (1 / 2, 1, 5 / 8, 1)),
        least=0,
        group=True,
    ),
}

ATTRIBUTES = {
    "gender": Attribute(
        prompts=("a photo of a man", "a photo of a woman"),
        words=("man", "woman"),
        rare=0,
        hint="Click those that are men.",
    ),
    "quality": Attribute(
        windows=((0, 1 / 4, 1 / 4, 3 / 4),),
        prompts=(
            "a distorted, smeared photo of a face with artifacts",
            "a sharp, intact photo of a face",
        ),
        words=("bad", "good"),
        rare=0,
        hint="Click those with flaws: smears (often at the top), melted or torn parts, stains.",
    ),
    "age": Attribute(
        windows=((0, 1 / 2, 0, 1),),
        prompts=("a photo of a young person", "a photo of an old person"),
        words=("young", "old"),
        rare=1,
        hint="Click those that look old.",
    ),
    "glass": Attribute(
        windows=((5 / 16, 1 / 2, 1 / 4, 3 / 4),),
        prompts=("a photo of a face without glasses", "a photo of a face with glasses"),
        words=("no glasses", "glasses"),
        rare=1,
        hint="Click those that wear glasses.",
    ),
}


Properties = Annotated[
    dict[str, Property],
    BeforeValidator(without_null, json_schema_input_type=dict[str, Property | None]),
]
Attributes = Annotated[
    dict[str, Attribute],
    BeforeValidator(without_null, json_schema_input_type=dict[str, Attribute | None]),
]


class Vocabulary(Section):
    """What is measured, steered, grouped and filtered by; rows in the order that all tables have.

    A row of your own needs a new name; of a row that is there the keys you give are replaced; null
    takes a row out.
    """

    properties: Properties = PROPERTIES
    """Scores of faces, by name."""
    attributes: Attributes = ATTRIBUTES
    """Yes or no about faces, by name."""

    @model_validator(mode="after")
    def _names_serve(self) -> "Vocabulary":
        for name in (*self.properties, *self.attributes):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"{name!r} cannot be a name: lower-case letters, digits and _")
            if name in RESERVED or iskeyword(name):
                raise ValueError(f"{name!r} has a meaning already: choose another name")
        if both := set(self.properties) & set(self.attributes):
            raise ValueError(f"{sorted(both)[0]!r} is a property and an attribute")
        for name, row in self.properties.items():
            own = row.measure is None or split_measure(row.measure)[0]
            if not own and row.measure not in PROPERTIES:
                raise ValueError(
                    f"properties.{name}.measure: {row.measure!r} is none of "
                    f"{', '.join(PROPERTIES)}; give one of them, or file.py:function"
                )
        if not self.steered:
            raise ValueError("no property is `steered`")
        if len(self.grouping) > MOST_GROUPING:
            raise ValueError(f"{len(self.grouping)} properties `group`, {MOST_GROUPING} at most")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The conditioning values, in the order of the label vector."""
        return tuple(name for name, row in self.properties.items() if row.label)

    @property
    def steered(self) -> tuple[str, ...]:
        """The properties that directions are found for."""
        return tuple(name for name, row in self.properties.items() if row.steered)

    @property
    def grouping(self) -> tuple[str, ...]:
        """The properties whose medians split the population into groups."""
        return tuple(name for name, row in self.properties.items() if row.group)


PUBLISHED = Vocabulary()
