"""What a finder found: directions with all that is needed to edit along them; on disk too."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vectorfind.directions.edits import Edit, linear_edit
from vectorfind.directions.methods import method_named
from vectorfind.directions.score_model import ScoreModel, load_score_model
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.samples.population import Population
from vectorfind.samples.vectors import unit_vector, write_vectors
from vectorfind.vocabulary import Names


@dataclass(frozen=True, kw_only=True)
class Directions:
    """Directions of one method in the w of one generator."""

    method: str
    unit: float
    """Length of an offset of 1 in w."""
    vectors: dict[str, np.ndarray]
    """Per steered property unit vectors, float32 [G, D]; adding one raises the property."""
    cutoffs: dict[str, float]
    """Median of each property that groups."""
    properties: tuple[str, ...]
    """What the scorer that they were found with scores, in its order."""
    population: Population
    """Scale of these scores and shape of w."""
    score_model: ScoreModel | None = None
    """What a method that bends the way follows."""

    @cached_property
    def names(self) -> Names:
        """Names of properties and groups."""
        return Names(self.properties, tuple(self.vectors), tuple(self.cutoffs))

    @cached_property
    def edit(self) -> Edit:
        """How the method turns offsets into latents."""
        return method_named(self.method).edit(self)

    @cached_property
    def straight(self) -> Edit:
        """Adding the exported vectors."""
        return linear_edit(self.vectors, self.unit)

    def state(self) -> dict[str, Any]:
        """Return all of it as plain values and arrays, for `from_state`."""
        model = self.score_model
        return {
            "method": self.method,
            "unit": self.unit,
            "vectors": self.vectors,
            "cutoffs": self.cutoffs,
            "properties": list(self.properties),
            "population": vars(self.population),
            "score_model": {} if model is None else model.cpu().state_dict(),
        }


def from_state(state: Mapping[str, Any]) -> Directions:
    """Return the directions that `Directions.state` describes; tensors serve for arrays.

    Raises:
        InputError: vectors differ in shape, or are not one per group.
        KeyError, TypeError: something is missing.
    """
    vectors = {name: np.asarray(values) for name, values in state["vectors"].items()}
    directions = Directions(
        method=state["method"],
        unit=float(state["unit"]),
        vectors=vectors,
        cutoffs={name: float(value) for name, value in state["cutoffs"].items()},
        properties=tuple(state["properties"]),
        population=Population(**{n: np.asarray(v) for n, v in state["population"].items()}),
        score_model=load_score_model(state["score_model"]) if state["score_model"] else None,
    )
    if method_named(directions.method).bends and directions.score_model is None:
        raise InputError(f"directions of {directions.method} without its model of the scores.")
    shapes = {array.shape for array in vectors.values()}
    groups = directions.names.groups
    if len(shapes) != 1 or next(iter(shapes))[:1] != (len(groups),):
        raise InputError(f"directions of shapes {sorted(shapes)} for {len(groups)} groups; rerun.")
    return directions


def write_directions(path: str | Path, directions: Directions) -> None:
    """Write directions as `.npz`: an array [G, D] per steered property, `groups`, and the rest."""
    state = directions.state()
    parts = {
        f"{part}.{name}": np.asarray(value)
        for part in ("population", "score_model")
        for name, value in state[part].items()
    }
    write_vectors(
        path,
        directions.vectors,
        directions.names.groups,
        properties=np.array(directions.properties),
        grouping=np.array(list(directions.cutoffs), dtype=str),
        cutoffs=np.array(list(directions.cutoffs.values())),
        method=np.array(directions.method),
        unit=np.array(directions.unit),
        **parts,
    )


def read_directions(path: str | Path) -> Directions:
    """Read what `write_directions` wrote.

    Raises:
        InputError: the file is damaged, or its arrays do not fit together.
    """
    try:
        with np.load(path) as file:
            return from_state(_state_of(dict(file)))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:
        raise InputError(
            f"{path}: not a readable file of directions ({error}); delete it and run again."
        ) from error


def _state_of(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the state that `write_directions` took these arrays from."""
    parts: dict[str, dict[str, Any]] = {"population": {}, "score_model": {}}
    for name in list(arrays):
        part, _, key = name.partition(".")
        if key:
            parts[part][key] = arrays.pop(name)
    tensors = {name: torch.as_tensor(array) for name, array in parts["score_model"].items()}
    return {
        "method": str(arrays["method"]),
        "unit": float(arrays["unit"]),
        "vectors": {str(name): arrays[str(name)] for name in arrays["steered"]},
        "cutoffs": dict(zip(map(str, arrays["grouping"]), arrays["cutoffs"], strict=True)),
        "properties": map(str, arrays["properties"]),
        "population": parts["population"],
        "score_model": tensors,
    }


def write_direction(path: str | Path, vector: np.ndarray) -> None:
    """Write one direction [D] as a CSV of one row without header."""
    with atomic_path(path) as partial:
        np.savetxt(partial, vector[None], delimiter=",", fmt="%.9g")


def describe_directions(
    directions: Directions, gain: Mapping[str, np.ndarray]
) -> dict[str, dict[str, Any]]:
    """Return figures of directions that JSON can hold.

    `gain`: score change per unit step by property and group; `cosine_between_groups`: mean cosine
    of the directions of different groups, 1 where there is one group; `cosine_between_properties`:
    within a group.
    """
    names, groups = directions.names.steered, directions.names.groups
    rows = {name: unit_vector(vectors) for name, vectors in directions.vectors.items()}
    different = ~np.eye(len(groups), dtype=bool)
    return {
        "gain": {name: dict(zip(groups, map(float, gain[name]), strict=True)) for name in names},
        "cosine_between_groups": {
            name: float((rows[name] @ rows[name].T)[different].mean()) if len(groups) > 1 else 1.0
            for name in names
        },
        "cosine_between_properties": {
            f"{first} and {second}": float((rows[first] * rows[second]).sum(1).mean())
            for first, second in combinations(names, 2)
        },
    }
