"""Edits of one property at a time, from faint to strong, and what every judge sees of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.directions.edits import Edit
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.judges.judge import Embed, Judge, Look, look_at
from vectorfind.networks import FaceGenerator
from vectorfind.samples.groups import assign_groups
from vectorfind.stylegan.inference import (
    images_at_once,
    map_rows,
    prepare_drawing,
    worth_compiling,
)

STRENGTHS = np.array((0.25, 0.5, 1.0, 1.5, 2.0, 3.0), np.float32)
"""Offsets of one property, either way, in units."""
OFFSETS = np.concatenate([-STRENGTHS[::-1], STRENGTHS])


@dataclass(frozen=True)
class StrengthResults:
    """What n faces look like at S signed offsets of each of C steered properties, by itself.

    `steered` are their names; `offsets` [S]; `columns` per judge its P names; `unedited` per judge
    [n, P] and `edited` per judge [n, C, S, P], as measured; `features` [n, D] and `edited_features`
    [n, C, S, D] say who a face is.
    """

    steered: tuple[str, ...]
    offsets: np.ndarray
    columns: dict[str, tuple[str, ...]]
    unedited: dict[str, np.ndarray]
    edited: dict[str, np.ndarray]
    features: np.ndarray
    edited_features: np.ndarray

    def own_columns(self, judge: str) -> list[int]:
        """Return where a judge's columns have the steered properties, in their order."""
        return [self.columns[judge].index(name) for name in self.steered]


def single_offsets(properties: int, offsets: np.ndarray = OFFSETS) -> np.ndarray:
    """Return offsets of one of C `properties` at a time, float32 [C, S, C]."""
    return np.eye(properties, dtype=np.float32)[:, None] * offsets.astype(np.float32)[:, None]


@torch.inference_mode()
def measure_strengths(
    generator: FaceGenerator,
    edit: Edit,
    judges: list[Judge],
    cutoffs: dict[str, float],
    embed: Embed | None,
    *,
    steered: Sequence[str],
    z: Tensor,
    label: Tensor | None,
    device: torch.device | str = "cpu",
) -> StrengthResults:
    """Draw each face at every single offset and measure the images, one face at a time.

    Args:
        generator: is moved to `device`.
        edit: from offsets to latents.
        judges: the first assigns the groups and must measure all properties.
        cutoffs: the groups' medians.
        embed: from uint8 images to features; without it there are none, and D is 0.
        steered: the C properties, in the order of the edit's offsets.
        z: latents [n, z_dim].
        label: [n, L] for a conditional generator, else None.
        device: where to compute.
    """
    table = torch.as_tensor(single_offsets(len(steered))).flatten(0, 1)
    at_once = min(1 + len(table), images_at_once(generator.resolution, device))
    compiled = worth_compiling(generator, (1 + len(table)) * len(z), at_once, device)
    draw = prepare_drawing(generator, device, compiled_batch=compiled)
    plain: list[Look] = []
    edited: list[list[Look]] = []
    for row in tqdm(range(len(z)), desc="edit strengths", mininterval=5):
        w = map_rows(generator, z, label, slice(row, row + 1), device)
        plain.append(look_at(draw(w), judges, embed))
        scores = pd.DataFrame(plain[-1][0][judges[0].name], columns=list(judges[0].columns))
        group = torch.as_tensor(assign_groups(scores, cutoffs), device=w.device)
        latents = edit(w, group, table[None].to(w.device))[0]
        edited.append([look_at(draw(part), judges, embed) for part in latents.split(at_once)])
    shape = (len(z), len(steered), len(OFFSETS), -1)
    after = [look for looks in edited for look in looks]
    return StrengthResults(
        tuple(steered),
        OFFSETS,
        {judge.name: judge.columns for judge in judges},
        {j.name: np.concatenate([scores[j.name] for scores, _ in plain]) for j in judges},
        {
            j.name: np.concatenate([scores[j.name] for scores, _ in after]).reshape(shape)
            for j in judges
        },
        np.concatenate([features for _, features in plain]),
        _reshaped(np.concatenate([features for _, features in after]), shape),
    )


def _reshaped(features: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Split [n C S, D] into [n, C, S, D]; D may be 0."""
    return features.reshape(*shape[:3], features.shape[1])


def write_strengths(path: str | Path, results: StrengthResults) -> None:
    """Write results as `.npz`, atomically."""
    arrays: dict[str, Any] = {"steered": np.array(results.steered), "offsets": results.offsets}
    arrays["features"] = results.features
    arrays["edited_features"] = results.edited_features.astype(np.float32)
    for name in results.columns:
        arrays[f"{name}.columns"] = np.array(results.columns[name])
        arrays[f"{name}.unedited"] = results.unedited[name]
        arrays[f"{name}.edited"] = results.edited[name]
    with atomic_path(path) as partial:
        np.savez_compressed(partial, judges=np.array(list(results.columns)), **arrays)


def read_strengths(paths: list[str | Path]) -> StrengthResults:
    """Read and join the shards that `write_strengths` wrote, in the order given.

    Raises:
        InputError: a file is damaged.
    """
    shards = [_read(path) for path in paths]
    names = [str(name) for name in shards[0]["judges"]]

    def joined(key: str) -> np.ndarray:
        return np.concatenate([shard[key] for shard in shards])

    return StrengthResults(
        tuple(map(str, shards[0]["steered"])),
        shards[0]["offsets"],
        {name: tuple(map(str, shards[0][f"{name}.columns"])) for name in names},
        {name: joined(f"{name}.unedited") for name in names},
        {name: joined(f"{name}.edited") for name in names},
        joined("features"),
        joined("edited_features"),
    )


def _read(path: str | Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as file:
            return dict(file)
    except Exception as error:
        raise InputError(f"{path}: not a readable shard of edit strengths ({error}).") from error
