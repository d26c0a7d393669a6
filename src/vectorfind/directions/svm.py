"""The published finder: one linear SVM per property and group (system.md 1.14)."""

from dataclasses import dataclass

import numpy as np
from sklearn.svm import LinearSVC

from vectorfind.directions.groups import Scores, column
from vectorfind.directions.linear_svc import fit_linear_svc
from vectorfind.directions.samples import check_samples, slope_along, unit_vector
from vectorfind.errors import InputError
from vectorfind.names import CONTROLLED, GROUPS, PROPERTIES


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


class SvmFinder:
    """One SVM per property and group between the top and the bottom scores (system.md 1.14).

    As published: `sklearn.svm.LinearSVC()` with its defaults, on raw w.

    After `fit`: `directions_` maps eyes, mouth, pose to unit vectors float32 [16, D], `gain_` to
    the score change per unit step [16], `fits_` to the 16 `GroupFit`.
    """

    def __init__(
        self,
        class_share: float = 0.2,
        validation_share: float = 0.2,
        c: float = 1.0,
        seed: int = 0,
    ):
        self.options = {
            "class_share": class_share,
            "validation_share": validation_share,
            "c": c,
            "seed": seed,
        }

    def fit(self, w: np.ndarray, scores: Scores, groups: np.ndarray) -> "SvmFinder":
        """Fit 48 SVMs on w [N, D], scores of the 8 properties and group indices [N]."""
        self.fits_ = {
            name: fit_svms(w, scores, groups, name, **self.options) for name in CONTROLLED
        }
        self.directions_ = {
            name: np.stack([fit.direction for fit in fits]) for name, fits in self.fits_.items()
        }
        self.gain_ = {
            name: np.array([fit.gain for fit in fits]) for name, fits in self.fits_.items()
        }
        return self


def fit_svms(
    w: np.ndarray,
    scores: Scores,
    groups: np.ndarray,
    name: str,
    class_share: float = 0.2,
    validation_share: float = 0.2,
    c: float = 1.0,
    seed: int = 0,
) -> list[GroupFit]:
    """Fit one property's 16 SVMs, in the order of GROUPS; `w` may be memory-mapped.

    Args:
        w: float [N, D].
        scores: the eight properties' scores, [N, 8] or a table.
        groups: index into GROUPS [N].
        name: property.
        class_share: share of a group at the top, and at the bottom, that forms a class.
        validation_share: share of each class held out.
        c: regularisation parameter of the SVM.
        seed: of the split; group k of property p draws from (seed, p, k).

    Raises:
        InputError: a group has too few samples, or w, scores and groups do not fit together.
    """
    w, matrix, groups = check_samples(w, scores, groups)
    _check_group_sizes(groups, class_share, validation_share)
    score = column(matrix, name)
    fits = []
    for group in range(len(GROUPS)):
        rows = np.flatnonzero(groups == group)
        rng = np.random.default_rng([seed, PROPERTIES.index(name), group])
        fits.append(_fit_group(w, score, rows, class_share, validation_share, c, rng))
    return fits


def _fit_group(w, score, rows, class_share, validation_share, c, rng) -> GroupFit:
    learn, validate = split_classes(rows, score, class_share, validation_share, rng)
    model = fit_linear_svc(w[learn], _above(learn), c)
    direction = unit_vector(model.coef_[0])
    return GroupFit(
        model=model,
        direction=direction,
        train_accuracy=float(np.mean(model.predict(w[learn]) == _above(learn))),
        validation_accuracy=float(np.mean(model.predict(w[validate]) == _above(validate))),
        gain=slope_along(w[rows], score[rows], direction),
        samples=len(rows),
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


def _check_group_sizes(groups: np.ndarray, class_share: float, validation_share: float) -> None:
    counts = np.bincount(groups, minlength=len(GROUPS))
    for name, count in zip(GROUPS, counts, strict=True):
        size, held_out = _class_sizes(count, class_share, validation_share)
        if held_out < 1 or size - held_out < 2:
            needed = int(np.ceil(np.ceil(max(3, 0.5 / validation_share)) / class_share)) + 1
            raise InputError(
                f"group {name} has {count} samples, too few for an SVM with a validation set "
                f"(about {needed} are needed); raise `sampling.samples`."
            )
