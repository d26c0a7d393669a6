"""The turn of a head, which `config/photo64.yaml` has for pose."""

import numpy as np
import pytest
from helpers.places import REPOSITORY

from vectorfind.faces.measures import load_measures, measure_face
from vectorfind.faces.properties import NOSE, SIZE, SKIN

IMAGE = np.zeros((SIZE, SIZE, 3), np.uint8)


def face(nose):
    """Return the map of a square face whose nose is so many columns right of its middle."""
    drawn = np.zeros((SIZE, SIZE), np.uint8)
    drawn[62:162, 62:162] = SKIN
    drawn[102:122, 107 + nose : 117 + nose] = NOSE
    return drawn


@pytest.fixture
def turn():
    measures = load_measures({"pose": f"{REPOSITORY}/config/photo64.py:turn"})
    return lambda parse_map: measure_face(parse_map, IMAGE, measures)["pose"]


def test_the_turn_is_the_way_of_the_nose_by_the_size_of_the_face(turn):
    assert turn(face(0)) == pytest.approx(0)
    assert turn(face(20)) == pytest.approx(0.2)
    assert turn(face(-30)) == pytest.approx(-0.3)


def test_a_mirrored_face_is_turned_the_other_way(turn):
    parse_map = face(17)
    parse_map[:90, 62:80] = 0
    assert turn(parse_map[:, ::-1]) == pytest.approx(-turn(parse_map))


def test_nothing_is_turned_without_a_nose(turn):
    assert turn(np.zeros((SIZE, SIZE), np.uint8)) == 0
    assert turn(np.where(face(20) == NOSE, SKIN, face(20))) == 0
