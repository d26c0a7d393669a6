import numpy as np
import pytest
import torch
from toy_world import ToyGenerator, ToyScorer, toy_faces, toy_judge, toy_samples

from vectorfind.directions import score_model
from vectorfind.directions.edits import linear_edit
from vectorfind.directions.image_test import measure_faces
from vectorfind.directions.latent_scores import score_latents
from vectorfind.directions.population import measure_population
from vectorfind.directions.score_model import new_score_model, train_score_model
from vectorfind.directions.storage import read_score_model, write_directions
from vectorfind.directions.surrogate import SurrogateFinder, surrogate_edit

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
    generator, (w, scores, groups, _) = world
    chosen = SurrogateFinder(generator, ToyScorer(), unit=UNIT, rounds=1, edits=1000, seed=3)
    return chosen.fit(w, scores, groups)


def edit_of(finder, **options):
    return surrogate_edit(finder.score_model_, finder.directions_, UNIT, **options)


def test_the_model_knows_the_scores_of_unseen_latents(world, finder):
    generator, (w, scores, _, _) = world
    population = measure_population(w, scores)
    fresh = generator.mapping(toy_faces(500, seed=5))
    wanted = score_latents(generator, ToyScorer(), fresh).numpy()
    wanted = (wanted - population.score_mean) / population.score_std
    found = finder.score_model_(finder.score_model_.whiten(fresh)).numpy()
    assert (((found - wanted) ** 2).mean(0) < 0.03 * wanted.var(0)).all()


def test_whitened_latents_have_unit_covariance(world, finder):
    whitened = finder.score_model_.whiten(torch.as_tensor(world[1][0])).numpy()
    assert np.allclose(np.cov(whitened.T), np.eye(whitened.shape[1]), atol=0.02)


def test_the_way_of_the_model_undoes_curvature(world, finder):
    generator, (_, _, _, cutoffs) = world

    def mean_r(edit):
        results = measure_faces(generator, edit, [toy_judge()], cutoffs, toy_faces(10), None)
        return results.judges["scorer"].own_correlations().mean(0)

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
    offsets = torch.tensor([[-1.2, 0, 0], [0.0, 0, 0], [1.2, 0, 0]]).expand(20, -1, -1)
    edited = edit_of(finder, blend=1.0)(w, torch.zeros(20, dtype=torch.long), offsets)
    scores = generator.scores(edited.flatten(0, 1)).view(20, 3, 8)
    steps = scores.diff(dim=1)
    assert (steps[..., 0] > 0.3).all()
    assert (steps[:, 0, 0] - steps[:, 1, 0]).abs().mean() < 0.1 * steps[..., 0].mean()
    assert steps[..., 1:].abs().mean() < 0.1 * steps[..., 0].mean()


def test_one_seed_gives_one_model(world):
    w, scores, _, _ = world[1]
    population = measure_population(w, scores)

    def weights(seed):
        model = new_score_model(population, seed)
        targets = (scores - population.score_mean) / population.score_std
        train_score_model(model, model.whiten(torch.as_tensor(w)), torch.as_tensor(targets), seed)
        return model.linear.weight

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_directions_and_model_share_a_file(tmp_path, world, finder):
    path = tmp_path / "directions.npz"
    write_directions(path, finder.directions_)
    assert read_score_model(path) is None
    write_directions(path, finder.directions_, finder.score_model_)
    w = world[0].mapping(toy_faces(4))
    kept, stored = finder.score_model_, read_score_model(path)
    assert torch.equal(stored(stored.whiten(w)), kept(kept.whiten(w)))
