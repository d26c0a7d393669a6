import numpy as np
import pytest
from helpers.toy_world import ToyGenerator, toy_samples

from vectorfind.samples.moments import group_moments
from vectorfind.samples.samples import Samples


@pytest.fixture(scope="module")
def samples():
    return toy_samples(ToyGenerator())[0]


def test_moments_match_numpy_and_do_not_depend_on_blocks(samples, monkeypatch):
    w, scores, groups = samples.w, samples.scores, samples.groups
    monkeypatch.setattr("vectorfind.samples.moments.CHUNK", 700)
    pooled, per_group = group_moments(samples)
    assert np.allclose(pooled.covariance, np.cov(w.T, bias=True), atol=1e-4)
    own = groups == 3
    standard = (scores - scores.mean(0)) / scores.std(0)
    assert np.allclose(
        per_group[3].cross,
        (w[own] - w[own].mean(0)).T @ (standard[own] - standard[own].mean(0)) / own.sum(),
        atol=1e-4,
    )
    assert sum(moments.count for moments in per_group) == len(w) == pooled.count


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_group_of_less_than_two_samples_gets_the_moments_of_all(samples, left):
    groups = samples.groups.copy()
    groups[np.flatnonzero(groups == 4)[left:]] = 5
    pooled, per_group = group_moments(Samples(samples.w, samples.scores, groups))
    assert (per_group[4] is pooled) == (left < 2)
    assert per_group[4].count == (left if left == 2 else len(samples))
    assert per_group[5].count == np.sum(groups == 5)
