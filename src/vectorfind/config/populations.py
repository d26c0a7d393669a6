"""The images of every generator, and which of them pass."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from vectorfind.vocabulary.section import Count, Fraction, Section, without_null


class Bounds(Section):
    """The scores of one attribute that pass a filter."""

    min: Fraction = 0.0
    """Lowest score that passes."""
    max: Fraction = 1.0
    """Highest score that passes."""

    @model_validator(mode="after")
    def _something_passes(self) -> "Bounds":
        if self.min > self.max:
            raise ValueError(f"`min` {self.min} is above `max` {self.max}: give both")
        return self


Filter = Annotated[
    dict[str, Bounds],
    BeforeValidator(without_null, json_schema_input_type=dict[str, Bounds | None]),
]


class PopulationConfig(Section):
    """The images that one generator of the chain makes."""

    images: Count = 10_000
    """How many images are generated."""
    labelled: Annotated[int, Field(ge=0)] = 2_000
    """How many of the first images carry human labels."""
    filter: Filter = Field(default={})
    """Per attribute that is labelled: lowest (`min`) and highest (`max`) score that passes."""
    exclude_labelled: bool = False
    """Whether hand-labelled images are left out of the filtered set."""


class PopulationsConfig(Section):
    """One population per generator of the chain."""

    shard_size: Count = 1_000
    """Images per archive."""
    batch_size: Count = 32
    """Images generated at once."""
    original: PopulationConfig = PopulationConfig(
        images=10_000,
        labelled=2_000,
        filter={"gender": Bounds(min=0.7), "quality": Bounds(min=0.9)},
    )
    """Images of the checkpoint you start from (system.md 1.2 to 1.4)."""
    finetune_v1: PopulationConfig = PopulationConfig(
        images=15_000,
        labelled=2_000,
        filter={
            "gender": Bounds(min=0.92),
            "quality": Bounds(min=0.9),
            "age": Bounds(max=0.008),
            "glass": Bounds(max=0.01),
        },
        exclude_labelled=True,
    )
    """Images of FineTune-v1 (system.md 1.8 to 1.10); its filter is the one of the pass share."""
    finetune_v8: PopulationConfig = PopulationConfig(images=20_000, labelled=0)
    """Images of FineTune-v8, whose medians cut the groups (system.md 1.13)."""
