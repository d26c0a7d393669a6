"""Compare the results of two runs by bytes."""

import re
from pathlib import Path

TIMES = ("logs", "benchmarks")
"""Folders of results whose files hold times."""


def differing_results(one: Path, other: Path) -> list[str]:
    """Return the files below `results` that two folders do not both have, in equal bytes."""
    found = [_files(folder / "results") for folder in (one, other)]
    names = sorted(set(found[0]) | set(found[1]))
    return [name for name in names if found[0].get(name) != found[1].get(name)]


def _files(results: Path) -> dict[str, bytes]:
    files = (path for path in results.rglob("*") if path.is_file() and path.name != ".gitkeep")
    named = {path.relative_to(results): path for path in files}
    return {str(n): _content(path) for n, path in named.items() if n.parts[0] not in TIMES}


def _content(path: Path) -> bytes:
    """Return what a file holds, without the seconds of a training's metrics."""
    content = path.read_bytes()
    return re.sub(rb'"seconds": [0-9.e-]+', b"", content) if path.suffix == ".jsonl" else content
