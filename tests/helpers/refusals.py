"""One message for bad input, and nothing on the disk changed by it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from vectorfind.errors import InputError


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder by its name."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(read: Callable[[Path], object], path: Path, words: str) -> str:
    """Return the one message with which `read` refuses the file: it names it and says `words`."""
    before = contents(path.parent)
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    assert re.search(words, message), message
    assert contents(path.parent) == before
    return message
