"""What a shard was made from, kept inside it: one of another run among one's own is refused."""

from collections.abc import Iterable
from pathlib import Path

from vectorfind.errors import InputError
from vectorfind.files import sha256_of


def origin_of(what: str, seed: int, **sources: str | Path) -> str:
    """Say in one line what a shard holds, from which seed, and the fingerprints of its sources."""
    prints = (f"{name} {sha256_of(path)[:12]}" for name, path in sources.items())
    return ", ".join([what, f"seed {seed}", *prints])


def require_one_origin(origins: Iterable[tuple[str | Path, str]]) -> None:
    """Refuse shards of several runs; one that says nothing, as a user's own, fits to all.

    Args:
        origins: of each shard its path and what it says.

    Raises:
        InputError: two say different things.
    """
    said = [(path, origin) for path, origin in origins if origin]
    for path, origin in said[1:]:
        if origin != said[0][1]:
            raise InputError(
                f"{path}: is of another run ({origin}) than {said[0][0]} ({said[0][1]}); delete "
                "the one that does not belong here and run again."
            )
