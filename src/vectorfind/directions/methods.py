"""The methods by name (`directions.method`): how each finds directions, and how it edits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import torch

from vectorfind.directions.edits import Edit, linear_edit
from vectorfind.directions.kept import KeptMeasures
from vectorfind.directions.linear import DualFinder, Validate
from vectorfind.directions.samples import unit_vector
from vectorfind.directions.score_model import ScoreModel
from vectorfind.directions.surrogate import SurrogateFinder, surrogate_edit
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.names import CONTROLLED, GROUPS, METHODS

Finder = SvmFinder | DualFinder | SurrogateFinder


@dataclass(frozen=True)
class Means:
    """What methods find directions with; each takes what it needs.

    `svm` are the options of `SvmFinder`; `validate` chooses the parameters of the dual basis by
    held-out edits; `generator` and `scorer` are in eval mode on one device; `kept` measures what
    edits leave alone; `tries` is how many faces `surrogate` edits per round; `unit` the length of
    an offset of 1 in w, or `auto`.
    """

    svm: Mapping[str, float] = field(default_factory=dict)
    validate: Validate | None = None
    generator: torch.nn.Module | None = None
    scorer: torch.nn.Module | None = None
    kept: KeptMeasures | None = None
    tries: int = 4000
    unit: float | str = "auto"
    seed: int = 0


@dataclass(frozen=True)
class Method:
    """One way to find directions.

    `finder` makes its estimator; `draws` says whether it needs the networks, `keeps` whether it
    needs what edits must leave alone.
    """

    finder: Callable[[Means], Finder]
    draws: bool = True
    keeps: bool = False


REGISTRY = {
    "svm": Method(lambda means: SvmFinder(**means.svm, seed=means.seed), draws=False),
    "dual": Method(lambda means: DualFinder(validate=means.validate)),
    "surrogate": Method(
        lambda means: SurrogateFinder(
            means.generator,
            means.scorer,
            DualFinder(validate=means.validate),
            means.unit,
            kept=means.kept,
            tries=means.tries,
            seed=means.seed,
        ),
        keeps=True,
    ),
}
assert tuple(REGISTRY) == METHODS


def method_named(name: str) -> Method:
    """Return a method.

    Raises:
        InputError: there is none of that name.
    """
    if name not in REGISTRY:
        raise InputError(f"directions.method: {name!r} is none of {', '.join(REGISTRY)}.")
    return REGISTRY[name]


def edit_along(
    directions: Mapping[str, np.ndarray], unit: float, score_model: ScoreModel | None = None
) -> Edit:
    """Return how offsets become latents: straight along directions [16, D], or as a model bends."""
    if score_model is None:
        return linear_edit(directions, unit)
    return surrogate_edit(score_model, directions, unit)


def describe_directions(
    directions: dict[str, np.ndarray], gain: dict[str, np.ndarray]
) -> dict[str, dict]:
    """Return figures of directions that JSON can hold.

    `gain`: score change per unit step by property and group; `cosine_between_groups`: mean cosine
    of the directions of different groups; `cosine_between_properties`: within a group.
    """
    rows = {name: unit_vector(directions[name]) for name in CONTROLLED}
    different = ~np.eye(len(GROUPS), dtype=bool)
    return {
        "gain": {
            name: dict(zip(GROUPS, map(float, gain[name]), strict=True)) for name in CONTROLLED
        },
        "cosine_between_groups": {
            name: float((rows[name] @ rows[name].T)[different].mean()) for name in CONTROLLED
        },
        "cosine_between_properties": {
            f"{first} and {second}": float((rows[first] * rows[second]).sum(1).mean())
            for first, second in combinations(CONTROLLED, 2)
        },
    }
