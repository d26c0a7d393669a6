"""The rooms of the package import what CONTRIBUTING.md says."""

import ast
import re

import pytest
from helpers.places import REPOSITORY

PACKAGE = REPOSITORY / "src" / "vectorfind"
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
ROW = re.compile(r"^\| `(\w+)` \| [^|]* \| ?([^|]*)\|$", re.MULTILINE)


def said():
    """Return what each room imports, by the table."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text()
    table = text[text.index("| room |") : text.index("Scripts in `scripts/`")]
    without_remarks = {room: re.sub(r"\(.*?\)", "", cell) for room, cell in ROW.findall(table)}
    return {room: set(re.findall(r"\w+", cell)) for room, cell in without_remarks.items()}


def imported(room):
    """Return the other rooms that a room's files import, at any depth of a file."""
    found = set()
    for path in (PACKAGE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                found.update(re.findall(r"^vectorfind\.(\w+)", node.module))
    return found & set(ROOMS) - {room}


def test_every_room_is_in_the_table():
    assert sorted(said()) == ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_the_table_says(room):
    assert imported(room) == said()[room]
