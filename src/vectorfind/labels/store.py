"""Labels in a CSV that is whole after every answer and that several pages may share."""

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from vectorfind.data.tables import read_table, write_table
from vectorfind.errors import InputError


class LabelStore:
    """The labels of some images; what is asked of it is asked of the file as it is now.

    Every answer is laid over the file under a lock, so that other pages, other people and edits by
    hand lose nothing.
    """

    def __init__(self, path: str | Path, ids: Sequence[int], attributes: Sequence[str]):
        """Open the CSV at `path`, or start one, for the images `ids` and their `attributes`.

        Images and attributes that are already in the file beside these are kept.

        Raises:
            InputError: the file is there but is no table of labels, or cannot be written.
        """
        self.path = Path(path)
        self.ids = pd.Index(ids, dtype="int64", name="image_id")
        self.attributes = tuple(attributes)
        self._given: list[pd.Series] = []
        with self._locked():
            self._read()

    def pending(self, attribute: str, count: int) -> list[int]:
        """Return the first `count` images that have no label of this attribute yet."""
        return self.missing()[attribute][:count]

    def done(self, attribute: str) -> int:
        """Return how many of the images carry a label of this attribute."""
        return len(self.ids) - len(self.missing()[attribute])

    def missing(self) -> dict[str, list[int]]:
        """Return the images that have no label yet, by attribute, in one look at the file."""
        table = self._read().loc[self.ids]
        return {name: self.ids[table[name].isna()].tolist() for name in self.attributes}

    def record(self, attribute: str, labels: Mapping[int, int]) -> int:
        """Write the answers, image id to 0 or 1, of images that have none; return how many.

        A label that is there already, from another page or an older tab, stays.
        """
        given = pd.Series(labels, dtype="Int64", name=attribute)
        with self._locked():
            table = self._read()
            new = given[table.loc[given.index, attribute].isna()]
            table.loc[new.index, attribute] = new
            self._write(table)
        if len(new):
            self._given.append(new)
        return len(new)

    def undo(self) -> str | None:
        """Take the last answer of this page back and return its attribute, None if none is.

        Labels that somebody has changed since stay.
        """
        if not self._given:
            return None
        given = self._given[-1]
        with self._locked():
            table = self._read()
            same = given.index[table.loc[given.index, given.name] == given]
            table.loc[same, given.name] = pd.NA
            self._write(table)
        self._given.pop()
        return str(given.name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(f".{self.path.name}.lock").open("w")
        except OSError as error:
            raise InputError(
                f"{self.path}: labels cannot be written there ({error.strerror}); choose another "
                "place with --output."
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> pd.DataFrame:
        table = pd.DataFrame(index=self.ids, columns=list(self.attributes), dtype="Int64")
        if not self.path.exists():
            return table
        before = read_table(self.path, "labels_so_far").set_index("image_id")
        columns = [*before.columns, *(name for name in self.attributes if name not in before)]
        return before.combine_first(table).astype("Int64")[columns]

    def _write(self, table: pd.DataFrame) -> None:
        write_table(self.path, table.dropna(how="all").reset_index(), "labels_so_far")
