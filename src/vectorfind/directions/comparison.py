"""Methods side by side: one table, and what only a comparison asks for."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vectorfind.directions.edits import Edit
from vectorfind.directions.judges import Judge
from vectorfind.directions.population import Population, distance_from_population
from vectorfind.directions.results import FaceResults
from vectorfind.directions.steerable import SteerableFace, Steered
from vectorfind.directions.summary import deciding_judges, passes_rule
from vectorfind.names import CONTROLLED, CONTROLLED_COLUMNS

FIGURES = ("pass_share", "leakage_rms", "leakage_correlations", "leakage_per_face")
FACES_AT_ONCE = 20
"""Faces that are steered to their requests together."""


def comparison_table(summaries: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return one row per method and judge from the methods' summaries of the image test.

    Columns: method, judge, faces, unit, r of eyes, mouth and pose with their 95 % intervals, mean
    and least r, pass share with its interval, leakage figures, gains, identity, and the root mean
    square of each bystander's responses.
    """
    rows = []
    for method, summary in summaries.items():
        bystanders = {
            f"{name}_rms": float(np.sqrt(np.mean(_matrix(figures["response"]) ** 2)))
            for name, figures in summary["bystanders"].items()
        }
        for judge, figures in summary["judges"].items():
            mean_r = figures["mean_r"]
            row = {"method": method, "judge": judge}
            row |= {"faces": summary["faces"], "unit": summary["unit"]}
            for name in CONTROLLED:
                low, high = figures["intervals_95"]["mean_r"][name]
                row |= {f"{name}_r": mean_r[name], f"{name}_r_low": low, f"{name}_r_high": high}
            row |= {"mean_r": np.mean(list(mean_r.values())), "least_r": min(mean_r.values())}
            row |= {name: figures[name] for name in FIGURES}
            low, high = figures["intervals_95"]["pass_share"]
            row |= {"pass_share_low": low, "pass_share_high": high}
            row |= {f"{name}_gain": figures["gain"][name] for name in CONTROLLED}
            rows.append(row | {"identity": summary["identity"]} | bystanders)
    return pd.DataFrame(rows)


def _matrix(response: dict[str, dict[str, float]]) -> np.ndarray:
    return np.array([list(row.values()) for row in response.values()])


def pass_again(
    first: FaceResults, again: FaceResults, pass_at: dict[str, float]
) -> dict[str, float | None]:
    """Return per judge the share of passing faces that pass a re-test of the same cases too.

    None where no face passed.
    """
    shares = {}
    for judge in deciding_judges(first):
        passed, repeated = (
            passes_rule(results.judges[judge].own_correlations(), pass_at)
            for results in (first, again)
        )
        shares[judge] = float(repeated[passed].mean()) if passed.any() else None
    return shares


@torch.inference_mode()
def reachable_offsets(
    edit: Edit,
    w: Tensor,
    groups: Tensor,
    population: Population,
    offsets: np.ndarray,
    share: float = 0.99,
) -> dict[str, float]:
    """Return per property the largest offset at which half of the faces are still like samples.

    A face is like the samples while its distance from the population is below that of `share` of
    the unedited faces w [N, D] (`distance_from_population`).

    Args:
        edit: from offsets to latents.
        w: unedited faces.
        groups: index into GROUPS [N].
        population: mean and covariance of w.
        offsets: magnitudes to try, rising.
        share: of the unedited faces that count as inside.
    """
    limit = np.quantile(distance_from_population(w.cpu().numpy(), population), share)
    reach = {}
    for column, name in enumerate(CONTROLLED):
        reach[name] = 0.0
        for offset in offsets:
            both = torch.zeros(len(w), 2, len(CONTROLLED), device=w.device)
            both[:, 0, column], both[:, 1, column] = offset, -offset
            moved = edit(w, groups, both).flatten(0, 1)
            inside = distance_from_population(moved.cpu().numpy(), population) <= limit
            if inside.mean() < 0.5:
                break
            reach[name] = float(offset)
    return reach


def closed_loop_table(
    face: SteerableFace, z: Tensor, label: Tensor | None, judges: list[Judge], seed: int = 0
) -> pd.DataFrame:
    """Steer each face to scores drawn within the population's 5..95 % and measure the result.

    Args:
        face: from a bundle.
        z: [N, z_dim].
        label: [N, 7] or None.
        judges: independent ones, in standardised scores.
        seed: of the requests.

    Returns:
        One row per face: requested, measured by every judge, reached, distance.
    """
    own = list(CONTROLLED_COLUMNS)
    population = face.population
    low, high = (population.score_range[:, own] - population.score_mean[own]) / (
        population.score_std[own]
    )
    requests = np.random.default_rng(seed).uniform(low, high, (len(z), len(own)))
    parts = []
    for start in range(0, len(z), FACES_AT_ONCE):
        rows = slice(start, start + FACES_AT_ONCE)
        wanted = dict(zip(CONTROLLED, requests[rows].T, strict=True))
        own_label = None if label is None else label[rows]
        parts.append(_steered_table(face.steer(z[rows], **wanted, label=own_label, judges=judges)))
    return pd.concat(parts, ignore_index=True)


def _steered_table(steered: Steered) -> pd.DataFrame:
    table = pd.DataFrame(steered.requested, columns=[f"{name}_requested" for name in CONTROLLED])
    for judge, scores in steered.measured.items():
        for name, values in zip(CONTROLLED, scores.T, strict=True):
            table[f"{name}_{judge}"] = values
    return table.assign(reached=steered.reached, distance=steered.distance)


def closed_loop_error(table: pd.DataFrame, judge: str) -> dict[str, float]:
    """Return the mean of |requested - measured| by property, and over all of them (`mean`)."""
    errors = {
        name: float((table[f"{name}_requested"] - table[f"{name}_{judge}"]).abs().mean())
        for name in CONTROLLED
    }
    return errors | {"mean": float(np.mean(list(errors.values())))}
