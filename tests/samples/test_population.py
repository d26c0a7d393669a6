import numpy as np
import pytest

from vectorfind.errors import InputError
from vectorfind.samples.population import (
    distance_from_population,
    measure_population,
    read_population,
    write_population,
)
from vectorfind.samples.samples import Samples


def test_population_round_trip_and_distance(tmp_path):
    rng = np.random.default_rng(0)
    w = (rng.normal(size=(4000, 6)) * [1, 2, 3, 4, 5, 6] + 7).astype(np.float32)
    samples = Samples(w, rng.normal(size=(4000, 8)), np.zeros(4000))
    population = measure_population(samples)
    assert np.allclose(population.score_mean, samples.scores.mean(0), atol=1e-6)
    assert np.allclose(population.score_std, samples.scores.std(0, ddof=1), rtol=1e-5)
    assert np.allclose(population.score_range, np.percentile(samples.scores, [5, 95], axis=0))
    assert np.allclose(population.w_covariance, np.cov(w.T), rtol=1e-3, atol=0.05)
    write_population(tmp_path / "population.npz", population)
    read = read_population(tmp_path / "population.npz")
    assert all(
        np.array_equal(a, b)
        for a, b in zip(vars(read).values(), vars(population).values(), strict=True)
    )
    distances = distance_from_population(w, population)
    assert np.sqrt(np.mean(distances**2)) == pytest.approx(1, abs=0.02)
    assert distance_from_population(w[:1] + 60, population)[0] > 5
    (tmp_path / "population.npz").write_bytes(b"")
    with pytest.raises(InputError, match=r"population\.npz"):
        read_population(tmp_path / "population.npz")
