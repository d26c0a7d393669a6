"""The published finder: one linear SVM per property and group (system.md 1.14)."""

import logging
from dataclasses import dataclass, replace

import numpy as np
from sklearn.svm import LinearSVC

from vectorfind.directions.linear_svc import fit_linear_svc
from vectorfind.errors import InputError
from vectorfind.samples.samples import Samples
from vectorfind.samples.vectors import slope_along, unit_vector

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GroupFit:
    """One property's SVM in one group.

    `direction` is the unit normal, float32 [D], pointing to higher score; `gain` the change of
    score per unit step along it over the group's samples.
    """

    model: LinearSVC
    direction: np.ndarray
    train_accuracy: float
    validation_accuracy: float
    gain: float
    samples: int
    pooled: bool = False
    """Whether it is that of all samples, for want of samples in the group."""


class SvmFinder:
    """One SVM per property and group between the top and the bottom scores (system.md 1.14).

    As published: `sklearn.svm.LinearSVC()` with its defaults, on raw w. A group with too few
    samples takes the SVM of all samples.

    Args:
        class_share: share of a group at the top, and at the bottom, that forms a class.
        validation_share: share of each class held out.
        c: regularisation parameter of the SVM.
        seed: of the split; group k of property p draws from (seed, p, k).

    After `fit`: `directions_` maps steered properties to unit vectors float32 [G, D], `gain_` to
    the score change per unit step [G], `fits_` to the `GroupFit` of every group.
    """

    def __init__(
        self,
        *,
        class_share: float = 0.2,
        validation_share: float = 0.2,
        c: float = 1.0,
        seed: int = 0,
    ):
        self.class_share, self.validation_share = class_share, validation_share
        self.c, self.seed = c, seed

    def fit(self, samples: Samples) -> "SvmFinder":
        """Fit an SVM per steered property and group; `samples.w` may be memory-mapped.

        Raises:
            InputError: all samples together are too few, or a score has no spread.
        """
        self._check_size(len(samples))
        samples.require_spread()
        self.fits_ = {name: self._fit_property(samples, name) for name in samples.names.steered}
        self.directions_ = {
            name: np.stack([fit.direction for fit in fits]) for name, fits in self.fits_.items()
        }
        self.gain_ = {
            name: np.array([fit.gain for fit in fits]) for name, fits in self.fits_.items()
        }
        return self

    def _fit_property(self, samples: Samples, name: str) -> list[GroupFit]:
        groups = samples.names.groups
        rows = [np.flatnonzero(samples.groups == group) for group in range(len(groups))]
        small = [group for group, own in enumerate(rows) if not self._suffice(len(own))]
        pooled = None
        if small:
            logger.warning(
                "%s: group %s has too few samples for an SVM with a validation set and takes that "
                "of all samples; raise `sampling.samples`, and `sampling.kept` where it is set",
                *(name, ", ".join(f"{groups[group]} ({len(rows[group])})" for group in small)),
            )
            pooled = self._fit_rows(samples, name, np.arange(len(samples)), len(groups))
        return [
            self._fit_rows(samples, name, own, group)
            if pooled is None or group not in small
            else replace(pooled, samples=len(own), pooled=True)
            for group, own in enumerate(rows)
        ]

    def _fit_rows(self, samples: Samples, name: str, rows: np.ndarray, number: int) -> GroupFit:
        score, w = samples.score(name), samples.w
        rng = np.random.default_rng([self.seed, samples.names.properties.index(name), number])
        learn, validate = split_classes(rows, score, self.class_share, self.validation_share, rng)
        model = fit_linear_svc(w[learn], _above(learn), self.c)
        direction = unit_vector(model.coef_[0])
        return GroupFit(
            model=model,
            direction=direction,
            train_accuracy=float(np.mean(model.predict(w[learn]) == _above(learn))),
            validation_accuracy=float(np.mean(model.predict(w[validate]) == _above(validate))),
            gain=slope_along(w[rows], score[rows], direction),
            samples=len(rows),
        )

    def _suffice(self, count: int) -> bool:
        size, held_out = _class_sizes(count, self.class_share, self.validation_share)
        return held_out >= 1 and size - held_out >= 2

    def _check_size(self, count: int) -> None:
        if self._suffice(count):
            return
        per_class = np.ceil(max(3, 0.5 / self.validation_share))
        needed = int(np.ceil(per_class / self.class_share)) + 1
        raise InputError(
            f"{count} samples are too few for an SVM with a validation set (about {needed} are "
            "needed in every group); raise `sampling.samples`, or `sampling.kept` if set."
        )


def split_classes(
    rows: np.ndarray,
    score: np.ndarray,
    class_share: float,
    validation_share: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of a group that train its SVM, and those that validate it.

    The first half of either is from the group's lowest scores, the second from its highest.
    """
    size, held_out = _class_sizes(len(rows), class_share, validation_share)
    order = rows[np.argsort(score[rows], kind="stable")]
    low, high = rng.permutation(order[:size]), rng.permutation(order[-size:])
    return (
        np.concatenate([low[held_out:], high[held_out:]]),
        np.concatenate([low[:held_out], high[:held_out]]),
    )


def _above(rows: np.ndarray) -> np.ndarray:
    return np.arange(len(rows)) >= len(rows) // 2


def _class_sizes(count: int, class_share: float, validation_share: float) -> tuple[int, int]:
    size = int(class_share * count)
    return size, round(validation_share * size)
