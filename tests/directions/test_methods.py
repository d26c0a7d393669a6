import numpy as np
import pytest
import torch
from helpers.published import PROPERTIES, STEERED
from helpers.toy_world import ToyGenerator, ToyScorer, toy_directions, toy_faces, toy_samples

from vectorfind.directions import score_model
from vectorfind.directions.directions import describe_directions
from vectorfind.directions.edits import combine_offsets
from vectorfind.directions.methods import METHODS, Means, method_named
from vectorfind.errors import InputError
from vectorfind.samples.samples import Samples
from vectorfind.vocabulary import Names


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, *toy_samples(generator)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_finds_describes_and_edits(name, world, monkeypatch):
    monkeypatch.setattr(score_model, "STEPS", 60)
    generator, samples, cutoffs = world
    means = Means(generator=generator, scorer=ToyScorer(), tries=200, unit=0.5)
    finder = method_named(name).finder(means)
    found = toy_directions(finder, samples, cutoffs, name, unit=0.5)
    for prop in STEERED:
        assert finder.directions_[prop].shape == (16, 24)
        assert finder.directions_[prop].dtype == np.float32
        assert finder.gain_[prop].shape == (16,) and (finder.gain_[prop] > 0).all()
    figures = describe_directions(found, finder.gain_)
    assert figures["cosine_between_groups"]["eyes"] > 0.7
    assert (found.score_model is not None) == METHODS[name].bends
    latents = found.edit(generator.mapping(toy_faces(2)), torch.tensor([0, 3]), torch.ones(2, 5, 3))
    assert latents.shape == (2, 5, 24)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("steered", [("hair_length",), ("pose", "eyes", "mouth", "hair_color")])
def test_every_method_takes_other_names(name, steered, world, monkeypatch):
    monkeypatch.setattr(score_model, "STEPS", 60)
    generator, samples, _ = world
    names = Names(PROPERTIES, steered, ())
    own = Samples(samples.w, samples.scores, np.zeros(len(samples)), names=names)
    offsets = combine_offsets(dict.fromkeys(steered, (-1.0, 0.0, 1.0)), most=20)
    means = Means(generator=generator, scorer=ToyScorer(), tries=200, offsets=offsets, unit=0.5)
    found = toy_directions(method_named(name).finder(means), own, {}, name, unit=0.5)
    assert found.names == names
    w, count = generator.mapping(toy_faces(6)), len(steered)
    table = torch.zeros(6, 2, count)
    table[:, 0, 0], table[:, 1, 0] = -1, 1
    edited = found.edit(w, torch.zeros(6, dtype=torch.long), table)
    change = generator.scores(edited.flatten(0, 1)).view(6, 2, 8).diff(dim=1)[:, 0]
    assert (change[:, PROPERTIES.index(steered[0])] > 0.2).all()


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="'magic' is none of svm"):
        method_named("magic")


def test_only_methods_that_draw_need_the_networks(world):
    _, samples, _ = world
    assert not METHODS["svm"].draws and METHODS["dual"].draws and METHODS["surrogate"].draws
    assert [name for name, method in METHODS.items() if method.keeps] == ["surrogate"]
    options = {"c": 0.5, "class_share": 0.3}
    finder = method_named("svm").finder(Means(svm=options)).fit(samples)
    assert finder.c == 0.5 and finder.class_share == 0.3
