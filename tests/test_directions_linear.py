import numpy as np
import pytest
import torch
from toy_world import ToyGenerator, toy_faces, toy_judge, toy_samples

from vectorfind.directions.basis import dual_basis
from vectorfind.directions.edits import linear_edit
from vectorfind.directions.image_test import measure_faces
from vectorfind.directions.linear import DualFinder, ridge_gradients
from vectorfind.directions.moments import group_moments
from vectorfind.directions.summary import PUBLISHED_PASS, summarise
from vectorfind.directions.svm import SvmFinder
from vectorfind.directions.validation import held_out_edits
from vectorfind.errors import InputError
from vectorfind.names import CONTROLLED, GROUPS, PROPERTIES


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_samples(generator)


def judged(world, finder):
    generator, (w, scores, groups, cutoffs) = world
    directions = finder.fit(w, scores, groups).directions_
    results = measure_faces(
        generator, linear_edit(directions, 1.0), [toy_judge()], cutoffs, toy_faces(20), None
    )
    return summarise(results, "", 1.0, "", PUBLISHED_PASS)["judges"]["scorer"]


def test_the_dual_basis_moves_one_score_at_a_time():
    rng = np.random.default_rng(0)
    gradients, root = rng.normal(size=(5, 9)), rng.normal(size=(9, 9))
    basis = dual_basis(torch.as_tensor(gradients), torch.as_tensor(root @ root.T), 0.0).numpy()
    assert np.allclose(gradients @ basis.T, np.eye(5), atol=1e-9)


def test_ridge_finds_the_gradients(world):
    generator, (w, scores, groups, _) = world
    gradients = ridge_gradients(group_moments(w, scores, groups)[0], alpha=1e-4)
    for name in CONTROLLED:
        gradient = gradients[PROPERTIES.index(name)]
        normal = generator.normals[PROPERTIES.index(name)].numpy()
        assert gradient @ normal / np.linalg.norm(gradient) > 0.99


def test_the_dual_basis_beats_the_svm_and_leaks_less(world):
    svm, dual = judged(world, SvmFinder()), judged(world, DualFinder())
    assert dual["pass_share"] == 1 and svm["pass_share"] < 0.5
    assert dual["leakage_rms"] < 0.5 * svm["leakage_rms"]
    for name in CONTROLLED:
        assert dual["mean_r"][name] > svm["mean_r"][name]


def test_validation_chooses(world):
    _, (w, scores, groups, _) = world
    shares = []

    def prefer_pooled(directions):
        share = (directions["eyes"] @ directions["eyes"].T).mean()
        shares.append(share)
        return share

    options = {"shrinkages": [0.0, 1.0, 0.5], "dampings": [0.05], "validate": prefer_pooled}
    finder = DualFinder(**options).fit(w, scores, groups)
    assert finder.chosen_["shrinkage"] == 1.0 and len(shares) == 3
    assert np.allclose(finder.directions_["eyes"], finder.directions_["eyes"][0])


def test_moments_match_numpy_and_do_not_depend_on_blocks(world, monkeypatch):
    _, (w, scores, groups, _) = world
    monkeypatch.setattr("vectorfind.directions.moments.CHUNK", 700)
    pooled, per_group = group_moments(w, scores, groups)
    assert np.allclose(pooled.covariance, np.cov(w.T, bias=True), atol=1e-4)
    own = groups == 3
    standard = (scores - scores.mean(0)) / scores.std(0)
    assert np.allclose(
        per_group[3].cross,
        (w[own] - w[own].mean(0)).T @ (standard[own] - standard[own].mean(0)) / own.sum(),
        atol=1e-4,
    )
    assert sum(moments.count for moments in per_group) == len(w)


def test_an_empty_group_is_named(world):
    _, (w, scores, groups, _) = world
    with pytest.raises(InputError, match=rf"group {GROUPS[4]} has 0 samples"):
        group_moments(w, scores, np.where(groups == 4, 5, groups))


def test_held_out_edits_choose_the_parameters(world):
    generator, (w, scores, groups, cutoffs) = world
    faces = toy_faces(4, seed=5)
    validate = held_out_edits(generator, toy_judge(), cutoffs, faces, None, 1.0, w)
    chosen = DualFinder(dampings=[10.0, 0.01], validate=validate).fit(w, scores, groups)
    assert chosen.chosen_["damping"] == 0.01
