from copy import deepcopy

import numpy as np
import pytest
import torch
from helpers.published import PROPERTIES
from helpers.toy_world import (
    ToyGenerator,
    ToyScorer,
    ToySynthesis,
    toy_faces,
    toy_judge,
    toy_samples,
)

from vectorfind.directions import score_model
from vectorfind.directions.edits import TEST_OFFSETS, linear_edit
from vectorfind.directions.kept import KeptMeasures
from vectorfind.directions.score_model import (
    OTHER_PRICE,
    OWN_PRICE,
    load_score_model,
    new_score_model,
    train_score_model,
)
from vectorfind.directions.surrogate import SurrogateFinder, set_reach
from vectorfind.directions.surrogate_edit import surrogate_edit, wanted_change
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.samples.score_latents import score_latents
from vectorfind.vocabulary import Names

UNIT = 1.0


@pytest.fixture(scope="module", autouse=True)
def _short_fits():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(score_model, "STEPS", 600)
        yield


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator(curvature=0.4)
    return generator, toy_samples(generator)


@pytest.fixture(scope="module")
def finder(world):
    generator, (samples, _) = world
    chosen = SurrogateFinder(generator, ToyScorer(), unit=UNIT, rounds=2, tries=1000, seed=3)
    return chosen.fit(samples)


def edit_of(finder, **options):
    straight = linear_edit(finder.directions_, UNIT)
    return surrogate_edit(finder.score_model_, straight, **options)


def test_the_jacobian_is_that_of_automatic_differentiation(finder):
    model = finder.score_model_
    points = torch.randn(5, len(model.mean), generator=torch.Generator().manual_seed(1))
    found = torch.func.vmap(torch.func.jacrev(lambda point: model(point[None])[0]))(points)
    torch.testing.assert_close(model.jacobian(points), found, rtol=1e-4, atol=1e-6)


def test_whitening_undoes_the_factor(finder, world):
    _, (samples, _) = world
    model, w = finder.score_model_, torch.as_tensor(samples.w[:50])
    torch.testing.assert_close(model.whiten(w) @ model.factor.mT + model.mean, w)
    stored = load_score_model(model.state_dict())
    torch.testing.assert_close(stored.whiten(w), model.whiten(w))


def test_the_model_knows_the_scores_of_unseen_latents(world, finder):
    generator, (samples, _) = world
    population = samples.population
    fresh = generator.mapping(toy_faces(500, seed=5))
    wanted = score_latents(generator, ToyScorer(), fresh).numpy()
    wanted = (wanted - population.score_mean) / population.score_std
    found = finder.score_model_(finder.score_model_.whiten(fresh)).numpy()[:, :8]
    assert (((found - wanted) ** 2).mean(0) < 0.03 * wanted.var(0)).all()


def test_whitened_latents_have_unit_covariance(world, finder):
    whitened = finder.score_model_.whiten(torch.as_tensor(world[1][0].w)).numpy()
    assert np.allclose(np.cov(whitened.T), np.eye(whitened.shape[1]), atol=0.02)


def test_the_way_of_the_model_undoes_curvature(world, finder):
    generator, (_, cutoffs) = world

    def mean_r(edit):
        results = measure_faces(generator, edit, [toy_judge()], cutoffs, toy_faces(10), None)
        return results.own_correlations("scorer").mean(0)

    before = mean_r(linear_edit(finder.directions_, UNIT))
    after = mean_r(edit_of(finder, blend=1.0))
    half = mean_r(edit_of(finder))
    assert after[2] > half[2] > before[2] + 0.02
    assert (after > 0.96).all()


def test_no_offset_is_no_edit(world, finder):
    generator = world[0]
    w = generator.mapping(toy_faces(3))
    moved = edit_of(finder)(w, torch.tensor([0, 1, 2]), torch.zeros(3, 2, 3))
    assert torch.equal(moved, w[:, None].expand(-1, 2, -1))


def test_the_edited_score_changes_evenly_and_the_others_keep_theirs(world, finder):
    generator = world[0]
    w = generator.mapping(toy_faces(20))
    offsets = torch.tensor([[-0.6, 0, 0], [0.0, 0, 0], [0.6, 0, 0]]).expand(20, -1, -1)
    edited = edit_of(finder, blend=1.0)(w, torch.zeros(20, dtype=torch.long), offsets)
    scores = generator.scores(edited.flatten(0, 1)).view(20, 3, 8)
    steps = scores.diff(dim=1)
    assert (steps[..., 0] > 0.3).all()
    assert (steps[:, 0, 0] - steps[:, 1, 0]).abs().mean() < 0.1 * steps[..., 0].mean()
    assert steps[..., 1:].abs().mean() < 0.1 * steps[..., 0].mean()


def test_one_seed_gives_one_model(world):
    samples, _ = world[1]
    population = samples.population

    def weights(seed):
        model = new_score_model(population, samples.names, TEST_OFFSETS, np.empty(0), seed)
        targets = (samples.scores - population.score_mean) / population.score_std
        examples = (model.whiten(torch.as_tensor(samples.w)), torch.as_tensor(targets))
        train_score_model(model, [examples], seed, steps=50)
        return model.linear.weight

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_a_model_remembers_what_is_steered_and_tested(world):
    samples, _ = world[1]
    names = Names(PROPERTIES, ("pose", "hair_color"), ())
    offsets = np.array([[-2, 0.5], [1, 0.7], [0, 3]], np.float32)
    population = samples.population
    model = new_score_model(population, names, offsets, np.array([0.3, 5.0]), seed=1)
    pose, hair = PROPERTIES.index("pose"), PROPERTIES.index("hair_color")
    assert model.own.tolist() == [pose, hair]
    assert torch.allclose(model.ends, torch.tensor([[-2, 0.5], [1, 3]]))
    prices = [OWN_PRICE if row in (pose, hair) else OTHER_PRICE for row in range(8)]
    assert model.prices.tolist() == pytest.approx([*prices, 0.3, 5.0])
    again = load_score_model(model.state_dict())
    w = torch.as_tensor(samples.w[:5])
    assert torch.equal(again(again.whiten(w)), model(model.whiten(w))) and not again.training


class TintedSynthesis(ToySynthesis):
    """Shows a ninth quantity as a tint, which no score sees: red is more by what blue is less."""

    def forward(self, latents, **options):
        images = super().forward(latents, **options).clone()
        tint = 0.02 * (latents @ self.hidden)[:, None, None]
        images[:, 0], images[:, 2] = images[:, 0] + tint, images[:, 2] - tint
        return images


class TintReader:
    def logit(self, images):
        return (images[:, 0] - images[:, 2]).mean((1, 2)) * 25


def test_what_is_kept_stays():
    generator = ToyGenerator()
    generator.synthesis = TintedSynthesis(generator.normals, False, 0.0)
    towards_mouth = generator.normals[PROPERTIES.index("mouth")]
    rest = torch.as_tensor(np.random.default_rng(2).normal(size=24), dtype=torch.float32)
    generator.synthesis.hidden = 2 * towards_mouth + rest / rest.norm()
    samples, _ = toy_samples(generator)

    def leak(ensembles):
        kept = KeptMeasures(ensembles)
        finder = SurrogateFinder(
            generator, ToyScorer(), unit=UNIT, kept=kept, rounds=2, tries=800, seed=3
        ).fit(samples)
        offsets = torch.tensor([[0, -1.0, 0], [0, 1.0, 0]]).expand(20, -1, -1)
        faces = generator.mapping(toy_faces(20))
        moved = edit_of(finder, blend=1.0)(faces, torch.zeros(20, dtype=torch.long), offsets)
        return (moved @ generator.synthesis.hidden).diff(dim=1).abs().mean()

    assert leak([TintReader()]) < 0.5 * leak([])


def test_steps_are_even_and_end_where_the_reach_ends(finder):
    model = deepcopy(finder.score_model_)
    rng = torch.Generator().manual_seed(0)
    edited, unedited = (torch.randn(2000, 3, generator=rng) * scale for scale in (2, 1))
    goal = torch.tensor([0.8, 0.7, 0.6])
    set_reach(model, TEST_OFFSETS, edited=edited, unedited=unedited, goal=goal)
    offsets = torch.as_tensor(TEST_OFFSETS)
    change = wanted_change(model, unedited[:, None].expand(-1, 50, -1), offsets)
    centred = offsets - offsets.mean(0)
    response = ((change * centred).sum(1) / centred.square().sum(0)).mean(0)
    assert torch.allclose(response, goal, atol=0.03)
    ends = wanted_change(model, unedited, torch.tensor([1.2, 1.8, 0.6])) + unedited
    assert (ends <= 1.1 * model.reach[1].maximum(unedited) + 0.5).all()
    up, down = (wanted_change(model, unedited, torch.full((3,), step)) for step in (0.1, -0.1))
    assert (up > 0).all() and (down < 0).all()
    assert (up / -down < 2.01).all() and (-down / up < 2.01).all()
