"""What the image test says: tables, means, intervals, leakage."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from vectorfind.evaluation.results import FaceResults, Measurements

PassRule = Mapping[str, float]
"""Per steered property the least correlation of a face that passes (system.md 1.15)."""

RESAMPLES = 1000


def passes_rule(correlations: np.ndarray, pass_at: PassRule) -> np.ndarray:
    """Return which faces pass, bool [n], from the correlations of steered properties [n, S].

    `pass_at` is in their order.

    Signed: directions point to higher score, so a negative correlation is a failure. (The
    published rule takes magnitudes, because its vectors have arbitrary signs.)
    """
    return np.all(correlations >= list(pass_at.values()), axis=1)


def cases_table(results: FaceResults, pass_at: PassRule, judge: str = "scorer") -> pd.DataFrame:
    """Return one row per face: case, group, a correlation per steered property, passed."""
    correlations, names = results.own_correlations(judge), results.names
    groups = [names.groups[group] for group in results.groups]
    table = pd.DataFrame({"case": results.cases, "group": groups})
    for name, values in zip(names.steered, correlations.T, strict=True):
        table[f"{name}_corr"] = values.round(4)
    table["passed"] = passes_rule(correlations, pass_at).astype(int)
    return table


def best_first(cases: pd.DataFrame) -> pd.DataFrame:
    """Sort a `cases_table`: passed faces first, then by `least`, the lowest of its correlations."""
    correlations = [column for column in cases if column.endswith("_corr")]
    cases = cases.assign(least=cases[correlations].min(axis=1))
    return cases.sort_values(["passed", "least"], ascending=False)


def judgements_table(results: FaceResults, pass_at: PassRule) -> pd.DataFrame:
    """Return the cases of every judge below each other, with a column `judge`."""
    tables = []
    for judge in deciding_judges(results):
        table = cases_table(results, pass_at, judge)
        table.insert(2, "judge", judge)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def summarise(
    results: FaceResults,
    method: str,
    unit: float,
    unit_why: str,
    pass_at: PassRule,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the summary of an image test (results/image_test/summary.json).

    Every figure is a mean over faces, with a 95 % bootstrap interval over faces beside it.
    """
    identity, deciding = results.identity, deciding_judges(results)
    others = [name for name in results.judges if name not in deciding]
    return {
        "faces": len(results.cases),
        "method": method,
        "unit": unit,
        "unit_why": unit_why,
        "pass_rule": {**pass_at, "signed": True},
        "judges": {name: _judge_summary(results, name, pass_at, seed) for name in deciding},
        "bystanders": {name: {"response": _response(results, name)} for name in others},
        "identity": None if identity is None else float(identity.mean()),
    }


def deciding_judges(results: FaceResults) -> list[str]:
    """Return the judges that measure every steered property."""
    return [
        name
        for name, measured in results.judges.items()
        if set(results.names.steered) <= set(measured.columns)
    ]


def response_matrix(measured: Measurements) -> np.ndarray:
    """Return the slope of each standardised score per unit of each offset, [P, S].

    The mean over faces, divided by the score's standard deviation over the unedited faces.
    """
    return measured.slopes.mean(0) / _spread(measured)[:, None]


def _spread(measured: Measurements) -> np.ndarray:
    spread = measured.unedited.std(0, ddof=1) if len(measured.unedited) > 1 else np.zeros(1)
    return np.where(spread > 0, spread, 1.0)


def _judge_summary(
    results: FaceResults, judge: str, pass_at: PassRule, seed: int
) -> dict[str, Any]:
    measured, own = results.judges[judge], results.own_columns(judge)
    correlations, steered = results.own_correlations(judge), results.names.steered
    passed, response = passes_rule(correlations, pass_at), response_matrix(measured)
    slopes = measured.slopes / _spread(measured)[:, None]
    others = off_diagonal_rms(measured.correlations[:, own], range(len(own)))
    return {
        "mean_r": by_name(steered, correlations.mean(0)),
        "pass_share": float(passed.mean()),
        "leakage_rms": float(off_diagonal_rms(response, own)),
        "gain": by_name(steered, response[own, range(len(own))]),
        "leakage_correlations": float(np.sqrt(np.mean(others**2))),
        "leakage_per_face": float(np.sqrt(np.mean(off_diagonal_rms(slopes, own) ** 2))),
        "response": _response(results, judge),
        "intervals_95": {
            "mean_r": by_name(steered, interval(correlations, np.asarray, seed)),
            "pass_share": interval(passed[:, None].astype(float), np.asarray, seed)[0],
            "leakage_rms": interval(slopes, partial(off_diagonal_rms, own=own), seed),
        },
    }


def off_diagonal_rms(matrix: np.ndarray, own: list[int] | range) -> np.ndarray:
    """Return the root mean square of [..., P, S] without each offset's own score, [...].

    `own` says which of the P rows belongs to which offset.
    """
    squares = np.square(matrix)
    total = squares.sum((-2, -1)) - squares[..., list(own), range(len(own))].sum(-1)
    return np.sqrt(total / max(matrix.shape[-2] * matrix.shape[-1] - len(own), 1))


def interval(
    values: np.ndarray, figure: Callable[[np.ndarray], np.ndarray], seed: int
) -> list[Any]:
    """Return a bootstrap 95 % interval per element of figure(mean of values [n, ...])."""
    rng = np.random.default_rng([seed, len(values)])
    draws = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), RESAMPLES)
    means = np.tensordot(draws / len(values), values, axes=1)
    return np.percentile(figure(means), [2.5, 97.5], axis=0).T.tolist()


def by_name(steered: Sequence[str], values: Any) -> dict[str, Any]:
    """Return values, one per name, as a dict of plain values."""
    values = values.tolist() if isinstance(values, np.ndarray) else values
    return dict(zip(steered, values, strict=True))


def _response(results: FaceResults, judge: str) -> dict[str, dict[str, float]]:
    """Return a judge's `response_matrix` by score and steered property."""
    measured, steered = results.judges[judge], results.names.steered
    rows = zip(measured.columns, response_matrix(measured), strict=True)
    return {name: by_name(steered, row) for name, row in rows}
