"""Which of the package's files decide what a script computes; none of them is imported for it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent

INFRASTRUCTURE = {
    "code_inputs.py": "decides what reruns, not what is computed",
    "config.py": "its values reach a rule as params",
    "devices.py": "where a job computes",
    "errors.py": "the texts of messages",
    "files.py": "how files appear, not what is in them",
    "joblog.py": "where a job's log goes",
    "sheets.py": "how pictures are laid out",
    "stylegan/finetune_figures.py": "how a training's curves are drawn",
    "training/events.py": "figures for TensorBoard",
    "training/progress.py": "rates and times in a log",
}
"""Files whose edits rerun nothing, and why."""


@cache
def modules_behind(script: Path) -> tuple[Path, ...]:
    """Return the package's files that a script imports, and that they import, sorted.

    A name that a package's `__init__` takes from one of its modules leads to that module alone.
    INFRASTRUCTURE is left out.
    """
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        new = set(_imported(waiting.pop())) - found
        found |= new
        waiting += new
    return tuple(sorted(found - {PACKAGE / name for name in INFRASTRUCTURE}))


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    return tuple(file for module, name in _imports(path) for file in _files(module, name))


@cache
def _imports(path: Path) -> tuple[tuple[str, str | None], ...]:
    """Return every (module, name) that a file imports from the package, at any depth of it."""
    found: list[tuple[str, str | None]] = []
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.ImportFrom) and node.module and _is_ours(node.module):
            found += [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names if _is_ours(alias.name)]
    return tuple(found)


def _is_ours(module: str) -> bool:
    return module.split(".")[0] == PACKAGE.name


def _files(module: str, name: str | None) -> Iterator[Path]:
    """Yield the files that `from module import name` leads to."""
    place = PACKAGE.joinpath(*module.split(".")[1:])
    if (file := place.with_suffix(".py")).is_file():
        yield file
    elif name and ((place / f"{name}.py").is_file() or (place / name).is_dir()):
        yield from _files(f"{module}.{name}", None)
    elif (init := place / "__init__.py").is_file():
        sources = [source for source, taken in _imports(init) if taken == name]
        for source in sources:
            yield from _files(source, name)
        if not sources:
            yield init
