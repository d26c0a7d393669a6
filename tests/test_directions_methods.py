import json

import numpy as np
import pytest
import torch
from toy_world import ToyGenerator, ToyScorer, toy_faces, toy_samples

from vectorfind.directions import score_model
from vectorfind.directions.methods import (
    Means,
    describe_directions,
    edit_along,
    method_named,
)
from vectorfind.errors import InputError
from vectorfind.names import BENT, CONTROLLED, METHODS


@pytest.mark.parametrize("name", METHODS)
def test_every_method_finds_describes_and_edits(name, monkeypatch):
    monkeypatch.setattr(score_model, "STEPS", 60)
    generator = ToyGenerator()
    w, scores, groups, _ = toy_samples(generator)
    means = Means(generator=generator, scorer=ToyScorer(), tries=200, unit=0.5)
    finder = method_named(name).finder(means).fit(w, scores, groups)
    for prop in CONTROLLED:
        assert finder.directions_[prop].shape == (16, 24)
        assert finder.directions_[prop].dtype == np.float32
        assert finder.gain_[prop].shape == (16,) and (finder.gain_[prop] > 0).all()
    figures = describe_directions(finder.directions_, finder.gain_)
    assert json.loads(json.dumps(figures)) == figures
    assert figures["cosine_between_groups"]["eyes"] > 0.7
    model = getattr(finder, "score_model_", None)
    assert (model is not None) == (name in BENT)
    edit = edit_along(finder.directions_, 0.5, model)
    latents = edit(generator.mapping(toy_faces(2)), torch.tensor([0, 3]), torch.ones(2, 5, 3))
    assert latents.shape == (2, 5, 24)


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="'magic' is none of svm"):
        method_named("magic")
