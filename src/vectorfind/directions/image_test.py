"""The image test: 50 edits of each new face, measured by every judge (system.md 1.15)."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from vectorfind.directions.edits import TEST_OFFSETS, Edit
from vectorfind.directions.groups import assign_groups
from vectorfind.directions.judges import Judge
from vectorfind.directions.results import FaceResults, Measurements, merge_results
from vectorfind.stylegan.inference import Draw, images_at_once, prepare_drawing, worth_compiling

Embed = Callable[[Tensor], np.ndarray]
"""From uint8 images to features [N, D] that say who a face is."""


@torch.inference_mode()
def measure_faces(
    generator: torch.nn.Module,
    edit: Edit,
    judges: list[Judge],
    cutoffs: dict[str, float],
    z: Tensor,
    label: Tensor | None,
    first_case: int = 0,
    device: torch.device | str = "cpu",
    batch_size: int | None = None,
    embed: Embed | None = None,
    noise_seed: int | None = None,
) -> FaceResults:
    """Edit each face 50 times and measure every image; memory does not grow with the faces.

    Args:
        generator: is moved to `device`.
        edit: from offsets to latents.
        judges: the first assigns the groups and must measure all eight properties.
        cutoffs: the groups' medians.
        z: latents [n, z_dim].
        label: [n, 7] for a conditional generator, else None.
        first_case: number of the first face.
        device: where to compute.
        batch_size: images drawn and measured at once; chosen by size and device when None.
        embed: features that say who a face is.
        noise_seed: draws fresh noise for every image, for a re-test; else the noise is fixed.
    """
    batch_size = batch_size or images_at_once(generator.resolution, device)
    faces_at_once = max(1, batch_size // len(TEST_OFFSETS))
    edits, edits_at_once = len(TEST_OFFSETS) * len(z), len(TEST_OFFSETS) * faces_at_once
    at_once = min(edits_at_once, batch_size)
    compiled_batch = worth_compiling(generator, edits, at_once, device)
    prepared = prepare_drawing(generator, device, compiled_batch=compiled_batch)
    parts: list[FaceResults] = []
    for start in tqdm(range(0, len(z), faces_at_once), desc="image test", mininterval=5):
        rows = slice(start, start + faces_at_once)
        w = generator.mapping(z[rows].to(device), None if label is None else label[rows].to(device))
        cases = np.arange(first_case + start, first_case + start + len(w))
        draw = _drawing(prepared, noise_seed, cases[0])
        parts.append(_test_batch(draw, edit, judges, cutoffs, w, cases, embed, batch_size))
    return merge_results(parts)


def _drawing(draw: Draw, noise_seed: int | None, case: int) -> Draw:
    if noise_seed is None:
        return draw
    torch.manual_seed(int(np.random.SeedSequence([noise_seed, case]).generate_state(1)[0]))
    return partial(draw, noise="random")


def _test_batch(
    draw: Draw,
    edit: Edit,
    judges: list[Judge],
    cutoffs: dict[str, float],
    w: Tensor,
    cases: np.ndarray,
    embed: Embed | None,
    batch_size: int,
) -> FaceResults:
    unedited, features = _look(draw(w), judges, embed)
    groups = assign_groups(
        pd.DataFrame(unedited[judges[0].name], columns=list(judges[0].columns)), cutoffs
    )
    offsets = torch.as_tensor(TEST_OFFSETS, device=w.device).expand(len(w), -1, -1)
    latents = edit(w, torch.as_tensor(groups, device=w.device), offsets).flatten(0, 1)
    looks = [_look(draw(part), judges, embed) for part in latents.split(batch_size)]
    shape = (len(w), len(TEST_OFFSETS), -1)
    measured = {}
    for judge in judges:
        scores = np.concatenate([scores[judge.name] for scores, _ in looks]).reshape(shape)
        measured[judge.name] = Measurements(
            judge.columns, *responses(TEST_OFFSETS, scores), unedited[judge.name]
        )
    if embed is None:
        return FaceResults(cases, groups, measured)
    edited = np.concatenate([found for _, found in looks]).reshape(shape)
    return FaceResults(cases, groups, measured, _mean_cosine(features, edited))


def _look(
    images: Tensor, judges: list[Judge], embed: Embed | None
) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Measure images by every judge, and their features."""
    scores = {judge.name: judge.measure(images) for judge in judges}
    return scores, None if embed is None else embed(images)


def _mean_cosine(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the mean cosine [n] of features [n, D] with each of [n, K, D]."""
    products = np.einsum("nd,nkd->nk", before, after)
    lengths = np.linalg.norm(before, axis=1)[:, None] * np.linalg.norm(after, axis=2)
    return (products / np.maximum(lengths, 1e-12)).mean(1)


def responses(offsets: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return correlation and slope of every score with every offset, each [n, P, 3].

    The offsets form a full factorial, so simple slopes are the slopes of the joint regression.

    Args:
        offsets: [K, 3].
        scores: [n, K, P].
    """
    offsets = (offsets - offsets.mean(0)).astype(np.float64)
    scores = scores - scores.mean(1, keepdims=True, dtype=np.float64)
    products = np.einsum("nkp,kc->npc", scores, offsets)
    squares = (offsets**2).sum(0)
    lengths = np.sqrt((scores**2).sum(1)[..., None] * squares)
    correlations = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 1e-9)
    return correlations, products / squares
