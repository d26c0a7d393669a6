"""The 48 SVMs (system.md 1.14): scikit-learn's LinearSVC, run to its optimum, against ours.

By default scikit-learn stops earlier: `default_per_s` is its rate then, `default_cosine` that of
its direction to the optimum's; `cosine` is ours. All fit the same rows, the top and the bottom
fifth of 6,000 samples per group. `--size` sets the dimensions of w: 64 for `demo`, 512 for `256`.
"""

import time

import numpy as np
from sklearn.svm import LinearSVC

from benchmarks._harness import arguments, measure, report
from vectorfind.directions.linear_svc import fit_linear_svc
from vectorfind.directions.svm import SvmFinder
from vectorfind.samples.samples import Samples
from vectorfind.vocabulary import PUBLISHED_NAMES

W_DIM = {"demo": 64, "256": 512}
SAMPLES_PER_GROUP = 6_000
CONVERGED = {"tol": 1e-7, "max_iter": 100_000}
NOISE = 0.5
"""Of the scores, in their standard deviations; the SVMs then reach about the published accuracy."""


def main() -> None:
    """Time one group and property the naive way, all 48 fits ours."""
    options = arguments("svm")
    w, scores, groups = samples(W_DIM[options.size])
    fits = len(PUBLISHED_NAMES.groups) * len(PUBLISHED_NAMES.steered)
    measurement = measure(
        lambda: naive_fit(w, scores, groups),
        lambda: SvmFinder().fit(Samples(w, scores, groups)),
        items=fits,
        naive_items=1,
        rounds=options.rounds,
        jobs=options.jobs,
    )
    fits_of_eyes = SvmFinder().fit(Samples(w, scores, groups)).fits_["eyes"]
    accuracy = np.mean([fit.validation_accuracy for fit in fits_of_eyes])
    rows, above = training_rows(scores, groups)
    optimum = LinearSVC(**CONVERGED).fit(w[rows].astype(np.float64), above)
    start = time.perf_counter()
    default = LinearSVC().fit(w[rows].astype(np.float64), above)
    default_s = time.perf_counter() - start
    report(
        "svm",
        options.size,
        options.device,
        measurement,
        unit="fits",
        seconds_for_48=fits / measurement.ours_per_s,
        validation_accuracy=float(accuracy),
        cosine=cosine(fit_linear_svc(w[rows], above), optimum),
        default_cosine=cosine(default, optimum),
        default_per_s=1 / default_s,
    )


def samples(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw w [N, size] with the decaying spectrum of a mapping network, scores and groups."""
    rng = np.random.default_rng(0)
    count = len(PUBLISHED_NAMES.groups) * SAMPLES_PER_GROUP
    mixing = rng.normal(size=(size, size)) * np.exp(-5 * np.arange(size) / size)
    w = (0.1 * rng.normal(size=(count, size)) @ mixing.T).astype(np.float32)
    scores = w @ rng.normal(size=(size, len(PUBLISHED_NAMES.properties)))
    scores = scores / scores.std(0) + NOISE * rng.normal(size=scores.shape)
    return w, scores.astype(np.float32), np.arange(count) % len(PUBLISHED_NAMES.groups)


def naive_fit(w: np.ndarray, scores: np.ndarray, groups: np.ndarray) -> LinearSVC:
    """Fit the first group's SVM of the eyes as the published code does, but to the optimum."""
    rows, above = training_rows(scores, groups)
    return LinearSVC(**CONVERGED).fit(w[rows].astype(np.float64), above)


def cosine(first: LinearSVC, second: LinearSVC) -> float:
    """Return the cosine of two SVMs' normals."""
    a, b = first.coef_[0], second.coef_[0]
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def training_rows(scores: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that train the first group's SVM of the eyes, and which are above."""
    rows = np.flatnonzero(groups == 0)
    order = rows[np.argsort(scores[rows, PUBLISHED_NAMES.properties.index("eyes")])]
    size = len(rows) // 5
    train = np.random.default_rng(0).permutation(2 * size)[: int(0.8 * 2 * size)]
    extremes = np.concatenate([order[:size], order[-size:]])
    return extremes[train], train >= size


if __name__ == "__main__":
    main()
