"""Score tables: CSV with one row per image, `image_id` first, checked when read and written."""

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

from vectorfind.errors import InputError
from vectorfind.files import atomic_path

_NUMBER = pa.Check(np.isfinite, error="is not a finite number")
_LABEL = pa.Check.isin([0, 1], error="is neither 0 nor 1")
_PROBABILITY = pa.Check.in_range(0, 1, error="is outside 0..1")
_NOT_NEGATIVE = pa.Check.ge(0, error="is below 0")
_SOME_VALUES = pa.Check(lambda frame: frame.shape[1] > 1, error="no score column")


class Kind(NamedTuple):
    """What a table's score columns hold."""

    dtype: Any
    check: pa.Check
    nullable: bool = False
    required: bool = True
    """Whether there must be a score column."""


KINDS = {
    # Nullable integers refuse 0.5 where int64 would cut it to 0.
    "labels": Kind("Int64", _LABEL),
    "labels_so_far": Kind("Int64", _LABEL, nullable=True),
    "attribute_scores": Kind(float, _PROBABILITY),
    "raw_properties": Kind(float, _NUMBER),
    "properties": Kind(float, _NUMBER),
    "answers": Kind(float, _NUMBER, nullable=True),
    "selection": Kind(float, _NUMBER, required=False),
}
"""Kinds of table: hand labels (0 or 1), hand labels with cells still empty, CNN scores (0..1),
raw properties (system.md 2.2, 2.3), normalised properties, what another program measured where it
could, and the ids that a filter kept."""

Range = tuple[float | None, float | None]


def _schema(kind: Kind, ranges: Mapping[str, Range | None]) -> pa.DataFrameSchema:
    columns = {
        name: pa.Column(
            kind.dtype,
            [*_range_check(limits), kind.check],
            nullable=kind.nullable,
            coerce=True,
        )
        for name, limits in ranges.items()
    }
    image_id = pa.Column("Int64", _NOT_NEGATIVE, unique=True, coerce=True)
    checks = [_SOME_VALUES] if kind.required else []
    return pa.DataFrameSchema({"image_id": image_id, **columns}, checks=checks, strict=True)


def _range_check(limits: Range | None) -> list[pa.Check]:
    least, most = limits or (None, None)
    checks = [] if least is None else [pa.Check.ge(least, error=f"is below {least:g}")]
    return checks + ([] if most is None else [pa.Check.le(most, error=f"is above {most:g}")])


def read_table(path: str | Path, kind: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a table of one of the `KINDS`, with a fresh index.

    Args:
        path: a CSV with a header.
        kind: what its columns hold.
        columns: the only ones, beside image_id, that are looked at; all by default.

    Raises:
        InputError: the file is missing or no CSV, a column is missing, a value is out of range, NaN
            or empty, or an id occurs twice.
    """
    frame = _read_csv(path)
    if columns is not None:
        if missing := [name for name in columns if name not in frame]:
            raise InputError(
                f"{path}: column {', '.join(missing)} is missing among {', '.join(frame.columns)}."
            )
        frame = frame[[name for name in ("image_id", *columns) if name in frame]]
    return _checked(path, frame, kind).reset_index(drop=True)


def _read_csv(path: str | Path) -> pd.DataFrame:
    """Read a CSV as spreadsheets write it; the index counts lines from the one after the header."""
    text = _read_text(path)
    said, separator = _separator(text)
    try:
        # Blank lines are read as well, since they count.
        frame = pd.read_csv(
            io.StringIO(text[said:]), sep=separator, skipinitialspace=True, skip_blank_lines=False
        )
    except (ValueError, OverflowError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"{path}: is no CSV with a header ({reason}); write it as one.") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise InputError(f"{path}: lines have more values than the header; correct the lines.")
    _refuse_double_columns(path, text[said:].partition("\n")[0], separator)
    frame = frame.rename(columns=str.strip)
    # A separator at the end of each line makes one more column, nameless and empty.
    nameless = [name for name in frame if name.startswith("Unnamed: ") or not name]
    if frame[nameless].notna().any(axis=None):
        raise InputError(f"{path}: a column with values has no name; give it one, or delete it.")
    frame = frame.drop(columns=nameless).dropna(how="all")
    frame.index += text[:said].count("\n")
    # pandas takes a column of `true` and `false` for numbers.
    return frame.astype(dict.fromkeys(frame.select_dtypes(bool), str))


def _read_text(path: str | Path) -> str:
    """Return a text in UTF-8, or in UTF-16 as some spreadsheets write it, with Unix line ends."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; make it, or correct the path.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a CSV.") from error
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{path}: is a spreadsheet or an archive; save the table in it as CSV.")
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: is no text in UTF-8 (at byte {error.start}); save it as CSV in UTF-8."
        ) from None
    if "\0" in text:
        raise InputError(f"{path}: holds NUL characters; save the table as CSV in UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_double_columns(path: str | Path, header: str, separator: str) -> None:
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
    if double := [name for name in names if name and names.count(name) > 1]:
        raise InputError(f"{path}: two columns are named {double[0]!r}; delete or rename one.")


def _separator(text: str) -> tuple[int, str]:
    """Return what separates a table's values, and the length of the lines before its header.

    Spreadsheets of some languages write semicolons or tabs; Excel may say so in a first line.
    """
    blank = len(text) - len(text.lstrip("\n"))
    if said := re.compile(r"sep=(.)\n").match(text, blank):
        return said.end(), said[1]
    header = text[blank:].partition("\n")[0]
    return blank, next((one for one in (",", ";", "\t") if one in header), ",")


def write_table(
    path: str | Path, frame: pd.DataFrame, kind: str, *, ranges: Mapping[str, Range] | None = None
) -> None:
    """Write a table of one of the `KINDS` atomically, image_id first.

    `ranges`: least and most value of columns, None where there is no limit.

    Raises:
        InputError: the frame is not of this kind; nothing is written.
    """
    frame = _checked(path, frame.reset_index(drop=True), kind, ranges)
    with atomic_path(path) as partial:
        frame.to_csv(partial, index=False)


def _checked(
    path: str | Path, frame: pd.DataFrame, kind: str, ranges: Mapping[str, Range] | None = None
) -> pd.DataFrame:
    names = [name for name in frame.columns if name != "image_id"]
    schema = _schema(KINDS[kind], {str(name): (ranges or {}).get(name) for name in names})
    try:
        frame = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise InputError(f"{path}: {_first_failure(errors.failure_cases)}") from None
    frame = frame[["image_id", *names]]
    complete = [name for name in frame if not schema.columns[name].nullable]
    whole = [name for name in complete if frame[name].dtype == "Int64"]
    return frame.astype(dict.fromkeys(whole, "int64"))


def _first_failure(failures: pd.DataFrame) -> str:
    """Say in one sentence what is wrong; a wrong column or type explains all other failures."""
    of_type = failures["check"].str.startswith("coerce_dtype")
    for row in failures[failures["index"].isna() | of_type].itertuples():
        if row.check == "column_in_dataframe":
            return f"column {row.failure_case!r} is missing; it numbers the images."
        if row.check == _SOME_VALUES.error:
            return f"{row.check}; give one beside image_id."
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
