"""The kernel distance between two sets of features."""

import numpy as np
import pytest

from benchmarks.finetune_share import kernel_distance


def test_kernel_distance_is_the_papers_sum():
    first, second = (
        np.random.default_rng(seed).normal(size=(n, 3)) for seed, n in ((0, 4), (1, 5))
    )

    def mean(left, right, same):
        pairs = [(i, j) for i in range(len(left)) for j in range(len(right)) if not same or i != j]
        return np.mean([(left[i] @ right[j] / 3 + 1) ** 3 for i, j in pairs])

    expected = (
        mean(first, first, True) + mean(second, second, True) - 2 * mean(first, second, False)
    )
    assert kernel_distance(first, second) == pytest.approx(expected)


def test_kernel_distance_tells_distributions_apart_and_has_no_bias():
    draw = np.random.default_rng(2)
    alike = [
        kernel_distance(draw.normal(size=(50, 8)), draw.normal(size=(60, 8))) for _ in range(40)
    ]
    apart = kernel_distance(draw.normal(size=(50, 8)), draw.normal(0.5, size=(60, 8)))
    assert abs(np.mean(alike)) < 4 * np.std(alike) / 40**0.5
    assert min(alike) < 0 < max(alike) < apart
