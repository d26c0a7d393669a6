import numpy as np
import pytest
from sklearn.svm import LinearSVC

from vectorfind.directions.linear_svc import fit_linear_svc


def samples(noise, rows=400, size=30, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, size)) @ rng.normal(size=(size, size)) + 3
    normal = rng.normal(size=size)
    score = x @ normal
    score = score / score.std() + noise * rng.normal(size=rows)
    return x.astype(np.float32), score > np.median(score)


@pytest.mark.parametrize("rows", [400, 25])
@pytest.mark.parametrize("noise", [0.05, 1.0])
def test_finds_the_optimum_of_liblinear(noise, rows):
    x, above = samples(noise, rows)
    mean, spread = x.mean(0), x.std(0)
    reference = LinearSVC(dual=False, tol=1e-9, max_iter=100_000).fit((x - mean) / spread, above)
    model = fit_linear_svc(x, above, tol=1e-6)
    wanted = reference.coef_[0] / spread
    found = model.coef_[0]
    assert wanted @ found / np.linalg.norm(wanted) / np.linalg.norm(found) > 0.9995
    margin = reference.decision_function((x - mean) / spread)
    assert np.allclose(model.decision_function(x), margin, atol=0.02 * np.abs(margin).max())
    assert np.mean(model.predict(x) == above) == np.mean(
        reference.predict((x - mean) / spread) == above
    )


def test_a_constant_column_gets_no_weight():
    x, above = samples(0.3)
    x[:, 4] = 7
    assert fit_linear_svc(x, above).coef_[0, 4] == 0
