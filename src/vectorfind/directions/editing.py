"""The edit of each method: how offsets become latents with what a finder found."""

import numpy as np
import torch

from vectorfind.directions.edits import Edit, linear_edit
from vectorfind.directions.local import local_edit
from vectorfind.directions.population import Population
from vectorfind.directions.score_model import ScoreModel
from vectorfind.directions.surrogate import surrogate_edit
from vectorfind.errors import InputError


def make_edit(
    method: str,
    directions: dict[str, np.ndarray],
    unit: float,
    population: Population,
    generator: torch.nn.Module,
    scorer: torch.nn.Module,
    score_model: ScoreModel | None = None,
) -> Edit:
    """Return how offsets become latents with the directions of a method.

    `score_model` is what `SurrogateFinder` fitted; only `surrogate` needs it.

    Raises:
        InputError: it is missing.
    """
    if method == "surrogate":
        if score_model is None:
            raise InputError("the method `surrogate` needs the model of the scores it fitted.")
        return surrogate_edit(score_model, directions, unit)
    if method == "local":
        return local_edit(generator, scorer, directions, unit, population)
    return linear_edit(directions, unit)
