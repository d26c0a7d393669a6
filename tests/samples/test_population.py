import numpy as np
import pytest

from vectorfind.samples.population import distance_from_population
from vectorfind.samples.samples import Samples


def test_population_and_distance_from_it():
    rng = np.random.default_rng(0)
    w = (rng.normal(size=(4000, 6)) * [1, 2, 3, 4, 5, 6] + 7).astype(np.float32)
    samples = Samples(w, rng.normal(size=(4000, 8)), np.zeros(4000))
    population = samples.population
    assert np.allclose(population.score_mean, samples.scores.mean(0), atol=1e-6)
    assert np.allclose(population.score_std, samples.scores.std(0, ddof=1), rtol=1e-5)
    assert np.allclose(population.score_range, np.percentile(samples.scores, [5, 95], axis=0))
    assert np.allclose(population.w_covariance, np.cov(w.T), rtol=1e-3, atol=0.05)
    distances = distance_from_population(w, population)
    assert np.sqrt(np.mean(distances**2)) == pytest.approx(1, abs=0.02)
    assert distance_from_population(w[:1] + 60, population)[0] > 5
