"""Score tables: CSV with one row per image, `image_id` first, checked when read and written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.names import ATTRIBUTES, PROPERTIES

_NUMBER = pa.Check(np.isfinite, error="is not a finite number")
_LABEL = pa.Check.isin([0, 1], error="is neither 0 nor 1")
_PROBABILITY = pa.Check.in_range(0, 1, error="is outside 0..1")
_BRIGHTNESS = pa.Check.in_range(0, 255, error="is outside 0..255")
_NOT_NEGATIVE = pa.Check.ge(0, error="is below 0")
_SOME_VALUES = pa.Check(lambda frame: frame.shape[1] > 1, error="no score column")

_RAW_RANGES = {
    "eyes": _NOT_NEGATIVE,
    "hair_color": _BRIGHTNESS,
    "hair_length": _NOT_NEGATIVE,
    "mouth": _PROBABILITY,
    "pose": _NUMBER,
    "background_mean": _BRIGHTNESS,
    "background_std": _NOT_NEGATIVE,
    "hairstyle": _NOT_NEGATIVE,
}


def _scores(checks: dict[str, pa.Check]) -> dict[str, pa.Column]:
    return {
        name: pa.Column(float, [check, _NUMBER], required=False, coerce=True)
        for name, check in checks.items()
    }


def _schema(columns: dict[str, pa.Column], checks: list[pa.Check]) -> pa.DataFrameSchema:
    image_id = pa.Column("Int64", _NOT_NEGATIVE, unique=True, coerce=True)
    return pa.DataFrameSchema({"image_id": image_id, **columns}, checks=checks, strict=True)


def _labels(nullable: bool) -> dict[str, pa.Column]:
    # Nullable integers refuse 0.5 where int64 would cut it to 0.
    column = pa.Column("Int64", _LABEL, nullable=nullable, required=False, coerce=True)
    return dict.fromkeys(ATTRIBUTES, column)


SCHEMAS = {
    "labels": _schema(_labels(nullable=False), [_SOME_VALUES]),
    "labels_so_far": _schema(_labels(nullable=True), [_SOME_VALUES]),
    "attribute_scores": _schema(_scores(dict.fromkeys(ATTRIBUTES, _PROBABILITY)), [_SOME_VALUES]),
    "raw_properties": _schema(_scores(_RAW_RANGES), [_SOME_VALUES]),
    "properties": _schema(_scores(dict.fromkeys(PROPERTIES, _NUMBER)), [_SOME_VALUES]),
    "selection": _schema({}, []),
}
"""Kinds of table: hand labels (0 or 1), hand labels with cells still empty, CNN scores (0..1),
raw properties (system.md 2.2, 2.3), normalised properties, and the ids that a filter kept."""


def read_table(path: str | Path, kind: str) -> pd.DataFrame:
    """Read a table of one of the kinds in `SCHEMAS`, with a fresh index.

    Raises:
        InputError: the file is missing or no CSV, or breaks its schema: a missing or unknown
            column, a value out of range, NaN or empty, an id that occurs twice.
    """
    try:
        frame = pd.read_csv(path, encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; make it, or correct the path.") from None
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: is no CSV with a header ({error}); write it as one.") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise InputError(f"{path}: lines have more values than the header; correct the lines.")
    return _checked(path, frame, kind)


def write_table(path: str | Path, frame: pd.DataFrame, kind: str) -> None:
    """Write a table of one of the kinds in `SCHEMAS` atomically, columns in the schema's order.

    Raises:
        InputError: the frame breaks its schema; nothing is written.
    """
    frame = _checked(path, frame.reset_index(drop=True), kind)
    with atomic_path(path) as partial:
        frame.to_csv(partial, index=False)


def _checked(path: str | Path, frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    schema = SCHEMAS[kind]
    try:
        frame = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise InputError(f"{path}: {_first_failure(errors.failure_cases, schema)}") from None
    frame = frame[[name for name in schema.columns if name in frame.columns]]
    complete = [name for name in frame if not schema.columns[name].nullable]
    whole = [name for name in complete if frame[name].dtype == "Int64"]
    return frame.astype(dict.fromkeys(whole, "int64"))


def _first_failure(failures: pd.DataFrame, schema: pa.DataFrameSchema) -> str:
    """Say in one sentence what is wrong; a wrong column or type explains all other failures."""
    known = f"the columns are {', '.join(schema.columns)}."
    of_type = failures["check"].str.startswith("coerce_dtype")
    for row in failures[failures["index"].isna() | of_type].itertuples():
        if row.check == "column_in_schema":
            return f"column {row.failure_case!r} is unknown, rename or remove it; {known}"
        if row.check == "column_in_dataframe":
            return f"column {row.failure_case!r} is missing; {known}"
        if row.check == _SOME_VALUES.error:
            return f"{row.check}; {known}"
    return _wrong_value(failures[of_type] if of_type.any() else failures)


def _wrong_value(failures: pd.DataFrame) -> str:
    row = next(failures.sort_values("index", kind="stable").itertuples())
    if pd.isna(row.index):
        return f"column {row.column!r} has values that are no whole numbers; correct them."
    wrong = _WORDS.get(row.check.split("(")[0], row.check)
    others = len(failures.drop_duplicates(["column", "index"])) - 1
    return (
        f"line {int(row.index) + 2}, column {row.column!r}: {row.failure_case} {wrong}; correct it"
        + (f" and {others} more." if others else ".")
    )


_WORDS = {
    "field_uniqueness": "occurs twice",
    "not_nullable": "stands for an empty or missing value",
    "coerce_dtype": "is not a number",
}
"""pandera's names of its own checks, in words."""
