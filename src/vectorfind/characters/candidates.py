"""The faces of the image test: which obey, and their latents."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from vectorfind.data.latents import read_latents
from vectorfind.errors import InputError
from vectorfind.evaluation.summary import best_first

CASES, LATENTS = "cases.csv", "latents.npz"


class Candidate(NamedTuple):
    """A face of the image test: its number, z [1, z_dim], label [1, L] or None, w [1, w_dim]."""

    case: int
    group: str
    z: np.ndarray
    label: np.ndarray | None
    w: np.ndarray
    correlations: dict[str, float]
    """By steered property, of the scorer's score with the offset (system.md 1.15)."""
    passed: bool


def list_candidates(
    folder: str | Path, *, group: str | None = None, sort: str = "least", all_cases: bool = False
) -> pd.DataFrame:
    """Return the faces of an image test that passed, the most obedient first.

    Args:
        folder: `results/image_test` of a run.
        group: faces of this group only.
        sort: `least` (the lowest correlation of a face), `case`, or a steered property.
        all_cases: those that did not pass as well, behind the others.

    Returns:
        columns case, group, NAME_corr per steered property, passed, least.

    Raises:
        InputError: there are no results, or no such group or column.
    """
    table = best_first(_cases(folder))
    steered = steered_in(table)
    columns = {"least": "least", "case": "case"} | {name: f"{name}_corr" for name in steered}
    if sort not in columns:
        raise InputError(f"{sort!r}: sort by one of {', '.join(columns)}.")
    if group is not None:
        if group not in set(table.group):
            raise InputError(f"{group!r}: no face of the test is in this group.")
        table = table[table.group == group]
    if not all_cases:
        table = table[table.passed == 1]
    keys = ["passed", columns[sort]]
    return table.sort_values(keys, ascending=[False, sort == "case"], kind="stable")


def read_candidate(folder: str | Path, case: int) -> Candidate:
    """Return one face of an image test.

    Raises:
        InputError: as read_candidates.
    """
    return read_candidates(folder, [case])[0]


def read_candidates(folder: str | Path, cases: Sequence[int]) -> list[Candidate]:
    """Return faces of an image test, in the order of `cases`.

    Raises:
        InputError: there are no results, or no such case.
    """
    table, latents = _cases(folder), read_latents(Path(folder, LATENTS))
    found = []
    for case in cases:
        rows, places = table[table.case == case], np.flatnonzero(latents.image_id == case)
        if len(rows) != 1 or len(places) != 1:
            known = f"{table.case.min()} to {table.case.max()}"
            raise InputError(f"{folder}: has no case {case}; the faces are numbered {known}.")
        row, place = rows.iloc[0], places[:1]
        candidate = Candidate(
            case=case,
            group=str(row.group),
            z=latents.z[place],
            label=None if latents.label is None else latents.label[place],
            w=latents.w[place],
            correlations={name: float(row[f"{name}_corr"]) for name in steered_in(table)},
            passed=bool(row.passed),
        )
        found.append(candidate)
    return found


def _cases(folder: str | Path) -> pd.DataFrame:
    path = Path(folder, CASES)
    if not path.is_file():
        raise InputError(
            f"{path}: no such file; give the results/image_test of a run, which "
            "`snakemake results/image_test/summary.json` makes."
        )
    return pd.read_csv(path)


def steered_in(table: pd.DataFrame) -> list[str]:
    """Return the steered properties of a table of cases: those with a column NAME_corr."""
    return [column.removesuffix("_corr") for column in table if column.endswith("_corr")]
