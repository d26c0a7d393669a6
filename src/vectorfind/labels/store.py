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
        self._given: list[tuple[pd.Series, pd.Series]] = []
        self._read_last: tuple[tuple[int, int, int], pd.DataFrame] | None = None
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
        table = self.table()
        return {name: self.ids[table[name].isna()].tolist() for name in self.attributes}

    def table(self) -> pd.DataFrame:
        """Return the labels of the images, Int64 [N, attributes], <NA> where there is none."""
        return self._read().loc[self.ids, list(self.attributes)]

    def record(
        self, attribute: str, labels: Mapping[int, int], seen: Mapping[int, int] | None = None
    ) -> int:
        """Write the answers, image id to 0 or 1; return how many.

        `seen` holds the labels that were shown, of images that had one. A label that is another
        one by now, from another page or an older tab, stays.
        """
        given = pd.Series(labels, dtype="Int64", name=attribute)
        shown = pd.Series(seen or {}, dtype="Int64").reindex(given.index)
        with self._locked():
            table = self._read()
            new = given[_equal(table.loc[given.index, attribute], shown)]
            table.loc[new.index, attribute] = new
            self._write(table)
        if len(new):
            self._given.append((new, shown[new.index]))
        return len(new)

    def undo(self) -> pd.Series | None:
        """Take the last answer back and return it, a Series by image named as its attribute.

        Labels that somebody has changed since stay. None where there is no answer.
        """
        if not self._given:
            return None
        given, before = self._given[-1]
        with self._locked():
            table = self._read()
            same = given.index[_equal(table.loc[given.index, given.name], given)]
            table.loc[same, given.name] = before[same]
            self._write(table)
        self._given.pop()
        return given

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
        """Return the file's table, read anew when it is another file than last time."""
        state = self._state()
        if state is None:
            return self._laid_over(None)
        if self._read_last is None or self._read_last[0] != state:
            before = read_table(self.path, "labels_so_far").set_index("image_id")
            self._read_last = state, self._laid_over(before)
        return self._read_last[1].copy()

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _laid_over(self, before: pd.DataFrame | None) -> pd.DataFrame:
        table = pd.DataFrame(index=self.ids, columns=list(self.attributes), dtype="Int64")
        if before is None:
            return table
        columns = [*before.columns, *(name for name in self.attributes if name not in before)]
        return before.combine_first(table).astype("Int64")[columns]

    def _write(self, table: pd.DataFrame) -> None:
        write_table(self.path, table.dropna(how="all").reset_index(), "labels_so_far")
        state = self._state()
        # Nobody else writes under the lock.
        self._read_last = (state, table) if state else None


def _equal(labels: pd.Series, others: pd.Series) -> pd.Series:
    """Return where labels are the same, both missing included."""
    return (labels == others).fillna(False) | (labels.isna() & others.isna())
