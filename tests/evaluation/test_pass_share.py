"""Comparing generators by the scores of fresh images."""

import numpy as np
import pandas as pd
import pytest
from helpers.published import ATTRIBUTES, PROPERTIES

from vectorfind.evaluation.pass_share import compare_generators


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.uniform(size=(200, 4)), columns=list(ATTRIBUTES))
    table[list(PROPERTIES)] = rng.normal(0, 2, size=(200, 8))
    return {"original": table, "finetune_v1": table.assign(gender=1.0)}


def test_share_and_spread_are_those_of_the_tables(scores):
    bounds = {"gender": {"min": 0.5}}
    comparison = compare_generators(scores, bounds, PROPERTIES).set_index("stage")
    share = (scores["original"].gender >= 0.5).mean()
    assert comparison.pass_share["original"] == share
    assert comparison.pass_share["finetune_v1"] == 1 and comparison.standard_error[1:].item() == 0
    assert comparison.spread_pose["original"] == scores["original"].pose.std()
    assert comparison.mean_gender["finetune_v1"] == 1


def test_only_what_is_asked_for_is_told(scores):
    comparison = compare_generators(scores, {"age": {"max": 0.5}, "glass": {}}, ("pose",))
    assert list(comparison) == [
        *("stage", "images", "pass_share", "standard_error"),
        *("mean_age", "mean_glass", "spread_pose"),
    ]
