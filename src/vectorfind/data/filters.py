"""Which rows of a score table pass a filter (system.md 1, stages 4 and 10)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from vectorfind.errors import InputError

Bounds = Mapping[str, float | None]


def passes(table: pd.DataFrame, conditions: Mapping[str, Bounds]) -> pd.Series:
    """Return which rows keep every condition, as booleans with the table's index.

    Args:
        table: one row per image; the conditions name its columns.
        conditions: inclusive bounds per column, as `{"gender": {"min": 0.7}}`; a bound that is
            missing or None does not limit. A NaN score never passes, whatever the bounds.

    Raises:
        InputError: a condition names an unknown column or a bound other than min and max.
    """
    passing = np.ones(len(table), dtype=bool)
    for column, bounds in conditions.items():
        _check(table, column, bounds)
        scores = table[column].to_numpy(float, na_value=np.nan)
        low, high = bounds.get("min"), bounds.get("max")
        passing &= scores >= (-np.inf if low is None else low)
        passing &= scores <= (np.inf if high is None else high)
    return pd.Series(passing, index=table.index, name="passes")


def _check(table: pd.DataFrame, column: str, bounds: Bounds) -> None:
    if column not in table.columns:
        there = ", ".join(map(str, table.columns))
        raise InputError(f"filter: {column!r} is not a column of the scores; they have {there}.")
    if unknown := set(bounds) - {"min", "max"}:
        raise InputError(f"filter: {column} has {sorted(unknown)}; use `min` and `max`.")
