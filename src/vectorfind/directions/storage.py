"""Directions on disk."""

from pathlib import Path

import numpy as np
import torch

from vectorfind.directions.score_model import ScoreModel, load_score_model
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.names import CONTROLLED, GROUPS

SCORE_MODEL = "score_model."


def write_direction(path: str | Path, direction: np.ndarray) -> None:
    """Write one direction [D] as a CSV of one row without header."""
    with atomic_path(path) as partial:
        np.savetxt(partial, direction[None], delimiter=",", fmt="%.9g")


def write_directions(
    path: str | Path, directions: dict[str, np.ndarray], score_model: ScoreModel | None = None
) -> None:
    """Write the directions of eyes, mouth and pose as `.npz` with the groups' names.

    Args:
        path: `.npz` file.
        directions: per property [16, D], in the order of GROUPS.
        score_model: what the method `surrogate` fitted beside them.
    """
    arrays = {name: np.asarray(directions[name], np.float32) for name in CONTROLLED}
    if score_model is not None:
        weights = score_model.state_dict().items()
        arrays |= {f"{SCORE_MODEL}{name}": value.cpu().numpy() for name, value in weights}
    with atomic_path(path) as partial:
        np.savez(partial, groups=np.array(GROUPS), **arrays)


def read_directions(path: str | Path) -> dict[str, np.ndarray]:
    """Read what `write_directions` wrote.

    Raises:
        InputError: the file is damaged, or its arrays have other shapes or groups.
    """
    try:
        with np.load(path) as file:
            directions = {name: file[name] for name in CONTROLLED}
            groups = tuple(file["groups"])
    except Exception as error:
        raise InputError(f"{path}: not a readable file of directions ({error}).") from error
    shapes = {array.shape for array in directions.values()}
    if groups != GROUPS or len(shapes) != 1 or next(iter(shapes))[0] != len(GROUPS):
        raise InputError(f"{path}: expected one direction per property and group; rerun.")
    return directions


def read_score_model(path: str | Path) -> ScoreModel | None:
    """Read the model of the scores that `write_directions` wrote; None where it wrote none."""
    with np.load(path) as file:
        names = [name for name in file.files if name.startswith(SCORE_MODEL)]
        weights = {name.removeprefix(SCORE_MODEL): torch.as_tensor(file[name]) for name in names}
    return load_score_model(weights) if weights else None
