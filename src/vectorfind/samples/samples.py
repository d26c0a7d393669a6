"""Samples of w with their scores, as finders take them."""

from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from vectorfind.errors import InputError
from vectorfind.samples.population import Population, measure_population, population_of
from vectorfind.samples.sums import counts_of
from vectorfind.samples.vectors import chunks
from vectorfind.vocabulary import PUBLISHED_NAMES, Names

FIFTH = 0.2
"""Share of a group that the published finder compares with as much at the other end."""


class Samples:
    """N sampled latents, their scores and groups.

    Attributes:
        w: [N, D], may be memory-mapped.
        scores: float32 [N, P], columns as `names.properties`.
        groups: int64 [N], index into `names.groups`.
        names: of properties and groups.
        sums: over all samples that were drawn (`samples.sums`), where only some rows are here.
    """

    def __init__(
        self,
        w: np.ndarray,
        scores: np.ndarray | pd.DataFrame,
        groups: np.ndarray,
        *,
        names: Names = PUBLISHED_NAMES,
        sums: np.ndarray | None = None,
    ):
        """Check that the arrays fit together.

        Raises:
            InputError: lengths differ, a value is not finite, or there is no such group.
        """
        if isinstance(scores, pd.DataFrame):
            scores = scores[list(names.properties)].to_numpy()
        self.w, self.names, self.sums = w, names, sums
        self.scores, self.groups = np.asarray(scores, np.float32), np.asarray(groups, np.int64)
        self._check()

    def _check(self) -> None:
        w, scores, groups = self.w, self.scores, self.groups
        if w.ndim != 2 or not len(w) == len(scores) == len(groups):
            raise InputError(
                f"samples: w {w.shape}, scores {scores.shape} and groups {groups.shape} differ in "
                "length; sample and score again."
            )
        if scores.shape[1:] != (len(self.names.properties),):
            raise InputError(
                f"samples: scores of shape {scores.shape} for {len(self.names.properties)} "
                f"properties ({', '.join(self.names.properties)}); score the samples again."
            )
        if len(groups) and not 0 <= groups.min() <= groups.max() < len(self.names.groups):
            raise InputError(f"samples: groups are not all in 0..{len(self.names.groups) - 1}.")
        if not np.isfinite(scores).all():
            raise InputError("samples: some scores are NaN or infinite; score the samples again.")
        if not all(np.isfinite(chunk).all() for chunk in chunks(w)):
            raise InputError("samples: some w are NaN or infinite; the generator is damaged.")
        side = w.shape[1] + scores.shape[1] + 1
        fitting = (len(self.names.groups), side, side)
        if self.sums is not None and self.sums.shape != fitting:
            raise InputError(
                f"samples: sums of shape {self.sums.shape} where {fitting} fits; sample again."
            )

    def __len__(self) -> int:
        return len(self.w)

    @property
    def drawn(self) -> int:
        """How many samples were drawn: more than the rows here, where only some were kept."""
        return len(self) if self.sums is None else int(counts_of(self.sums).sum())

    def score(self, name: str) -> np.ndarray:
        """Return the scores of one property, a view [N]."""
        return self.scores[:, self.names.properties.index(name)]

    def counts(self) -> np.ndarray:
        """Return the number of samples in each group."""
        return np.bincount(self.groups, minlength=len(self.names.groups))

    def require_spread(self) -> None:
        """Refuse scores in which no direction can be found.

        Raises:
            InputError: a property is constant, or a steered one has the same score from the lowest
                fifth of a group to its highest.
        """
        for name in self.names.properties:
            if len(self) and not np.ptp(self.score(name)):
                raise InputError(
                    f"samples: all have the same score of {name}; mend what measures it, or take "
                    f"`vocabulary.properties.{name}` out."
                )
        for name, group in product(self.names.steered, range(len(self.names.groups))):
            own = self.score(name)[self.groups == group]
            if len(own) > 1 and np.ptp(np.quantile(own, (FIFTH, 1 - FIFTH))) == 0:
                raise InputError(
                    f"samples: in group {self.names.groups[group]} the score of {name} is the same "
                    "from the lowest fifth to the highest; measure it in finer steps, or set "
                    f"`vocabulary.properties.{name}.steered: false`."
                )

    @cached_property
    def population(self) -> Population:
        """Scale of the scores and shape of w, of all that were drawn; w is read once, in blocks."""
        if self.sums is not None:
            return population_of(self.sums, self.scores)
        return measure_population(self.w, self.scores)
