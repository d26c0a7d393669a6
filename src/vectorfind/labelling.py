"""Labels of a population's first images: from the user's CSV or the simulated annotator."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vectorfind.data.tables import read_table
from vectorfind.errors import InputError
from vectorfind.names import ATTRIBUTES


def labelling_command(stage: str, attributes: Sequence[str], output: str, count: int) -> str:
    """Return the command that opens the labelling page for the first `count` images of a stage."""
    return (
        f"vectorfind label results/{stage} --attributes {','.join(attributes)} "
        f"--output {output} --count {count}"
    )


def label_from_file(
    path: str | Path, ids: Sequence[int], attributes: Sequence[str], command: str
) -> pd.DataFrame:
    """Return the hand labels of the images `ids`, in their order: image_id and 0 or 1 each.

    Args:
        path: the CSV that the labelling page writes; more images and attributes may be in it.
        ids: the images that need labels.
        attributes: the columns that they need.
        command: opens the labelling page on these images; it is named when labels are missing.

    Raises:
        InputError: the file is missing, damaged, or lacks a column, an image or a single label.
    """
    if not Path(path).exists():
        raise InputError(
            f"{path}: no labels yet. Label the images on the page that this command opens, "
            f"then run again:\n  {command}"
        )
    table = read_table(path, "labels_so_far").set_index("image_id")
    if lacking := [name for name in attributes if name not in table.columns]:
        raise InputError(
            f"{path}: column {', '.join(lacking)} is missing. Label it with:\n  {command}"
        )
    labels = table.reindex(pd.Index(ids, name="image_id"))[list(attributes)]
    if labels.isna().any(axis=None):
        raise InputError(f"{path}: {_what_is_missing(labels)} Go on labelling with:\n  {command}")
    return labels.astype("int64").reset_index()


def _what_is_missing(labels: pd.DataFrame) -> str:
    missing = labels.isna()
    counts = ", ".join(f"{number} without {name}" for name, number in missing.sum().items())
    first = missing.any(axis=1).idxmax()
    return f"of the first {len(labels)} images {counts}; the first such is image {first}."


def label_from_annotator(
    path: str | Path, ids: Sequence[int], images: np.ndarray, attributes: Sequence[str]
) -> pd.DataFrame:
    """Return the simulated annotator's labels, which stand in for a human's in the demo.

    Args:
        path: the annotator, `labels.annotator` in the configuration.
        ids: N image ids.
        images: uint8 [N,H,W,3] RGB, in the order of `ids`.
        attributes: the columns wanted.

    Raises:
        InputError: the annotator cannot be read.
    """
    from vectorfind.demo.annotator import annotate, load_annotator

    return round_to_labels(ids, annotate(load_annotator(path), images), attributes)


def round_to_labels(
    ids: Sequence[int], probabilities: np.ndarray, attributes: Sequence[str]
) -> pd.DataFrame:
    """Return probabilities [N,4] in the order of ATTRIBUTES as a table of 0 and 1."""
    rounded = (np.asarray(probabilities) >= 0.5).astype(np.int64)
    columns = {name: rounded[:, ATTRIBUTES.index(name)] for name in attributes}
    return pd.DataFrame({"image_id": np.asarray(ids, np.int64), **columns})
