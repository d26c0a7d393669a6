"""The form of every part of the configuration, and the ranges its keys share."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A part of the configuration; unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)


def without_null(rows: Any) -> Any:
    """Return named rows without those that are null: null takes a row out."""
    if not isinstance(rows, dict):
        return rows
    return {name: row for name, row in rows.items() if row is not None}
