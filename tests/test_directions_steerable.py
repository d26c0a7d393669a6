import numpy as np
import pytest
import torch
from toy_world import ToyGenerator, ToyScorer, toy_faces, toy_judge, toy_samples

from vectorfind.directions.closed_loop import solve_offsets
from vectorfind.directions.population import (
    distance_from_population,
    measure_population,
    read_population,
    write_population,
)
from vectorfind.directions.steerable import SteerableFace
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.names import CONTROLLED, PROPERTIES


@pytest.fixture(scope="module")
def face():
    generator = ToyGenerator(curvature=0.2)
    w, scores, groups, cutoffs = toy_samples(generator)
    finder = SvmFinder().fit(w, scores, groups)
    population = measure_population(w, scores)
    return SteerableFace(generator, ToyScorer(), finder.directions_, 1.0, cutoffs, population)


def scores_of(face, images):
    scores = toy_judge().measure(torch.as_tensor(images))
    columns = [PROPERTIES.index(name) for name in CONTROLLED]
    population = face.population
    return (scores[:, columns] - population.score_mean[columns]) / population.score_std[columns]


def test_generate_moves_the_property_it_names(face):
    z = toy_faces(4)
    plain = face.generate(z)
    assert plain.shape == (4, 16, 16, 3) and plain.dtype == np.uint8
    for column, name in enumerate(CONTROLLED):
        moved = face.generate(z, **{name: 1.0})
        gain = (scores_of(face, moved) - scores_of(face, plain))[:, column]
        assert (gain > 0.4).all()


def test_generate_takes_one_offset_per_face(face):
    z = toy_faces(3)
    offsets = np.array([-1.0, 0.0, 1.0])
    together = face.generate(z, mouth=offsets)
    alone = [face.generate(row, mouth=offset)[0] for row, offset in zip(z, offsets, strict=True)]
    assert np.array_equal(together, alone)
    assert np.array_equal(together[1], face.generate(z)[1])


def test_a_sweep_shows_every_offset_of_every_property(face):
    z = toy_faces(2)
    sweeps = face.sweep(z, {"eyes": (-1.0, 0.0, 1.0), "pose": (0.0, 2.0)})
    assert sweeps["eyes"].shape == (2, 3, 16, 16, 3) and sweeps["pose"].shape == (2, 2, 16, 16, 3)
    assert np.array_equal(sweeps["eyes"][:, 2], face.generate(z, eyes=1.0))
    assert np.array_equal(sweeps["pose"][:, 0], face.generate(z))


def test_a_conditional_face_takes_labels_and_zeros_by_default():
    generator = ToyGenerator(label_dim=7)
    w, scores, groups, cutoffs = toy_samples(generator)
    directions = SvmFinder().fit(w, scores, groups).directions_
    population = measure_population(w, scores)
    face = SteerableFace(generator, ToyScorer(), directions, 1.0, cutoffs, population)
    z = toy_faces(2)
    assert np.array_equal(face.generate(z), face.generate(z, label=np.zeros((2, 7))))
    with pytest.raises(InputError, match="label has shape"):
        face.generate(z, label=np.zeros((2, 3)))


def test_z_of_the_wrong_length_is_refused(face):
    with pytest.raises(InputError, match=r"z has shape \(1, 5\)"):
        face.generate(np.zeros(5))


def test_steer_reaches_requested_scores(face):
    result = face.steer(toy_faces(6), eyes=1.5, mouth=-0.5, pose=0.0, judges=[toy_judge("second")])
    assert result.reached.all() and np.abs(result.error).max() <= 0.05
    assert np.allclose(scores_of(face, result.images), [1.5, -0.5, 0.0], atol=0.06)
    assert set(result.measured) == {"scorer", "second"}
    assert result.w.shape == (6, 24) and result.distance.shape == (6,)


def test_steer_leaves_alone_what_is_not_requested(face):
    z = toy_faces(4)
    before, after = scores_of(face, face.generate(z)), face.steer(z, mouth=1.0)
    assert np.abs(after.measured["scorer"][:, [0, 2]] - before[:, [0, 2]]).max() < 0.06


def test_what_cannot_be_reached_is_said_and_the_nearest_is_returned(face):
    z = toy_faces(3)
    result = face.steer(z, eyes=40.0)
    assert not result.reached.any()
    assert (result.measured["scorer"][:, 0] > 2).all()
    assert np.abs(result.offsets).max() <= 8.0 + 1e-6


def test_a_path_passes_through_its_requests(face):
    requests = [{"eyes": 0.0}, {"eyes": 1.5, "pose": 1.0}, {"eyes": -1.0}]
    images, offsets = face.steer_path(toy_faces(1), requests, frames=6)
    assert images.shape == (13, 16, 16, 3) and offsets.shape == (13, 3)
    eyes = scores_of(face, images)[:, 0]
    assert np.allclose(eyes[[0, 6, 12]], [0, 1.5, -1.0], atol=0.08)
    assert np.abs(np.diff(eyes)).max() < 1.2


def test_the_solver_backs_off_from_overshoot():
    def measure(offsets):
        return np.tanh(1.5 * offsets) + 0.1 * offsets[:, [1, 2, 0]]

    targets = np.array([[0.9, -0.8, 0.2], [0.0, 0.0, 0.0]])
    offsets, scores = solve_offsets(measure, targets, np.full((2, 3), 1.5))
    assert np.abs(scores - targets).max() < 0.05
    assert np.array_equal(scores, measure(offsets))


def test_population_round_trip_and_distance(tmp_path):
    rng = np.random.default_rng(0)
    w = (rng.normal(size=(4000, 6)) * [1, 2, 3, 4, 5, 6] + 7).astype(np.float32)
    population = measure_population(w, rng.normal(size=(4000, 8)))
    assert np.allclose(population.w_covariance, np.cov(w.T), rtol=1e-3, atol=0.05)
    write_population(tmp_path / "population.npz", population)
    read = read_population(tmp_path / "population.npz")
    assert all(
        np.array_equal(a, b)
        for a, b in zip(vars(read).values(), vars(population).values(), strict=True)
    )
    distances = distance_from_population(w, population)
    assert np.sqrt(np.mean(distances**2)) == pytest.approx(1, abs=0.02)
    assert distance_from_population(w[:1] + 60, population)[0] > 5
    (tmp_path / "population.npz").write_bytes(b"")
    with pytest.raises(InputError, match=r"population\.npz"):
        read_population(tmp_path / "population.npz")
