import cv2
import numpy as np
import pytest

from vectorfind.demo.world.parameters import INDEX, PARAMETERS, true_attributes
from vectorfind.demo.world.population import parameters_of
from vectorfind.demo.world.renderer import render
from vectorfind.faces.properties import measure_properties

PLAIN = {"quality": 0.8, "age": 0.1, "glasses": 0.1, "mouth": 0.3, "hair_length": 0.8}


def face(**changed):
    values = PLAIN | changed
    return render(np.array([values.get(name, 0.5) for name in PARAMETERS]))


def measured(**changed):
    image, parse_map = face(**changed)
    large = cv2.resize(image, (224, 224))
    return measure_properties(
        cv2.resize(parse_map, (224, 224), interpolation=cv2.INTER_NEAREST), large
    )


def test_a_face_has_every_class_and_is_drawn_alike_twice():
    image, parse_map = face()
    again, _ = face()
    assert image.shape == (64, 64, 3) and image.dtype == np.uint8
    assert set(np.unique(parse_map)) == set(range(11))
    assert np.array_equal(image, again)


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ("eyes", "eyes"),
        ("mouth", "mouth"),
        ("pose", "pose"),
        ("hair_brightness", "hair_color"),
        ("hair_length", "hair_length"),
        ("curl", "hairstyle"),
        ("background_brightness", "background_mean"),
        ("background_texture", "background_std"),
    ],
)
def test_a_larger_parameter_is_measured_as_a_larger_property(parameter, name):
    scores = [measured(**{parameter: value})[name] for value in np.linspace(0.02, 0.98, 7)]
    assert np.all(np.diff(scores) >= -1e-9)
    assert scores[-1] > scores[0]


def test_the_left_eye_has_the_smaller_x_at_every_roll():
    for pose in (0.0, 0.5, 1.0):
        _, parse_map = face(pose=pose, eyes=0.8)
        assert np.nonzero(parse_map == 4)[1].max() < np.nonzero(parse_map == 5)[1].min()


def test_each_attribute_shows_in_its_window():
    windows = {  # system.md 3
        "quality": (slice(0, 16), slice(16, 48), 0.0),
        "age": (slice(0, 32), slice(0, 64), 0.9),
        "glasses": (slice(20, 32), slice(16, 48), 0.9),
    }
    plain = face()[0].astype(int)
    for name, (rows, columns, value) in windows.items():
        changed = face(**{name: value})[0].astype(int)
        assert np.abs(changed - plain)[rows, columns].mean() > 4, name


def test_population_needs_filtering_and_is_correlated():
    parameters = parameters_of(np.random.default_rng(0).standard_normal((20_000, 64)))
    assert np.allclose(parameters.mean(axis=0), 0.5, atol=0.02)
    women, good, old, glasses = true_attributes(parameters).mean(axis=0)
    assert 0.45 < women < 0.55 and 0.92 < good < 0.97
    assert 0.3 < old < 0.5 and 0.3 < glasses < 0.5
    between = np.corrcoef(parameters.T)
    assert -0.3 < between[INDEX["eyes"], INDEX["mouth"]] < -0.15
    assert between[INDEX["hair_length"], INDEX["gender"]] > 0.3
    assert between[INDEX["glasses"], INDEX["age"]] > 0.2
