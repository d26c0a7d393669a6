"""Files that appear whole or not at all."""

import glob
import hashlib
import io
import json
import os
import platform
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

from vectorfind.errors import InputError


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it onto `path` when the block succeeds.

    The temporary name keeps the suffix of `path`, since some writers choose a format by it.
    On any exception the temporary file is removed and `path` is left as it was. What a killed
    writer of the same `path` left behind on this machine is removed too.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    writer = f"{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    partial = path.with_name(f".{path.stem}.partial-{writer}{path.suffix}")
    try:
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    """Remove the partial files of `path` whose writers, processes of this machine, are dead."""
    start = f".{path.stem}.partial-{platform.node()}-"
    for partial in path.parent.glob(f"{glob.escape(start)}*{glob.escape(path.suffix)}"):
        pid = partial.name.removeprefix(start).split("-")[0]
        if pid.isdecimal() and not _is_running(int(pid)):
            partial.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    """Tell whether a process of this machine has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def sha256_of(path: str | Path) -> str:
    """Return the hexadecimal SHA-256 of a file's content."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_weights(path: str | Path, content: Any) -> None:
    """Write what `torch.save` makes of `content`, atomically; equal content makes equal bytes."""
    # Imported late: planning needs no torch.
    import torch

    # Through memory: a file's name would be part of its content, and torch hides an OSError of the
    # file behind a RuntimeError.
    memory = io.BytesIO()
    torch.save(content, memory)
    with atomic_path(path) as partial:
        partial.write_bytes(memory.getbuffer())


def write_json(path: str | Path, data: Any) -> None:
    """Write `data` as indented JSON, atomically; NaN is refused with ValueError."""
    text = json.dumps(data, indent=2, allow_nan=False) + "\n"
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


def read_json(path: str | Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: it is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}); delete it and run again.") from error


def write_csv(path: str | Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV without its index, atomically."""
    with atomic_path(path) as partial:
        table.to_csv(partial, index=False)
