"""What a judge from outside says of a comparison's faces; without torch.

It may measure some of the steered properties only, and fail at some images. An image counts when
each property that it measures has a number there; a face is measured when it counts unedited, and
at least LEAST of its edits do. Others neither pass nor fail: only the shares know of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vectorfind.evaluation.comparison import judge_cells
from vectorfind.evaluation.responses import responses
from vectorfind.evaluation.results import Measurements
from vectorfind.evaluation.summary import (
    PassRule,
    by_name,
    interval,
    off_diagonal_rms,
    passes_rule,
    response_matrix,
)

LEAST = 0.8
"""Share of a face's edits that must count."""
SHARES = ("faces_measured", "images_measured")


@dataclass(frozen=True)
class OutsideResults:
    """What it measured: `measurements` of the faces that are measured, for all S offsets.

    `faces` is the number of all, `images` the share of all images that count.
    """

    measurements: Measurements
    faces: int
    images: float


def measure_answers(answers: pd.DataFrame, offsets: np.ndarray) -> OutsideResults:
    """Return how what was measured follows the offsets.

    Args:
        answers: a row per image, each face before its edits; a column per property, NaN where an
            image could not be measured.
        offsets: edits of each face [K, S].
    """
    values = answers.to_numpy(float).reshape(-1, 1 + len(offsets), answers.shape[1])
    counts = np.isfinite(values).all(2)
    measured = counts[:, 0] & (counts[:, 1:].mean(1) >= LEAST)
    followed = [
        responses(offsets[counted[1:]], face[None, 1:][:, counted[1:]])
        for face, counted in zip(values[measured], counts[measured], strict=True)
    ]
    shape = (0, answers.shape[1], offsets.shape[1])
    correlations, slopes = (
        np.concatenate([np.empty(shape), *parts])
        for parts in (zip(*followed, strict=True) if followed else ((), ()))
    )
    return OutsideResults(
        Measurements(tuple(answers.columns), correlations, slopes, values[measured, 0]),
        len(values),
        float(counts.mean()),
    )


def summarise_outside(
    results: OutsideResults,
    judge: str,
    method: str,
    unit: float,
    unit_why: str,
    pass_at: PassRule,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the summary of one method (results/compare/METHOD/outside.json).

    As the image test's, over the measured faces; None for a figure where there are none.

    Args:
        results: of all faces.
        judge: what the judge is called.
        method: that found the directions.
        unit: of the offsets.
        unit_why: why it is that.
        pass_at: the rule of every steered property, in the order of the offsets.
        seed: of the intervals.
    """
    measurements, faces = results.measurements, len(results.measurements.correlations)
    rule = {name: pass_at[name] for name in measurements.columns}
    summary = {
        "judge": judge,
        "faces": results.faces,
        "faces_measured": faces / results.faces,
        "images_measured": results.images,
        "method": method,
        "unit": unit,
        "unit_why": unit_why,
        "pass_rule": {**rule, "signed": True},
    }
    return summary | _figures(measurements, list(pass_at), rule, seed)


def _figures(
    measurements: Measurements, steered: Sequence[str], rule: PassRule, seed: int
) -> dict[str, Any]:
    columns = measurements.columns
    if not len(measurements.correlations):
        nothing = dict.fromkeys(columns)
        return {"mean_r": nothing, "pass_share": None, "leakage_rms": None, "gain": nothing}
    rows, own = range(len(columns)), [steered.index(name) for name in columns]
    correlations = measurements.correlations[:, rows, own]
    passed, response = passes_rule(correlations, rule), response_matrix(measurements)
    # Own offsets first, as `off_diagonal_rms` has them.
    order = [*own, *(column for column in range(len(steered)) if column not in own)]
    return {
        "mean_r": by_name(columns, correlations.mean(0)),
        "pass_share": float(passed.mean()),
        "leakage_rms": float(off_diagonal_rms(response[:, order], rows)),
        "gain": by_name(columns, response[rows, own]),
        "response": {
            name: by_name(steered, row) for name, row in zip(columns, response, strict=True)
        },
        "intervals_95": {
            "mean_r": by_name(columns, interval(correlations, np.asarray, seed)),
            "pass_share": interval(passed[:, None].astype(float), np.asarray, seed)[0],
        },
    }


def outside_table(summaries: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return one row per method (results/compare/outside.csv), in the comparison's columns."""
    rows = []
    for method, summary in summaries.items():
        row = {"method": method, "judge": summary["judge"]}
        row |= {name: summary[name] for name in ("faces", *SHARES, "unit")}
        rows.append(row | (judge_cells(summary) if summary["faces_measured"] else {}))
    return pd.DataFrame(rows)
