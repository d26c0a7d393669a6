"""From offsets of the steered properties to edited latents, and how long an offset of 1 is."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import torch
from torch import Tensor

from vectorfind.samples.vectors import chunks
from vectorfind.vocabulary import PUBLISHED

Edit = Callable[[Tensor, Tensor, Tensor], Tensor]
"""An edit takes w [B, D], group indices [B] and offsets [B, K, S] (S steered properties) and
returns latents for the synthesis network, [B, K, D]."""

LARGEST_OFFSET = 1.8
"""Of the published image test."""
STANDARD_DEVIATIONS = 2.0
DRAWS = 200
"""Random choices of combinations, of which the most even is taken."""


def combine_offsets(offsets: Mapping[str, Sequence[float]], most: int = 200) -> np.ndarray:
    """Return the image test's offsets, float32 [K, S]: every combination, or `most` of them.

    Chosen are those in which the properties' offsets correlate least with each other.

    Args:
        offsets: per steered property those that are tested.
        most: largest K.
    """
    every = np.array(list(product(*offsets.values())), np.float32)
    if len(every) <= most:
        return every
    rng = np.random.default_rng(0)
    draws = [np.sort(rng.choice(len(every), most, replace=False)) for _ in range(DRAWS)]
    return every[min(draws, key=lambda rows: _largest_correlation(every[rows]))]


def _largest_correlation(offsets: np.ndarray) -> float:
    correlations = np.atleast_2d(np.corrcoef(offsets.T))
    return float(np.abs(correlations - np.eye(len(correlations))).max())


TEST_OFFSETS = combine_offsets(
    {name: PUBLISHED.properties[name].offsets for name in PUBLISHED.steered}
)
"""The published 2 x 5 x 5 offsets [50, 3] (system.md 1.15)."""


def linear_edit(vectors: Mapping[str, np.ndarray], unit: float) -> Edit:
    """Return the edit w + unit * sum of offset * direction of the face's group.

    Args:
        vectors: per steered property unit vectors [G, D].
        unit: length of an offset of 1 in w.
    """
    stacked = np.stack(list(vectors.values()), axis=1)
    scaled = torch.as_tensor(unit * stacked, dtype=torch.float32)

    def edit(w: Tensor, groups: Tensor, offsets: Tensor) -> Tensor:
        own = scaled.to(w.device)[groups.to(w.device)]
        return w[:, None] + torch.einsum("bkc,bcd->bkd", offsets.to(w), own)

    return edit


def resolve_unit(unit: float | str, vectors: Mapping[str, np.ndarray], w: np.ndarray) -> float:
    """Return the length in `w` of an offset of 1.

    `auto` makes the largest published offset, 1.8, equal two standard deviations of the sampled
    `w` along the directions (root mean square over properties and groups).

    Args:
        unit: a length, or `auto`.
        vectors: per property unit vectors [G, D].
        w: sampled latents [N, D].
    """
    if unit != "auto":
        return float(unit)
    stacked = np.concatenate(list(vectors.values()))
    return STANDARD_DEVIATIONS / LARGEST_OFFSET * spread_along(w, stacked)


def explain_unit(unit: float | str) -> str:
    """Say in one sentence why the unit is what it is."""
    if unit == "auto":
        return "auto: the largest offset, 1.8, is two standard deviations of w along a direction"
    if unit == 1.0:
        return "1.0: the published length of an offset of 1 in w"
    return f"set in the configuration: {unit}"


def spread_along(w: np.ndarray, vectors: np.ndarray) -> float:
    """Return the root mean square over vectors [K, D] of the standard deviation of w along them."""
    count, total, square = 0, np.zeros(len(vectors)), np.zeros(len(vectors))
    for rows in chunks(w):
        positions = rows.astype(np.float64) @ vectors.T
        count, total = count + len(rows), total + positions.sum(0)
        square = square + (positions**2).sum(0)
    variance = square / count - (total / count) ** 2
    return float(np.sqrt(variance.mean()))
