"""The sizes of the generator, from what importing its checkpoint wrote."""

from pathlib import Path
from typing import NamedTuple

from vectorfind.errors import InputError
from vectorfind.files import read_json

FACTS = "results/import/checkpoint.json"


class Sizes(NamedTuple):
    """What memory depends on; `activations` are the numbers that layers store of one image."""

    resolution: int
    activations: int
    w_dim: int
    weights: float
    """MiB of all networks."""


PUBLISHED = Sizes(256, 16_072_704, 512, 289.0)
"""Of the checkpoint that the published system starts from."""


def imported_sizes(facts: str | Path = FACTS) -> Sizes:
    """Return the sizes of the imported checkpoint, or PUBLISHED before it is imported.

    Snakemake asks again before it starts a job, and then the checkpoint is there.
    """
    try:
        found = read_json(facts)
        weights = 4 * sum(found["parameters"].values()) / 2**20
        return Sizes(found["resolution"], found["activations"], found["w_dim"], weights)
    except (OSError, InputError, LookupError):
        return PUBLISHED
