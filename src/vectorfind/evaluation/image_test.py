"""The image test: many edits of each new face, measured by every judge (system.md 1.15)."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.directions.edits import TEST_OFFSETS, Edit
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


@torch.inference_mode()
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
    batch_size = batch_size or images_at_once(generator.resolution, device)
    faces_at_once = max(1, batch_size // len(offsets))
    edits, edits_at_once = len(offsets) * len(z), len(offsets) * faces_at_once
    at_once = min(edits_at_once, batch_size)
    compiled_batch = worth_compiling(generator, edits, at_once, device)
    prepared = prepare_drawing(generator, device, compiled_batch=compiled_batch)
    parts: list[FaceResults] = []
    for start in tqdm(range(0, len(z), faces_at_once), desc="image test", mininterval=5):
        w = map_rows(generator, z, label, slice(start, start + faces_at_once), device)
        cases = np.arange(first_case + start, first_case + start + len(w))
        draw = _drawing(prepared, noise_seed, cases[0])
        scores, features = look_at(draw(w), judges, embed)
        groups = assign_groups(
            pd.DataFrame(scores[judges[0].name], columns=list(judges[0].columns)), cutoffs
        )
        table = torch.as_tensor(offsets, device=w.device).expand(len(w), -1, -1)
        latents = edit(w, torch.as_tensor(groups, device=w.device), table).flatten(0, 1)
        looks = [look_at(draw(part), judges, embed) for part in latents.split(batch_size)]
        measured, identity = _figures(judges, offsets, (scores, features), looks)
        parts.append(FaceResults(cases, groups, measured, identity, names))
    return merge_results(parts)


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


def responses(offsets: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return correlation and slope of every score with every offset, each [n, P, S].

    Offsets of different properties hardly correlate (not at all in a full factorial), so simple
    slopes are the slopes of the joint regression.

    Args:
        offsets: [K, S].
        scores: [n, K, P].
    """
    offsets = (offsets - offsets.mean(0)).astype(np.float64)
    scores = scores - scores.mean(1, keepdims=True, dtype=np.float64)
    products = np.einsum("nkp,kc->npc", scores, offsets)
    squares = (offsets**2).sum(0)
    lengths = np.sqrt((scores**2).sum(1)[..., None] * squares)
    correlations = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 1e-9)
    return correlations, products / squares
