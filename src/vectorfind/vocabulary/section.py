"""The form of every part of the configuration, and the ranges its keys share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A part of the configuration; unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)
