import numpy as np
import pytest
import torch
from toy_world import OWNER, ToyGenerator, ToyScorer, toy_faces, toy_judge, toy_samples

from vectorfind.directions.edits import linear_edit
from vectorfind.directions.image_test import measure_faces
from vectorfind.directions.jacobian import score_jacobian
from vectorfind.directions.layers import LayersFinder
from vectorfind.directions.linear import DualFinder
from vectorfind.directions.local import curved_moves, local_edit
from vectorfind.directions.population import measure_population
from vectorfind.names import CONTROLLED, PROPERTIES


def mean_r(generator, edit, cutoffs, count=10):
    results = measure_faces(generator, edit, [toy_judge()], cutoffs, toy_faces(count), None)
    return results.judges["scorer"].own_correlations().mean(0)


def test_the_jacobian_is_that_of_the_scores():
    generator = ToyGenerator(curvature=0.3)
    w = generator.mapping(toy_faces(3))
    scores, gradients = score_jacobian(generator, ToyScorer(), w)
    assert torch.allclose(scores, generator.scores(w), atol=1e-4)
    step = 0.01 * torch.randn(3, 24, generator=torch.Generator().manual_seed(0))
    change = generator.scores(w + step) - generator.scores(w - step)
    assert torch.allclose(change, 2 * torch.einsum("npd,nd->np", gradients, step), atol=1e-4)


def test_a_curved_path_undoes_curvature_that_straight_ones_suffer_from():
    generator = ToyGenerator(curvature=0.4)
    w, scores, groups, cutoffs = toy_samples(generator)
    directions = DualFinder().fit(w, scores, groups).directions_
    population = measure_population(w, scores)
    straight = linear_edit(directions, 1.0)
    curved = local_edit(generator, ToyScorer(), directions, 1.0, population, blend=1.0)
    before, after = (mean_r(generator, edit, cutoffs) for edit in (straight, curved))
    assert after[2] > before[2] + 0.03 and after[2] > 0.95
    assert (after > 0.95).all()


def test_no_offset_is_no_edit_and_small_ones_have_their_length():
    generator = ToyGenerator(curvature=0.2)
    w, scores, groups, _ = toy_samples(generator)
    directions = DualFinder().fit(w, scores, groups).directions_
    edit = local_edit(generator, ToyScorer(), directions, 0.5, measure_population(w, scores))
    start, own = torch.as_tensor(w[:4]), torch.as_tensor(groups[:4])
    offsets = torch.tensor([[0.0, 0, 0], [0.01, 0, 0]]).expand(4, -1, -1)
    moved = edit(start, own, offsets)
    assert torch.equal(moved[:, 0], start)
    assert torch.allclose((moved[:, 1] - start).norm(dim=1), torch.tensor(0.005), rtol=0.02)


def test_the_basis_of_the_same_faces_is_measured_once(monkeypatch):
    generator = ToyGenerator(curvature=0.2)
    w, scores, groups, _ = toy_samples(generator)
    directions = DualFinder().fit(w, scores, groups).directions_
    measured = []

    def counting(generator, scorer, latents):
        measured.append(len(latents))
        return score_jacobian(generator, scorer, latents)

    monkeypatch.setattr("vectorfind.directions.local.score_jacobian", counting)
    edit = local_edit(generator, ToyScorer(), directions, 1.0, measure_population(w, scores))
    faces, own = torch.as_tensor(w[:8]), torch.as_tensor(groups[:8])
    offsets = torch.tensor([[1.0, -1.0, 0.5]]).expand(4, 1, -1)
    first = edit(faces[:4], own[:4], offsets)
    assert torch.equal(edit(faces[:4], own[:4], offsets), first)
    assert len(measured) == 7
    assert not torch.allclose(edit(faces[4:], own[4:], offsets) - faces[4:, None], first)
    assert len(measured) == 14
    assert torch.equal(edit(faces[:4], own[:4], offsets), first)


def test_curved_moves_follow_a_turning_basis():
    basis = torch.eye(3)[None]
    bends = torch.zeros(1, 3, 3, 3)
    bends[0, 0, 0] = torch.tensor([0.0, 0.0, 0.2])
    moves = curved_moves(basis, bends, torch.tensor([[[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]))
    assert torch.allclose(moves[0, 0], torch.tensor([2.0, 0.0, 0.4]))
    assert torch.allclose(moves[0, 1], torch.tensor([0.0, 1.0, 0.0]))


def test_layers_that_own_a_property_are_found_and_the_others_left_alone():
    generator = ToyGenerator(layered=True)
    w, scores, groups, cutoffs = toy_samples(generator)
    finder = LayersFinder(generator, ToyScorer()).fit(w, scores, groups)
    for row, name in enumerate(CONTROLLED):
        assert finder.owned_[row].tolist() == [layer == OWNER[name] for layer in range(4)]
        assert finder.directions_[name].shape == (16, 4, 24)
        assert np.abs(finder.effects_[row, OWNER[name], PROPERTIES.index(name)]) > 0.3
    assert (mean_r(generator, linear_edit(finder.directions_, 1.0), cutoffs) > 0.95).all()


@pytest.mark.parametrize("name", CONTROLLED)
def test_gain_points_up(name):
    generator = ToyGenerator(layered=True)
    w, scores, groups, _ = toy_samples(generator)
    assert (LayersFinder(generator, ToyScorer()).fit(w, scores, groups).gain_[name] > 0).all()
