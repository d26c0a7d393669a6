"""Which of the package's files decide what a script computes; none of them is imported for it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent

INFRASTRUCTURE = {
    "config/": "its values reach a rule as params, or do not decide numbers",
    "errors.py": "the texts of messages",
    "files.py": "how files appear, not what is in them",
    "hub.py": "where files come from, not what is in them",
    "networks.py": "what types say of networks",
    "pictures/sheets.py": "how pictures are laid out",
    "pictures/training_curves.py": "how a training's curves are drawn",
    "training/events.py": "figures for TensorBoard",
    "training/progress.py": "rates and times in a log",
    "vocabulary/": "its values reach a rule as params",
    "workflow/": "what runs where, and where its log goes",
}
"""Files and rooms whose edits rerun nothing, and why."""


@cache
def modules_behind(script: Path) -> tuple[Path, ...]:
    """Return the package's files that a script imports, and that they import, sorted.

    A name that a package's `__init__` takes from one of its modules leads to that module alone.
    INFRASTRUCTURE is left out, and what only it imports.
    """
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        imported = (path for path in _imported(waiting.pop()) if not is_infrastructure(path))
        new = set(imported) - found
        found |= new
        waiting += new
    return tuple(sorted(found))


def is_infrastructure(path: Path) -> bool:
    """Tell whether an edit of a file of the package reruns nothing."""
    return path.relative_to(PACKAGE).as_posix().startswith(tuple(INFRASTRUCTURE))


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    return tuple(file for module, name in _imports(path) for file in _files(module, name))


@cache
def _imports(path: Path) -> tuple[tuple[str, str | None], ...]:
    """Return every (module, name) that a file imports from the package, at any depth of it."""
    found: list[tuple[str, str | None]] = []
    for node in _statements(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.ImportFrom) and node.module and _is_ours(node.module):
            found += [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names if _is_ours(alias.name)]
    return tuple(found)


def _statements(block: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a block at any depth; an import is in no expression."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(block, field, ()):
            yield node
            yield from _statements(node)


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
