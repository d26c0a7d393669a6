"""How well faces reach requested scores, and how far offsets lead."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vectorfind.evaluation.results import Measurements
from vectorfind.judges.judge import Judge, on_scale_of
from vectorfind.samples.population import distance_from_population
from vectorfind.steering.face import SteerableFace
from vectorfind.steering.steered import Steered

FACES_AT_ONCE = 20
"""Faces that are steered to their requests together."""


def closed_loop_table(
    face: SteerableFace,
    z: Tensor,
    label: Tensor | None,
    judges: Sequence[Judge],
    tested: Mapping[str, Measurements],
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Steer each face to scores drawn within the population's 5..95 % and measure the result.

    Args:
        face: from a bundle.
        z: [N, z_dim].
        label: [N, L] or None.
        judges: independent ones; those that do not measure every steered property are left out.
        tested: what they and the scorer measured in the image test of such faces, which brings
            them to the scorer's scale.
        seed: of the requests.

    Returns:
        One row per face: requested, measured by every judge, reached, distance.
    """
    steered, own = face.names.steered, face.names.own
    population, judges = face.population, _on_one_scale(face, judges, tested)
    low, high = (population.score_range[:, own] - population.score_mean[own]) / (
        population.score_std[own]
    )
    requests = np.random.default_rng(seed).uniform(low, high, (len(z), len(own)))
    parts = []
    for start in range(0, len(z), FACES_AT_ONCE):
        rows = slice(start, start + FACES_AT_ONCE)
        wanted = dict(zip(steered, requests[rows].T, strict=True))
        own_label = None if label is None else label[rows]
        found = face.steer(z[rows], label=own_label, judges=judges, **wanted)
        parts.append(_steered_table(found, steered))
    return pd.concat(parts, ignore_index=True)


def _steered_table(found: Steered, steered: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame(found.requested, columns=[f"{name}_requested" for name in steered])
    for judge, scores in found.measured.items():
        for name, values in zip(steered, scores.T, strict=True):
            table[f"{name}_{judge}"] = values
    return table.assign(reached=found.reached, distance=found.distance)


def _on_one_scale(
    face: SteerableFace, judges: Sequence[Judge], tested: Mapping[str, Measurements]
) -> list[Judge]:
    """Bring judges to the scorer's standardised scale, by the same unedited faces."""
    scorer, population = tested["scorer"], face.population
    wanted = (scorer.unedited - population.score_mean) / population.score_std
    found = []
    for judge in judges:
        if set(face.names.steered) <= set(judge.columns):
            columns = [scorer.columns.index(name) for name in judge.columns]
            found.append(on_scale_of(judge, tested[judge.name].unedited, wanted[:, columns]))
    return found


def closed_loop_errors(
    table: pd.DataFrame, steered: Sequence[str], judges: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return the mean of |requested - measured| by judge and property; over all of these `mean`.

    Judges that did not measure are left out.
    """
    errors = {
        judge: {
            name: float((table[f"{name}_requested"] - table[f"{name}_{judge}"]).abs().mean())
            for name in steered
        }
        for judge in judges
        if f"{steered[0]}_{judge}" in table
    }
    return {
        judge: by_name | {"mean": float(np.mean(list(by_name.values())))}
        for judge, by_name in errors.items()
    }


@torch.inference_mode()
def reachable_offsets(
    face: SteerableFace,
    z: Tensor,
    label: Tensor | None,
    offsets: np.ndarray,
    *,
    share: float = 0.99,
) -> dict[str, float]:
    """Return per property the largest offset at which half of the faces are still like samples.

    A face is like the samples while its distance from the population is below that of `share` of
    the unedited faces (`distance_from_population`).

    Args:
        face: from a bundle.
        z: [N, z_dim].
        label: [N, L] or None.
        offsets: magnitudes to try, rising.
        share: of the unedited faces that count as inside.
    """
    w, population, steered = face.map(z, label), face.population, face.names.steered
    groups = torch.as_tensor(face.groups(w))
    limit = np.quantile(distance_from_population(w.cpu().numpy(), population), share)
    reach = {}
    for column, name in enumerate(steered):
        reach[name] = 0.0
        for offset in offsets:
            both = torch.zeros(len(w), 2, len(steered), device=w.device)
            both[:, 0, column], both[:, 1, column] = offset, -offset
            moved = face.directions.edit(w, groups, both).flatten(0, 1)
            inside = distance_from_population(moved.cpu().numpy(), population) <= limit
            if inside.mean() < 0.5:
                break
            reach[name] = float(offset)
    return reach
