import numpy as np
import pytest
import torch
from helpers.published import PASS_AT, PROPERTIES, STEERED
from helpers.toy_world import ToyGenerator, toy_faces, toy_judge, toy_samples

from vectorfind.directions.dual import DualFinder, dual_basis, ridge_gradients
from vectorfind.directions.edits import linear_edit
from vectorfind.directions.svm import SvmFinder
from vectorfind.evaluation.held_out import held_out_edits
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.evaluation.summary import summarise
from vectorfind.samples.moments import group_moments
from vectorfind.samples.samples import Samples
from vectorfind.vocabulary import Names


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_samples(generator)


def judged(world, finder):
    generator, (samples, cutoffs) = world
    directions = finder.fit(samples).directions_
    results = measure_faces(
        generator, linear_edit(directions, 1.0), [toy_judge()], cutoffs, toy_faces(20), None
    )
    return summarise(results, "", 1.0, "", PASS_AT)["judges"]["scorer"]


def test_the_dual_basis_moves_one_score_at_a_time():
    rng = np.random.default_rng(0)
    gradients, root = rng.normal(size=(5, 9)), rng.normal(size=(9, 9))
    basis = dual_basis(torch.as_tensor(gradients), torch.as_tensor(root @ root.T), 0.0).numpy()
    assert np.allclose(gradients @ basis.T, np.eye(5), atol=1e-9)


def test_ridge_finds_the_gradients(world):
    generator, (samples, _) = world
    gradients = ridge_gradients(group_moments(samples)[0], alpha=1e-4)
    for name in STEERED:
        gradient = gradients[PROPERTIES.index(name)]
        normal = generator.normals[PROPERTIES.index(name)].numpy()
        assert gradient @ normal / np.linalg.norm(gradient) > 0.99


def test_the_dual_basis_beats_the_svm_and_leaks_less(world):
    svm, dual = judged(world, SvmFinder()), judged(world, DualFinder())
    assert dual["pass_share"] == 1 and svm["pass_share"] < 0.5
    assert dual["leakage_rms"] < 0.5 * svm["leakage_rms"]
    for name in STEERED:
        assert dual["mean_r"][name] > svm["mean_r"][name]


def test_validation_chooses(world):
    samples, _ = world[1]
    shares = []

    def prefer_pooled(directions):
        share = (directions["eyes"] @ directions["eyes"].T).mean()
        shares.append(share)
        return share

    options = {"shrinkages": [0.0, 1.0, 0.5], "dampings": [0.05], "validate": prefer_pooled}
    finder = DualFinder(**options).fit(samples)
    assert finder.chosen_["shrinkage"] == 1.0 and len(shares) == 3
    assert np.allclose(finder.directions_["eyes"], finder.directions_["eyes"][0])


def test_held_out_edits_choose_the_parameters(world):
    generator, (samples, cutoffs) = world
    faces = toy_faces(4, seed=5)
    validate = held_out_edits(generator, toy_judge(), samples, cutoffs, faces, None, unit=1.0)
    chosen = DualFinder(dampings=[10.0, 0.01], validate=validate).fit(samples)
    assert chosen.chosen_["damping"] == 0.01


def test_directions_for_other_properties_and_groups(world):
    generator, (samples, _) = world
    names = Names(PROPERTIES, ("hair_color", "pose"), ())
    found = DualFinder().fit(
        Samples(samples.w, samples.scores, np.zeros(len(samples)), names=names)
    )
    assert list(found.directions_) == ["hair_color", "pose"]
    assert all(rows.shape == (1, 24) for rows in found.directions_.values())
    step = torch.as_tensor(found.directions_["hair_color"][0])
    response = (generator.normals @ step).numpy()
    assert found.gain_["hair_color"].shape == (1,) and (found.gain_["hair_color"] > 0).all()
    assert np.argmax(response) == PROPERTIES.index("hair_color")
    assert np.abs(np.delete(response, response.argmax())).max() < 0.2 * response.max()
