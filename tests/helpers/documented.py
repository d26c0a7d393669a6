"""The commands and Python examples of README, docs and `--help`, in their order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import click
import typer

from helpers.places import REPOSITORY
from vectorfind import cli

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "config/README.md",
    "config/examples/README.md",
    *sorted(f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md")),
)
HELP = "vectorfind --help"
COMMANDS, DATA = ("console", ""), ("yaml", "mermaid")
CODE = re.compile(
    r"^```(\w*)\n(.*?)^```$|(?<!`)`((?:(?!\n\n)[^`])+)`(?!`)", re.DOTALL | re.MULTILINE
)
COMMAND = re.compile(r"\S(?:\\\n|.)*")
LOOKS_LIKE_A_COMMAND = re.compile(r"[a-z./][\w./-]*( \S+)* -{1,2}[a-z]")


@dataclass(frozen=True)
class Documented:
    """Something to run.

    Attributes:
        place: page and line.
        kind: `command` of a block of commands, `mention` of one in a sentence, `options` with
            values there, `python`, or `unknown` block.
        text: what is run.
    """

    place: str
    kind: str
    text: str


def documented(page: str, programs: set[str]) -> list[Documented]:
    """Return what a page, or the help of all commands, tells the reader to run.

    In a sentence only code that begins with one of the programs, or has an option, is a command;
    options without a value are names.
    """
    return list(_in_help(programs) if page == HELP else _in_page(page, programs))


def _in_page(page: str, programs: set[str]) -> Iterator[Documented]:
    text = (REPOSITORY / page).read_text()
    for code in CODE.finditer(text):
        place = f"{page}:{_line(text, code.start())}"
        language, block, words = code.groups()
        if words is not None:
            yield from _in_sentence(place, words, programs)
        elif language in COMMANDS:
            for line in COMMAND.finditer(block):
                place = f"{page}:{_line(text, code.start(2) + line.start())}"
                yield Documented(place, "command", line[0].replace("\\\n", " "))
        elif language not in DATA:
            yield Documented(place, "python" if language == "python" else "unknown", block)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _in_sentence(place: str, code: str, programs: set[str]) -> Iterator[Documented]:
    text = " ".join(code.split())
    first, _, more = text.partition(" ")
    if first.startswith("--") and more:
        yield Documented(place, "options", text)
    elif (first in programs and more) or LOOKS_LIKE_A_COMMAND.match(text):
        yield Documented(place, "mention", text)


def _in_help(programs: set[str]) -> Iterator[Documented]:
    for name, command in _below("vectorfind", typer.main.get_command(cli.app)):
        place, text = f"{name} --help", command.help or ""
        for help_text in (
            text,
            *(getattr(option, "help", None) or "" for option in command.params),
        ):
            for code in re.findall(r"`([^`]+)`", help_text):
                yield from _in_sentence(place, code, programs)
        yield from (Documented(place, "command", line) for line in _examples(text))


def _examples(text: str) -> Iterator[str]:
    """Yield the lines that begin with a small letter though no sentence goes on there."""
    ended = True
    for line in map(str.strip, text.splitlines()):
        if ended and line[:1].islower():
            yield line
        else:
            ended = not line or line[-1] in ".:"


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    for word, other in getattr(command, "commands", {}).items():
        yield from _below(f"{name} {word}", other)
