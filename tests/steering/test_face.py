import numpy as np
import pytest
import torch
from helpers.published import PROPERTIES, STEERED
from helpers.toy_world import (
    ToyGenerator,
    ToyScorer,
    toy_directions,
    toy_face,
    toy_faces,
    toy_judge,
    toy_samples,
)

from vectorfind.directions.dual import DualFinder
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.samples.samples import Samples
from vectorfind.steering.face import SteerableFace
from vectorfind.vocabulary import Names


@pytest.fixture(scope="module")
def face():
    return toy_face(ToyGenerator(curvature=0.2), SvmFinder())


def drawn(face, z):
    return torch.as_tensor(face.generate(z))


def scores_of(face, images, steered=STEERED):
    scores = toy_judge().measure(torch.as_tensor(images))
    columns = [PROPERTIES.index(name) for name in steered]
    population = face.population
    return (scores[:, columns] - population.score_mean[columns]) / population.score_std[columns]


def test_generate_moves_the_property_it_names(face):
    z = toy_faces(4)
    plain = face.generate(z)
    assert plain.shape == (4, 16, 16, 3) and plain.dtype == np.uint8
    for column, name in enumerate(STEERED):
        moved = face.generate(z, **{name: 1.0})
        gain = (scores_of(face, moved) - scores_of(face, plain))[:, column]
        assert (gain > 0.4).all()


def test_no_faces_are_no_images(face):
    assert face.generate(toy_faces(0), eyes=1.0).shape == (0, 16, 16, 3)


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
    face = toy_face(ToyGenerator(label_dim=7), SvmFinder())
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


def test_what_is_not_steered_is_refused(face):
    z, says = toy_faces(1), "'hair_color' is not steered; this face follows eyes, mouth, pose"
    with pytest.raises(InputError, match=says):
        face.generate(z, hair_color=1.0)
    with pytest.raises(InputError, match=says):
        face.steer(z, eyes=1.0, hair_color=None)
    with pytest.raises(InputError, match=says):
        face.sweep(z, {"hair_color": (0.0, 1.0)})
    with pytest.raises(InputError, match=says):
        face.steer_path(z, [{"eyes": 0.0}, {"hair_color": 1.0}])
    with pytest.raises(TypeError):
        face.generate(z, 1.0)


def test_a_face_steers_what_its_directions_name():
    generator = ToyGenerator()
    samples, _ = toy_samples(generator)
    names = Names(PROPERTIES, ("hair_length", "eyes"), ("pose",))
    groups = (samples.score("pose") < 0).astype(int)
    own = Samples(samples.w, samples.scores, groups, names=names)
    directions = toy_directions(DualFinder(), own, {"pose": 0.0}, "dual")
    face = SteerableFace(generator, ToyScorer(), directions)
    z = toy_faces(5)
    assert face.names == names
    w = face.map(z)
    assert np.array_equal(face.groups(w) == 0, face.judge.measure(drawn(face, z))[:, 4] >= 0)
    result = face.steer(z, hair_length=1.0, eyes=-1.0)
    assert result.reached.all() and result.offsets.shape == (5, 2)
    found = scores_of(face, result.images, names.steered)
    assert np.allclose(found, [1.0, -1.0], atol=0.06)
    with pytest.raises(InputError, match="'pose' is not steered; this face follows hair_length"):
        face.generate(z, pose=1.0)


def test_directions_of_another_w_are_refused(face):
    other = ToyGenerator()
    other.w_dim = 12
    with pytest.raises(InputError, match="directions of eyes have 24 dimensions, the w of this"):
        SteerableFace(other, ToyScorer(), face.directions)


def test_faces_are_drawn_by_their_numbers(face):
    z, label = face.draw(3, 0, 6)
    assert z.shape == (6, 24) and label is None
    chosen, _ = face.draw_cases(3, [5, 0])
    assert torch.equal(chosen, z[[5, 0]])
    assert face.draw_cases(3, [])[0].shape == (0, 24)
