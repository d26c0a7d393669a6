"""The field's figures of edits, from what `measure_strengths` saw.

Success, preservation and identity over edit strength follow AdaTrans (Huang et al. 2023), attribute
dependency StyleSpace (Wu et al. 2021), KID Binkowski et al. (2018), control linearity and its
harmonic mean with identity PixelSmile (2026). Scores are in standard deviations over the unedited
faces, attributes as logits.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics.pairwise import polynomial_kernel

from vectorfind.evaluation.strength import StrengthResults

FIFTH = 0.2
"""A face has a property when its score is in the top fifth of the unedited ones."""
KEPT = 0.5
"""A score is kept when it moves by less than so many standard deviations."""
TARGET_CHANGES = (0.5, 1.0, 1.5, 2.0)
"""Changes of the target, in standard deviations, at which attribute dependency is read off."""
LEAST_PROBABILITY = 1e-4
"""Logits of probabilities nearer to 0 or 1 are those of this one."""


def field_tables(
    results: Mapping[str, StrengthResults], judges: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Return `strength`, `dependency` and `linearity` of all methods by all judges that can.

    A judge that does not measure every steered property is left out; without any the scorer judges.
    """
    tables: dict[str, list[pd.DataFrame]] = {"strength": [], "dependency": [], "linearity": []}
    for method, seen in results.items():
        able = [judge for judge in judges if set(seen.steered) <= set(seen.columns[judge])]
        for judge in able or ["scorer"]:
            strength = strength_table(seen, judge)
            found = (strength, dependency_table(strength), linearity_table(seen, judge))
            for name, table in zip(tables, found, strict=True):
                tables[name].append(table.assign(method=method, judge=judge))
    return {name: pd.concat(parts) for name, parts in tables.items()}


def strength_table(results: StrengthResults, judge: str) -> pd.DataFrame:
    """Return what single edits do, a row per property and strength (both signs together).

    Columns: property, strength; change: of the target, towards the sign of the offset; success:
    share of the faces outside the wanted fifth of the population that the edit brings into it;
    preservation: share of the other scores that are kept, attributes that stay on their side of
    one half; dependency: mean absolute change of the other scores; identity: mean cosine of
    features; kid: of edited and unedited faces, by the same features.
    """
    own = results.own_columns(judge)
    changes = _changes(results, judge)
    others, kept = _others(results, judge, changes, own)
    figures = {
        "change": _own(changes, own).mean(0) * np.sign(results.offsets),
        "success": _success(results, judge, own),
        "preservation": kept,
        "dependency": others,
        "identity": _cosines(results).mean(0),
        "kid": _kids(results),
    }
    return _by_strength(results, figures)


def _by_strength(results: StrengthResults, figures: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return figures [C, S] of signed offsets as means of both signs."""
    rows = []
    for column, name in enumerate(results.steered):
        for strength in np.unique(np.abs(results.offsets)):
            both = np.abs(results.offsets) == strength
            row = {key: float(values[column, both].mean()) for key, values in figures.items()}
            rows.append({"property": name, "strength": float(strength), **row})
    return pd.DataFrame(rows)


def dependency_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return attribute dependency at TARGET_CHANGES by property, from a `strength_table`.

    NaN where no strength changes the target so much.
    """
    rows = []
    for name, curve in table.groupby("property", sort=False):
        change = np.maximum.accumulate(np.append(0, curve.change))
        found = np.interp(TARGET_CHANGES, change, np.append(0, curve.dependency), right=np.nan)
        rows += [
            {"property": name, "target_change": target, "dependency": value}
            for target, value in zip(TARGET_CHANGES, found, strict=True)
        ]
    return pd.DataFrame(rows)


def linearity_table(results: StrengthResults, judge: str) -> pd.DataFrame:
    """Return control linearity by property: columns property, linearity, identity, harmonic_mean.

    `linearity` is the mean over faces of the squared correlation of all signed strengths, the
    unedited face among them, with the target's score; `identity` the mean over all strengths.
    """
    own = results.own_columns(judge)
    changes = _own(_changes(results, judge), own)
    offsets = np.append(results.offsets, 0)
    centred = offsets - offsets.mean()
    series = np.concatenate([changes, np.zeros((*changes.shape[:2], 1))], axis=2)
    series = series - series.mean(2, keepdims=True)
    product = (series * centred).sum(2)
    lengths = np.sqrt((series**2).sum(2) * (centred**2).sum())
    squared = np.where(product > 0, (product / np.maximum(lengths, 1e-9)) ** 2, 0)
    linearity, identity = squared.mean(0), _cosines(results).mean((0, 2))
    return pd.DataFrame(
        {
            "property": results.steered,
            "linearity": linearity,
            "identity": identity,
            "harmonic_mean": 2 * linearity * identity / (linearity + identity),
        }
    )


def kernel_distance(before: np.ndarray, after: np.ndarray) -> float:
    """Return the KID of features [n, D] of the same n faces before and after an edit.

    The unbiased squared MMD with the kernel (x.y / D + 1)^3. Features are first brought to length
    sqrt(D), so that x.y / D is their cosine: networks differ in the length of their features. A
    face and its own edit are left out of the mixed term too, since they are not independent.
    """
    pairs = len(before) * (len(before) - 1)
    before, after = (
        features * np.sqrt(features.shape[1]) / np.linalg.norm(features, axis=1, keepdims=True)
        for features in (before.astype(np.float64), after.astype(np.float64))
    )

    def mean_of_pairs(a: np.ndarray, b: np.ndarray) -> float:
        kernel = polynomial_kernel(a, b)
        return float(kernel.sum() - np.trace(kernel)) / pairs

    mixed = mean_of_pairs(before, after)
    return mean_of_pairs(before, before) + mean_of_pairs(after, after) - 2 * mixed


def _own(changes: np.ndarray, own: list[int]) -> np.ndarray:
    """Pick each property's own score out of changes [n, C, S, P], [n, C, S]."""
    return np.stack([changes[:, row, :, column] for row, column in enumerate(own)], axis=1)


def _changes(results: StrengthResults, judge: str) -> np.ndarray:
    """Return the changes of a judge's scores, [n, C, S, P], in standard deviations."""
    before, after = results.unedited[judge], results.edited[judge]
    if judge == "attributes":
        before, after = _logit(before), _logit(after)
    spread = before.std(0, ddof=1, dtype=np.float64)
    return (after - before[:, None, None]) / np.where(spread > 0, spread, 1)


def _logit(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.log(clipped / (1 - clipped))


def _others(
    results: StrengthResults, judge: str, changes: np.ndarray, own: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean absolute change of all but the target and the share that is kept, [C, S]."""
    moved, kept = np.abs(changes), np.abs(changes) < KEPT
    if "attributes" in results.columns:
        before, after = results.unedited["attributes"], results.edited["attributes"]
        same = (after >= 0.5) == (before >= 0.5)[:, None, None]
        moved = np.concatenate([moved, np.abs(_changes(results, "attributes"))], axis=3)
        kept = np.concatenate([kept, same], axis=3)
    rows = [
        [np.delete(values[:, row], column, axis=2).mean((0, 2)) for row, column in enumerate(own)]
        for values in (moved, kept)
    ]
    return np.stack(rows[0]), np.stack(rows[1])


def _success(results: StrengthResults, judge: str, own: list[int]) -> np.ndarray:
    before, after = results.unedited[judge], results.edited[judge]
    shares = np.zeros((len(own), len(results.offsets)))
    for row, column in enumerate(own):
        for place, offset in enumerate(results.offsets):
            sign = np.sign(offset)
            wanted = np.quantile(sign * before[:, column], 1 - FIFTH)
            outside = sign * before[:, column] < wanted
            shares[row, place] = (sign * after[outside, row, place, column] >= wanted).mean()
    return shares


def _cosines(results: StrengthResults) -> np.ndarray:
    """Return the cosine of each face's features with those after each edit, [n, C, S].

    NaN without features.
    """
    before, after = results.features, results.edited_features
    if not before.shape[1]:
        return np.full(after.shape[:3], np.nan)
    products = np.einsum("nd,ncsd->ncs", before, after)
    lengths = np.linalg.norm(before, axis=1)[:, None, None] * np.linalg.norm(after, axis=3)
    return products / np.maximum(lengths, 1e-12)


def _kids(results: StrengthResults) -> np.ndarray:
    edited = results.edited_features
    if not edited.shape[3]:
        return np.full(edited.shape[1:3], np.nan)
    return np.array(
        [
            [kernel_distance(results.features, edited[:, row, place]) for place in range(n)]
            for row, n in [(row, edited.shape[2]) for row in range(edited.shape[1])]
        ]
    )
