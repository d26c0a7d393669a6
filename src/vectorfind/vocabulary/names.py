"""The names, in order, that samples, directions and results are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from vectorfind.vocabulary.published import PUBLISHED, Vocabulary


@dataclass(frozen=True)
class Names:
    """Names of the properties, and which of them are steered and which split the groups."""

    properties: tuple[str, ...]
    steered: tuple[str, ...]
    grouping: tuple[str, ...]

    def __post_init__(self) -> None:
        for field in ("properties", "steered", "grouping"):
            object.__setattr__(self, field, tuple(getattr(self, field)))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups' names."""
        return group_names(self.grouping)

    @cached_property
    def own(self) -> list[int]:
        """Columns of the steered properties among all."""
        return [self.properties.index(name) for name in self.steered]


def names_of(vocabulary: Vocabulary) -> Names:
    """Return the names of a vocabulary, in the order of its rows."""
    return Names(tuple(vocabulary.properties), vocabulary.steered, vocabulary.grouping)


def group_names(grouping: Sequence[str]) -> tuple[str, ...]:
    """Return `hhhh` .. `llll`: letter i says high or low in grouping[i]; `all` without any."""
    if not grouping:
        return ("all",)
    return tuple("".join(letters) for letters in product("hl", repeat=len(grouping)))


PUBLISHED_NAMES = names_of(PUBLISHED)
"""Those of the published system."""
