import numpy as np
import pandas as pd
import pytest

from vectorfind.errors import InputError
from vectorfind.faces.normalise import apply_normalisation, fit_normalisation


def test_normalised_scores_have_mean_0_and_sample_std_1():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"image_id": range(500), "eyes": rng.normal(7, 3, 500)})
    normalised = apply_normalisation(frame, fit_normalisation(frame))
    assert normalised["eyes"].mean() == pytest.approx(0, abs=1e-5)
    assert normalised["eyes"].std(ddof=1) == pytest.approx(1, abs=1e-5)
    assert normalised["image_id"].equals(frame["image_id"])


def test_normalisation_divides_by_n_minus_1_and_keeps_four_decimals():
    frame = pd.DataFrame({"pose": [0.0, 1.0, 2.0, 4.0]})
    normalisation = fit_normalisation(frame)
    assert normalisation["pose"]["mean"] == 1.75
    assert normalisation["pose"]["std"] == pytest.approx((8.75 / 3) ** 0.5)
    assert apply_normalisation(frame, normalisation)["pose"].tolist() == [
        -1.0247,
        -0.4392,
        0.1464,
        1.3175,
    ]


def test_other_images_are_measured_against_the_fitted_set():
    normalisation = fit_normalisation(pd.DataFrame({"mouth": [0.0, 0.2]}))
    other = apply_normalisation(pd.DataFrame({"mouth": [0.1]}), normalisation)
    assert other["mouth"].tolist() == [0.0]


@pytest.mark.parametrize("scores", [[1.0, 1.0, 1.0], [1.0]])
def test_property_that_does_not_vary_is_refused(scores):
    with pytest.raises(InputError, match="mouth does not vary"):
        fit_normalisation(pd.DataFrame({"mouth": scores}))
