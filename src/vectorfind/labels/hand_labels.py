"""Labels of a population's first images: from the user's CSV."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from vectorfind.data.tables import read_table
from vectorfind.errors import InputError


def labelling_command(stage: str, attributes: Sequence[str], output: str, count: int) -> str:
    """Return the command that opens the labelling page for the first `count` images of a stage."""
    return (
        f"vectorfind label results/{stage} --attributes {','.join(attributes)} "
        f"--output {output} --count {count}"
    )


def label_from_file(
    path: str | Path, ids: Sequence[int], attributes: Sequence[str], command: str
) -> pd.DataFrame:
    """Return the hand labels of the images `ids`, in their order: image_id, 0 or 1 per attribute.

    `path` is the CSV that the labelling page writes; more images and attributes may be in it.
    `command` opens that page on these images; it is named when labels are missing.

    Raises:
        InputError: the file is missing, damaged, or lacks a column, an image or a single label.
    """
    if not Path(path).exists():
        raise InputError(
            f"{path}: no labels yet. Label the images on the page that this command opens, "
            f"then run again:\n  {command}"
        )
    try:
        table = read_table(path, "labels_so_far", attributes).set_index("image_id")
    except InputError as error:
        raise InputError(f"{error} The labelling page writes such a file:\n  {command}") from None
    labels = table.reindex(pd.Index(ids, name="image_id"))[list(attributes)]
    if labels.isna().any(axis=None):
        raise InputError(f"{path}: {_what_is_missing(labels)} Go on labelling with:\n  {command}")
    return labels.astype("int64").reset_index()


def _what_is_missing(labels: pd.DataFrame) -> str:
    missing = labels.isna()
    counts = ", ".join(f"{number} without {name}" for name, number in missing.sum().items())
    first = missing.any(axis=1).idxmax()
    return f"of the first {len(labels)} images {counts}; the first such is image {first}."
