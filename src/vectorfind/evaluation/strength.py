"""Edits of one property at a time, from faint to strong, and what every judge sees of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.directions.edits import Edit
from vectorfind.directions.groups import assign_groups
from vectorfind.directions.image_test import Embed
from vectorfind.directions.judges import Judge
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.names import CONTROLLED
from vectorfind.stylegan.inference import images_at_once, prepare_drawing, worth_compiling

STRENGTHS = np.array((0.25, 0.5, 1.0, 1.5, 2.0, 3.0), np.float32)
"""Offsets of one property, either way, in units."""
OFFSETS = np.concatenate([-STRENGTHS[::-1], STRENGTHS])


@dataclass(frozen=True)
class StrengthResults:
    """What n faces look like at S signed offsets of each of the three properties, by itself.

    `offsets` [S]; `columns` per judge its P names; `unedited` per judge [n, P] and `edited` per
    judge [n, 3, S, P], as measured; `features` [n, D] and `edited_features` [n, 3, S, D] say who a
    face is.
    """

    offsets: np.ndarray
    columns: dict[str, tuple[str, ...]]
    unedited: dict[str, np.ndarray]
    edited: dict[str, np.ndarray]
    features: np.ndarray
    edited_features: np.ndarray


def single_offsets(offsets: np.ndarray = OFFSETS) -> np.ndarray:
    """Return offsets of one property at a time, float32 [3, S, 3]."""
    table = np.zeros((len(CONTROLLED), len(offsets), len(CONTROLLED)), np.float32)
    for column in range(len(CONTROLLED)):
        table[column, :, column] = offsets
    return table


@torch.inference_mode()
def measure_strengths(
    generator: torch.nn.Module,
    edit: Edit,
    judges: list[Judge],
    cutoffs: dict[str, float],
    embed: Embed | None,
    *,
    z: Tensor,
    label: Tensor | None,
    device: torch.device | str = "cpu",
) -> StrengthResults:
    """Draw each face at every single offset and measure the images, one face at a time.

    Args:
        generator: is moved to `device`.
        edit: from offsets to latents.
        judges: the first assigns the groups and must measure all eight properties.
        cutoffs: the groups' medians.
        embed: from uint8 images to features; without it there are none, and D is 0.
        z: latents [n, z_dim].
        label: [n, 7] for a conditional generator, else None.
        device: where to compute.
    """
    table = torch.as_tensor(single_offsets()).flatten(0, 1)
    at_once = min(1 + len(table), images_at_once(generator.resolution, device))
    compiled = worth_compiling(generator, (1 + len(table)) * len(z), at_once, device)
    draw = prepare_drawing(generator, device, compiled_batch=compiled)
    faces = []
    for row in tqdm(range(len(z)), desc="edit strengths", mininterval=5):
        own_label = None if label is None else label[row : row + 1].to(device)
        w = generator.mapping(z[row : row + 1].to(device), own_label)
        plain = _look(draw(w), judges, embed)
        scores = pd.DataFrame(plain[judges[0].name], columns=list(judges[0].columns))
        group = torch.as_tensor(assign_groups(scores, cutoffs), device=w.device)
        latents = edit(w, group, table[None].to(w.device))[0]
        looks = [_look(draw(part), judges, embed) for part in latents.split(at_once)]
        faces.append((plain, {key: np.concatenate([look[key] for look in looks]) for key in plain}))
    names = [judge.name for judge in judges]
    before = {key: np.concatenate([plain[key] for plain, _ in faces]) for key in (*names, "")}
    after = {key: np.stack([edited[key] for _, edited in faces]) for key in (*names, "")}
    return StrengthResults(
        OFFSETS,
        {judge.name: judge.columns for judge in judges},
        {name: before[name] for name in names},
        {name: _by_offset(after[name]) for name in names},
        before[""],
        _by_offset(after[""]),
    )


def _look(images: Tensor, judges: list[Judge], embed: Embed | None) -> dict[str, np.ndarray]:
    """Return every judge's scores by its name, and the features by the empty one."""
    features = np.empty((len(images), 0), np.float32) if embed is None else embed(images)
    return {judge.name: judge.measure(images) for judge in judges} | {"": features}


def _by_offset(seen: np.ndarray) -> np.ndarray:
    """Split [n, 3 S, P] into [n, 3, S, P]."""
    return seen.reshape(len(seen), len(CONTROLLED), len(OFFSETS), seen.shape[2])


def write_strengths(path: str | Path, results: StrengthResults) -> None:
    """Write results as `.npz`, atomically."""
    arrays = {"offsets": results.offsets, "features": results.features}
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
