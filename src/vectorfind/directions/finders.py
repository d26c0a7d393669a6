"""The methods by name (`directions.method`)."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import torch
from sklearn.svm import LinearSVC

from vectorfind.directions.layers import LayersFinder
from vectorfind.directions.linear import DualFinder, RidgeFinder, Validate
from vectorfind.directions.samples import unit_vector
from vectorfind.directions.surrogate import SurrogateFinder
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.names import CONTROLLED, GROUPS

METHODS = ("svm", "ridge", "dual", "layers", "local", "surrogate")
Finder = SvmFinder | RidgeFinder | LayersFinder | SurrogateFinder

ALPHAS = (0.01,)
SHRINKAGES = (0.8, 1.0, 0.5)
DAMPINGS = (0.05, 0.2)
"""Candidates among which held-out edits choose; the first of each is used without them. Few,
since control changes by under 0.01 from one to the next."""


def make_finder(
    method: str,
    generator: torch.nn.Module | None = None,
    scorer: torch.nn.Module | None = None,
    class_share: float = 0.2,
    validation_share: float = 0.2,
    c: float = 1.0,
    unit: float | str = "auto",
    seed: int = 0,
    validate: Validate | None = None,
) -> Finder:
    """Return the estimator of a method: `fit(w, scores, groups)`, `directions_`, `gain_`.

    Args:
        method: one of METHODS; `local` finds the dual basis that `make_edit` blends with each
            face's own.
        generator: needed by `layers` and `surrogate`.
        scorer: needed by `layers` and `surrogate`.
        class_share: of `svm`.
        validation_share: of `svm`.
        c: of `svm`.
        unit: length of an offset of 1 in w, at which `surrogate` tries its edits; or `auto`.
        seed: of every random choice.
        validate: chooses the parameters of `ridge` and of the dual basis by held-out edits.

    Raises:
        InputError: there is no such method.
    """
    dual = DualFinder(ALPHAS, SHRINKAGES, DAMPINGS, validate)
    if method == "svm":
        return SvmFinder(class_share, validation_share, c, seed)
    if method == "ridge":
        return RidgeFinder(ALPHAS, SHRINKAGES, validate)
    if method == "layers":
        return LayersFinder(generator, scorer, dual, seed=seed)
    if method == "surrogate":
        return SurrogateFinder(generator, scorer, dual, unit, seed=seed)
    if method in ("dual", "local"):
        return dual
    raise InputError(f"directions.method: {method!r} is none of {', '.join(METHODS)}.")


def svm_directions(models: Mapping[str, list[LinearSVC]]) -> dict[str, np.ndarray]:
    """Return the unit normals [16, D] of fitted SVMs, per property in the order of GROUPS."""
    return {
        name: unit_vector(np.stack([model.coef_[0] for model in models[name]]))
        for name in CONTROLLED
    }


def describe_directions(
    directions: dict[str, np.ndarray], gain: dict[str, np.ndarray]
) -> dict[str, dict]:
    """Return figures of directions that JSON can hold.

    `gain`: score change per unit step by property and group; `cosine_between_groups`: mean cosine
    of the directions of different groups; `cosine_between_properties`: within a group.
    """
    rows = {name: directions[name].reshape(len(GROUPS), -1) for name in CONTROLLED}
    rows = {name: unit_vector(vectors) for name, vectors in rows.items()}
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
