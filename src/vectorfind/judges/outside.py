"""A judge from outside: a program of any kind that measures image archives."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vectorfind.data.tables import read_table
from vectorfind.errors import InputError
from vectorfind.vocabulary import Names

KEY = "compare.outside.command"


def image_numbers(edits: int, first_case: int, faces: int) -> range:
    """Return the ids of the images of some faces, each followed by its edits."""
    return range(first_case * (1 + edits), (first_case + faces) * (1 + edits))


def ask_program(command: str, images: str | Path, answers: str | Path) -> None:
    """Run a shell command as `COMMAND IMAGES.zip ANSWERS.csv`; what it says goes where ours goes.

    Both paths are absolute, so that it may change its folder.

    Raises:
        InputError: it failed, or wrote no file.
    """
    # YAML's blocks end with a line break, which would cut the arguments off.
    command = command.strip()
    said = f"`{' '.join(command.split())}` ({KEY})"
    paths = [str(Path(path).absolute()) for path in (images, answers)]
    code = subprocess.run(["sh", "-c", f'{command} "$@"', "sh", *paths], check=False).returncode
    if code:
        raise InputError(
            f"{answers}: {said} failed with exit code {code}; its own words are above "
            f"in this job's log. Correct it: try it by hand with {images}, which is still there."
        )
    if not Path(answers).is_file():
        raise InputError(
            f"{answers}: {said} ended well and wrote no such file; it must write the "
            "CSV that its second argument names."
        )


def read_all_answers(
    paths: Sequence[str | Path], ids: Sequence[Sequence[int]], names: Names
) -> pd.DataFrame:
    """Read and join several CSVs; arguments and errors as those of `read_answers`.

    Raises:
        InputError: two measure different properties.
    """
    tables = [read_answers(path, own, names) for path, own in zip(paths, ids, strict=True)]
    for path, table in zip(paths, tables, strict=True):
        if list(table) != list(tables[0]):
            raise InputError(
                f"{path}: measures {', '.join(table)}, but {paths[0]} {', '.join(tables[0])}; let "
                f"the program of {KEY} write the same columns each time, delete both and run again."
            )
    return pd.concat(tables)


def read_answers(path: str | Path, ids: Sequence[int], names: Names) -> pd.DataFrame:
    """Read a program's CSV, in the order of `ids`, with the steered properties that it measures.

    An empty cell, NaN, is of an image that it could not measure.

    Args:
        path: the CSV.
        ids: of the images that it was given.
        names: columns of properties that are not steered are left out, all others refused.

    Raises:
        InputError: it is no such CSV, lacks an image or has one too many, measures no steered
            property, or something that there is not.
    """
    table = read_table(path, "answers").set_index("image_id")
    if unknown := [name for name in table if name not in names.properties]:
        raise InputError(
            f"{path}: column {unknown[0]!r} is none of the properties "
            f"{', '.join(names.properties)}; let the program of {KEY} name it so, or leave it out."
        )
    measured = [name for name in names.steered if name in table]
    if not measured:
        raise InputError(
            f"{path}: has no column of the steered properties {', '.join(names.steered)}; let the "
            f"program of {KEY} measure at least one of them."
        )
    _refuse_other_images(path, table.index, ids)
    return table.loc[list(ids), measured]


def _refuse_other_images(path: str | Path, found: pd.Index, ids: Sequence[int]) -> None:
    wanted = np.asarray(ids)
    if len(unknown := np.setdiff1d(found, wanted)):
        raise InputError(
            f"{path}: {len(unknown)} image ids are of no image of the archive, {unknown[0]} first; "
            f"let the program of {KEY} write the numbers that the members' names end in."
        )
    if len(lacking := np.setdiff1d(wanted, found)):
        raise InputError(
            f"{path}: {len(lacking)} images of the archive have no line, {lacking[0]} first; let "
            f"the program of {KEY} write one for each, with empty cells where it cannot measure."
        )
