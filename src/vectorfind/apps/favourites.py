"""Views that somebody liked, in a file that survives the page."""

from dataclasses import asdict
from pathlib import Path
from threading import Lock

from vectorfind.apps.explorer import View
from vectorfind.errors import InputError
from vectorfind.files import read_json, write_json


class Favourites:
    """Views by their captions, in the order in which they were kept."""

    def __init__(self, path: Path, steered: tuple[str, ...]):
        self._path, self._steered, self._lock = path, steered, Lock()

    def views(self) -> dict[str, View]:
        """Return those that fit what is steered now; none where there is no file."""
        if not self._path.exists():
            return {}
        try:
            views = [self._view(row) for row in read_json(self._path)]
        except (KeyError, TypeError, ValueError):
            raise InputError(f"{self._path}: is damaged; mend or delete it.") from None
        return {self.caption(view): view for view in views if view is not None}

    def keep(self, view: View) -> None:
        """Add one at the end; one that is there stays where it is."""
        with self._lock:
            kept = self.views()
            kept.setdefault(self.caption(view), view)
            self._write(kept)

    def drop(self, caption: str) -> None:
        """Take one out."""
        with self._lock:
            self._write({name: view for name, view in self.views().items() if name != caption})

    def caption(self, view: View) -> str:
        """Say what a view shows."""
        pairs = zip(self._steered, view.values, strict=True)
        parts = [f"{name} {value:+g}" for name, value in pairs if value or view.by_scores]
        kind = ["scores:"] if view.by_scores else []
        less = [f"truncation {view.truncation:g}"] if view.truncation != 1 else []
        return " ".join([view.name, *kind, *parts, *less])

    def _view(self, row: dict[str, object]) -> View | None:
        if row["steered"] != list(self._steered):
            return None
        own = {key: row[key] for key in ("name", "by_scores", "truncation")}
        return View(values=tuple(map(float, row["values"])), **own)  # type: ignore

    def _write(self, views: dict[str, View]) -> None:
        rows = [{"steered": list(self._steered), **asdict(view)} for view in views.values()]
        write_json(self._path, rows)
