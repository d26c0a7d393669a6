"""The image test: many edits of each new face, measured by every judge (system.md 1.15)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.directions.edits import TEST_OFFSETS, Edit
from vectorfind.evaluation.responses import responses
from vectorfind.evaluation.results import FaceResults, Measurements, merge_results
from vectorfind.judges.judge import Embed, Judge, Look, look_at
from vectorfind.networks import FaceGenerator
from vectorfind.samples.groups import assign_groups
from vectorfind.stylegan.inference import (
    Draw,
    images_at_once,
    map_rows,
    prepare_drawing,
    worth_compiling,
)
from vectorfind.vocabulary import PUBLISHED_NAMES, Names

Seen = TypeVar("Seen")
"""What is made of some images."""


class EditedFaces(NamedTuple, Generic[Seen]):
    """Some faces: case numbers [n], groups [n], what is seen of them, and of their n K edits.

    The edits come in parts, all of a face before those of the next.
    """

    cases: np.ndarray
    groups: np.ndarray
    unedited: Seen
    edited: list[Seen]


def measure_faces(
    generator: FaceGenerator,
    edit: Edit,
    judges: list[Judge],
    cutoffs: dict[str, float],
    z: Tensor,
    label: Tensor | None,
    *,
    names: Names = PUBLISHED_NAMES,
    offsets: np.ndarray = TEST_OFFSETS,
    first_case: int = 0,
    device: torch.device | str = "cpu",
    batch_size: int | None = None,
    embed: Embed | None = None,
    noise_seed: int | None = None,
) -> FaceResults:
    """Edit each face K times and measure every image; memory does not grow with the faces.

    Args:
        generator: is moved to `device`.
        edit: from offsets to latents.
        judges: the first assigns the groups and must measure all properties.
        cutoffs: the groups' medians.
        z: latents [n, z_dim].
        label: [n, L] for a conditional generator, else None.
        names: of the steered properties and the groups.
        offsets: edits of each face [K, S].
        first_case: number of the first face.
        device: where to compute.
        batch_size: images drawn and measured at once; chosen by size and device when None.
        embed: features that say who a face is.
        noise_seed: draws fresh noise for every image, for a re-test; else the noise is fixed.
    """

    def group(look: Look) -> np.ndarray:
        scores = look[0][judges[0].name]
        return assign_groups(pd.DataFrame(scores, columns=list(judges[0].columns)), cutoffs)

    faces = edit_faces(
        generator,
        edit,
        lambda images: look_at(images, judges, embed),
        group,
        z,
        label,
        offsets=offsets,
        first_case=first_case,
        device=device,
        batch_size=batch_size,
        noise_seed=noise_seed,
    )
    parts = [
        FaceResults(
            seen.cases, seen.groups, *_figures(judges, offsets, seen.unedited, seen.edited), names
        )
        for seen in faces
    ]
    return merge_results(parts)


def edit_faces(
    generator: FaceGenerator,
    edit: Edit,
    see: Callable[[Tensor], Seen],
    group: Callable[[Seen], np.ndarray],
    z: Tensor,
    label: Tensor | None,
    *,
    offsets: np.ndarray = TEST_OFFSETS,
    first_case: int = 0,
    device: torch.device | str = "cpu",
    batch_size: int | None = None,
    noise_seed: int | None = None,
) -> Iterator[EditedFaces[Seen]]:
    """Draw each face and its K edits, and yield what is seen of them, some faces at a time.

    Args:
        generator: is moved to `device`.
        edit: from offsets to latents.
        see: from uint8 images [N, H, W, 3] on `device` to what is wanted of them.
        group: from what is seen of unedited faces to their groups [n].
        z: latents [n, z_dim].
        label: [n, L] for a conditional generator, else None.
        offsets: edits of each face [K, S].
        first_case: number of the first face.
        device: where to compute.
        batch_size: images drawn and seen at once; chosen by size and device when None.
        noise_seed: draws fresh noise for every image, for a re-test; else the noise is fixed.
    """
    batch_size = batch_size or images_at_once(generator.resolution, device)
    faces_at_once = max(1, batch_size // len(offsets))
    edits, edits_at_once = len(offsets) * len(z), len(offsets) * faces_at_once
    at_once = min(edits_at_once, batch_size)
    compiled_batch = worth_compiling(generator, edits, at_once, device)
    prepared = prepare_drawing(generator, device, compiled_batch=compiled_batch)
    for start in tqdm(range(0, len(z), faces_at_once), desc="image test", mininterval=5):
        with torch.inference_mode():
            w = map_rows(generator, z, label, slice(start, start + faces_at_once), device)
            cases = np.arange(first_case + start, first_case + start + len(w))
            draw = _drawing(prepared, noise_seed, cases[0])
            unedited = see(draw(w))
            groups = group(unedited)
            table = torch.as_tensor(offsets, device=w.device).expand(len(w), -1, -1)
            latents = edit(w, torch.as_tensor(groups, device=w.device), table).flatten(0, 1)
            edited = [see(draw(part)) for part in latents.split(batch_size)]
        yield EditedFaces(cases, groups, unedited, edited)


def draw_edits(
    generator: FaceGenerator,
    edit: Edit,
    scorer: Judge,
    cutoffs: dict[str, float],
    z: Tensor,
    label: Tensor | None,
    *,
    offsets: np.ndarray = TEST_OFFSETS,
    device: torch.device | str = "cpu",
) -> Iterator[np.ndarray]:
    """Yield the images uint8 [H, W, 3] of an image test: of each face itself, then its K edits.

    Args:
        generator: is moved to `device`.
        edit: from offsets to latents.
        scorer: assigns the groups.
        cutoffs: the groups' medians.
        z: latents [n, z_dim].
        label: [n, L] for a conditional generator, else None.
        offsets: edits of each face [K, S].
        device: where to compute.
    """

    def group(images: np.ndarray) -> np.ndarray:
        scores = scorer.measure(torch.as_tensor(images, device=device))
        return assign_groups(pd.DataFrame(scores, columns=list(scorer.columns)), cutoffs)

    faces = edit_faces(
        generator,
        edit,
        lambda images: images.cpu().numpy(),
        group,
        z,
        label,
        offsets=offsets,
        device=device,
    )
    for seen in faces:
        edits = np.concatenate(seen.edited).reshape(
            len(seen.cases), len(offsets), *seen.unedited.shape[1:]
        )
        for unedited, own in zip(seen.unedited, edits, strict=True):
            yield unedited
            yield from own


def _drawing(draw: Draw, noise_seed: int | None, case: int) -> Draw:
    if noise_seed is None:
        return draw
    torch.manual_seed(int(np.random.SeedSequence([noise_seed, case]).generate_state(1)[0]))
    return partial(draw, noise="random")


def _figures(
    judges: list[Judge], offsets: np.ndarray, before: Look, looks: list[Look]
) -> tuple[dict[str, Measurements], np.ndarray | None]:
    """Return every judge's measurements, and the identity [n] where there are features."""
    (unedited, features), shape = before, (len(before[1]), len(offsets), -1)
    measured = {}
    for judge in judges:
        scores = np.concatenate([scores[judge.name] for scores, _ in looks]).reshape(shape)
        measured[judge.name] = Measurements(
            judge.columns, *responses(offsets, scores), unedited[judge.name]
        )
    if not features.shape[1]:
        return measured, None
    edited = np.concatenate([found for _, found in looks]).reshape(shape)
    return measured, _mean_cosine(features, edited)


def _mean_cosine(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the mean cosine [n] of features [n, D] with each of [n, K, D]."""
    products = np.einsum("nd,nkd->nk", before, after)
    lengths = np.linalg.norm(before, axis=1)[:, None] * np.linalg.norm(after, axis=2)
    return (products / np.maximum(lengths, 1e-12)).mean(1)
