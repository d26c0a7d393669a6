"""Methods side by side: one table, and what only a comparison asks for."""

from typing import Any

import numpy as np
import pandas as pd

from vectorfind.evaluation.results import FaceResults
from vectorfind.evaluation.summary import PassRule, deciding_judges, passes_rule

FIGURES = ("pass_share", "leakage_rms", "leakage_correlations", "leakage_per_face")


def comparison_table(summaries: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return one row per method and judge from the methods' summaries of the image test.

    Columns: method, judge, faces, unit, r of steered properties with their 95 % intervals, mean and
    least r, pass share with its interval, leakage figures, gains, identity, and the root mean
    square of each bystander's responses.
    """
    rows = []
    for method, summary in summaries.items():
        bystanders = {
            f"{name}_rms": float(np.sqrt(np.mean(_matrix(figures["response"]) ** 2)))
            for name, figures in summary["bystanders"].items()
        }
        for judge, figures in summary["judges"].items():
            row = {"method": method, "judge": judge}
            row |= {"faces": summary["faces"], "unit": summary["unit"]}
            row |= judge_cells(figures)
            rows.append(row | {"identity": summary["identity"]} | bystanders)
    return pd.DataFrame(rows)


def judge_cells(figures: dict[str, Any]) -> dict[str, Any]:
    """Return a row's cells that one judge fills, from its part of a summary."""
    mean_r, intervals = figures["mean_r"], figures["intervals_95"]
    cells: dict[str, Any] = {}
    for name in mean_r:
        low, high = intervals["mean_r"][name]
        cells |= {f"{name}_r": mean_r[name], f"{name}_r_low": low, f"{name}_r_high": high}
    cells |= {"mean_r": np.mean(list(mean_r.values())), "least_r": min(mean_r.values())}
    cells |= {name: figures[name] for name in FIGURES if name in figures}
    low, high = intervals["pass_share"]
    cells |= {"pass_share_low": low, "pass_share_high": high}
    return cells | {f"{name}_gain": gain for name, gain in figures["gain"].items()}


def _matrix(response: dict[str, dict[str, float]]) -> np.ndarray:
    return np.array([list(row.values()) for row in response.values()])


def pass_again(
    first: FaceResults, again: FaceResults, pass_at: PassRule
) -> dict[str, float | None]:
    """Return per judge the share of passing faces that pass a re-test of the same cases too.

    None where no face passed.
    """
    shares = {}
    for judge in deciding_judges(first):
        passed, repeated = (
            passes_rule(results.own_correlations(judge), pass_at) for results in (first, again)
        )
        shares[judge] = float(repeated[passed].mean()) if passed.any() else None
    return shares
