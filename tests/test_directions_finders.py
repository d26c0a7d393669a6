import json

import numpy as np
import pytest
import torch
from toy_world import ToyGenerator, ToyScorer, toy_faces, toy_samples

from vectorfind.directions.editing import make_edit
from vectorfind.directions.finders import (
    METHODS,
    describe_directions,
    make_finder,
    svm_directions,
)
from vectorfind.directions.population import measure_population
from vectorfind.errors import InputError
from vectorfind.names import CONTROLLED


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_samples(generator)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_describes_and_edits(world, method, monkeypatch):
    monkeypatch.setattr("vectorfind.directions.score_model.STEPS", 100)
    generator, (w, scores, groups, _) = world
    finder = make_finder(method, generator, ToyScorer()).fit(w, scores, groups)
    for name in CONTROLLED:
        assert finder.directions_[name].shape[0] == 16 and finder.directions_[name].shape[-1] == 24
        assert finder.directions_[name].dtype == np.float32
        assert finder.gain_[name].shape == (16,) and (finder.gain_[name] > 0).all()
    figures = describe_directions(finder.directions_, finder.gain_)
    assert json.loads(json.dumps(figures)) == figures
    assert figures["cosine_between_groups"]["eyes"] > 0.7
    population = measure_population(w, scores)
    score_model = getattr(finder, "score_model_", None)
    edit = make_edit(
        method, finder.directions_, 0.5, population, generator, ToyScorer(), score_model
    )
    latents = edit(generator.mapping(toy_faces(2)), torch.tensor([0, 3]), torch.ones(2, 5, 3))
    assert latents.shape in ((2, 5, 24), (2, 5, 4, 24))


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="'magic' is none of svm"):
        make_finder("magic")


def test_directions_are_the_normals_of_the_svms(world):
    w, scores, groups, _ = world[1]
    finder = make_finder("svm").fit(w, scores, groups)
    models = {name: [fit.model for fit in fits] for name, fits in finder.fits_.items()}
    for name, directions in svm_directions(models).items():
        assert np.allclose(directions, finder.directions_[name], atol=1e-6)
