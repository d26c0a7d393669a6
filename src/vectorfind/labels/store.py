"""The labels given so far, kept in a CSV that is whole after every answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from vectorfind.data.tables import read_table, write_table


class LabelStore:
    """The labels of some images; resumes from its CSV, writes it after each change, undoes."""

    def __init__(self, path: str | Path, ids: Sequence[int], attributes: Sequence[str]):
        """Open the CSV at `path`, or start one, for the images `ids` and their `attributes`.

        Images and attributes that are already in the file beside these are kept.

        Raises:
            InputError: the file is there but is no table of labels.
        """
        self.path = Path(path)
        self.ids = pd.Index(ids, dtype="int64", name="image_id")
        self._table = pd.DataFrame(index=self.ids, columns=list(attributes), dtype="Int64")
        if self.path.exists():
            before = read_table(self.path, "labels_so_far").set_index("image_id")
            columns = [*before.columns, *(name for name in attributes if name not in before)]
            self._table = before.combine_first(self._table).astype("Int64")[columns]
        self._history: list[pd.Series] = []

    def pending(self, attribute: str, count: int) -> list[int]:
        """Return the first `count` images that have no label of this attribute yet."""
        column = self._table.loc[self.ids, attribute]
        return column.index[column.isna()][:count].tolist()

    def done(self, attribute: str) -> int:
        """Return how many of the images carry a label of this attribute."""
        return int(self._table.loc[self.ids, attribute].count())

    def record(self, attribute: str, labels: Mapping[int, int]) -> None:
        """Take one answer, image id to 0 or 1, and write the file."""
        before = self._table.loc[list(labels), attribute].copy()
        self._table.loc[list(labels), attribute] = list(labels.values())
        self._write()
        self._history.append(before)

    def undo(self) -> str | None:
        """Take the last answer of this session back and return its attribute, None if none is."""
        if not self._history:
            return None
        before = self._history.pop()
        self._table.loc[before.index, before.name] = before
        self._write()
        return str(before.name)

    def _write(self) -> None:
        labelled = self._table.dropna(how="all")
        write_table(self.path, labelled.reset_index(), "labels_so_far")
