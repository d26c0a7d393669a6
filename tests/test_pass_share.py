"""Comparing generators by the scores of fresh images."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from vectorfind.names import ATTRIBUTES, PROPERTIES
from vectorfind.pass_share import compare_generators, draw_comparison


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.uniform(size=(200, 4)), columns=list(ATTRIBUTES))
    table[list(PROPERTIES)] = rng.normal(0, 2, size=(200, 8))
    return {"original": table, "finetune_v1": table.assign(gender=1.0)}


def test_share_and_spread_are_those_of_the_tables(scores):
    comparison = compare_generators(scores, {"gender": {"min": 0.5}}).set_index("stage")
    share = (scores["original"].gender >= 0.5).mean()
    assert comparison.pass_share["original"] == share
    assert comparison.pass_share["finetune_v1"] == 1 and comparison.standard_error[1:].item() == 0
    assert comparison.spread_pose["original"] == scores["original"].pose.std()


def test_the_picture_is_drawn(scores, tmp_path):
    draw_comparison(tmp_path / "share.png", compare_generators(scores, {}))
    with Image.open(tmp_path / "share.png") as image:
        assert image.size == (1800, 510)
