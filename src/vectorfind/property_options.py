"""Options of commands that are named like what a bundle steers, whatever that is."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from typer.core import TyperCommand

from vectorfind.errors import InputError

PROPERTIES = "vectorfind.properties"
"""Where a command finds the options that are named like properties."""

LIMIT = 8.0
"""Largest magnitude of an offset or a score: far beyond what keeps a face a face."""


class FollowsBundle(TyperCommand):
    """A command with an option for every property that its bundle steers, whatever its name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the options that are not the command's own out of the words; ctx.meta keeps them."""
        own = {
            name for param in self.get_params(ctx) for name in (*param.opts, *param.secondary_opts)
        }
        waiting, rest = list(args), []
        found: dict[str, str] = {}
        while waiting:
            word = waiting.pop(0)
            name, given, text = word.partition("=")
            if not name.startswith("--") or name in own:
                rest.append(word)
            else:
                found[name] = text if given else waiting.pop(0) if waiting else ""
        ctx.meta[PROPERTIES] = found
        return super().parse_args(ctx, rest)


def option_of(name: str) -> str:
    """Return the option that is named like a property."""
    return f"--{name}".replace("_", "-")


def wanted_values(options: Mapping[str, str], steered: Sequence[str]) -> dict[str, list[float]]:
    """Read the options that are named like properties: 1.2, or several as -1.8,0,1.8."""
    names = {option_of(name): name for name in steered}
    wanted = {}
    for option, text in options.items():
        if (name := names.get(option.replace("_", "-"))) is None:
            raise InputError(f"No such option: {option}. This bundle steers {', '.join(names)}.")
        wanted[name] = _numbers(option, text)
    return wanted


def combine(wanted: Mapping[str, Sequence[float]]) -> tuple[list[dict[str, float]], int]:
    """Return every combination of values, and how many columns show them as a grid.

    The last property with several values is the one that changes from column to column.
    """
    rows = [dict(zip(wanted, values, strict=True)) for values in product(*wanted.values())]
    several = [len(values) for values in wanted.values() if len(values) > 1]
    return rows, several[-1] if several else 1


def _numbers(option: str, text: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"{option}: {text!r} is not a number, nor several as -1.8,0,1.8."
        ) from None
    # A NaN fails this too.
    if beyond := [value for value in found if not abs(value) <= LIMIT]:
        raise InputError(f"{option}: {beyond[0]:g} is outside of -{LIMIT:g} to {LIMIT:g}.")
    return found
