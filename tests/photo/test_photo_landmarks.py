"""Maps and measures of hand-made landmarks; no MediaPipe."""

import numpy as np
import pytest

from vectorfind.faces import properties
from vectorfind.photo import landmarks
from vectorfind.photo.landmarks import (
    MEASURES,
    draw_map,
    measure_landmarks,
    mirror_points,
    shrink,
)
from vectorfind.photo.pseudo_maps import map_faces

CENTRE = np.array([0.5, 0.5])


def ring(indices, middle, radii):
    """Return the points of an outline, clockwise from the left, around a middle."""
    angles = np.pi + np.arange(len(indices)) * 2 * np.pi / len(indices)
    return np.asarray(middle) + np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii


def face(mouth=0.06, eyes=0.04):
    """Return points [468,2] of a face looking ahead."""
    points = np.full((468, 2), 0.5)
    top = np.roll(landmarks.OVAL, 9)  # the oval's list begins at the top
    points[top] = ring(top, CENTRE, (0.3, 0.4))
    nose = np.roll(landmarks.POLYGONS[landmarks.NOSE][::-1], 5)  # from the top, anticlockwise
    points[nose] = ring(nose, (0.5, 0.52), (0.05, 0.1))
    points[1] = (0.5, 0.55)
    for side, brow, eye in (
        (0.36, landmarks.LEFT_BROW, landmarks.LEFT_EYE),
        (0.64, landmarks.RIGHT_BROW, landmarks.RIGHT_EYE),
    ):
        for part, height, radii in ((brow, 0.32, (0.08, 0.02)), (eye, 0.42, (0.07, eyes))):
            outline = landmarks.POLYGONS[part]
            drawn = ring(outline, (side, height), radii)
            if part in (landmarks.RIGHT_BROW, landmarks.RIGHT_EYE):  # lists begin outside
                drawn[:, 0] = 2 * side - drawn[:, 0]
            points[list(outline)] = drawn
    across = np.linspace(-1, 1, 11)
    bulge = 1 - across**2
    for outline, height in (
        (landmarks.UPPER_OUTER, -mouth - 0.05),
        (landmarks.UPPER_INNER, -mouth),
        (landmarks.LOWER_INNER, mouth),
        (landmarks.LOWER_OUTER, mouth + 0.05),
    ):
        width = 0.15 if outline in (landmarks.UPPER_OUTER, landmarks.LOWER_OUTER) else 0.12
        points[list(outline)] = np.stack([0.5 + width * across, 0.74 + height * bulge], axis=1)
    return points


def picture():
    """Return a picture of a bright face and dark surroundings, and its person mask."""
    image = np.full((64, 64, 3), 30, np.uint8)
    y, x = np.mgrid[:64, :64] / 64 + 1 / 128
    image[((x - 0.5) / 0.3) ** 2 + ((y - 0.5) / 0.4) ** 2 < 1] = (220, 180, 160)
    person = np.where(np.abs(x - 0.5) < 0.4, 255, 0).astype(np.uint8)
    return image, person


def at(parse_map, x, y):
    """Return the class at a place in 0..1."""
    return parse_map[int(y * len(parse_map)), int(x * len(parse_map))]


def test_the_classes_are_those_of_parse_maps():
    for name in ("BACKGROUND", "SKIN", "LEFT_BROW", "RIGHT_BROW", "LEFT_EYE", "RIGHT_EYE"):
        assert getattr(landmarks, name) == getattr(properties, name)
    for name in ("NOSE", "UPPER_LIP", "INNER_MOUTH", "LOWER_LIP", "HAIR"):
        assert getattr(landmarks, name) == getattr(properties, name)


@pytest.mark.parametrize("side", [64, 224])
def test_every_part_lies_where_its_landmarks_are(side):
    image, person = picture()
    drawn = draw_map(face(), person, image, side)
    assert drawn.shape == (side, side) and drawn.dtype == np.uint8
    places = {
        (0.36, 0.42): landmarks.LEFT_EYE,
        (0.64, 0.42): landmarks.RIGHT_EYE,
        (0.36, 0.32): landmarks.LEFT_BROW,
        (0.64, 0.32): landmarks.RIGHT_BROW,
        (0.5, 0.52): landmarks.NOSE,
        (0.5, 0.65): landmarks.UPPER_LIP,
        (0.5, 0.74): landmarks.INNER_MOUTH,
        (0.5, 0.83): landmarks.LOWER_LIP,
        (0.3, 0.6): landmarks.SKIN,
        (0.5, 0.03): landmarks.HAIR,
        (0.12, 0.5): landmarks.HAIR,
        (0.05, 0.5): landmarks.BACKGROUND,
        (0.5, 0.95): landmarks.BACKGROUND,
    }
    assert {place: at(drawn, *place) for place in places} == places


def test_a_closed_mouth_has_lips_and_no_inside():
    drawn = draw_map(face(mouth=0.0), *reversed(picture()))
    assert not (drawn == landmarks.INNER_MOUTH).any()
    assert (drawn == landmarks.UPPER_LIP).any() and (drawn == landmarks.LOWER_LIP).any()


def test_what_is_apart_from_the_face_is_no_hair():
    image, person = picture()
    person[:, :8] = 0
    person[:8, :4] = 255
    assert at(draw_map(face(), person, image), 0.02, 0.02) == landmarks.BACKGROUND


def test_a_square_gets_the_class_of_most_of_its_pixels():
    canvas = np.zeros((4, 4), np.uint8)
    canvas[:2, :2] = [[3, 3], [3, 1]]
    assert shrink(canvas, 2).tolist() == [[3, 0], [0, 0]]


def measured(points):
    return dict(zip(MEASURES, measure_landmarks(points), strict=True))


def test_measures_follow_eyes_mouth_and_turn():
    straight = measured(face())
    assert measured(face(eyes=0.02))["eyes"] < straight["eyes"]
    assert measured(face(mouth=0.02))["mouth"] < straight["mouth"]
    assert straight["roll"] == pytest.approx(0, abs=1e-4)
    assert straight["yaw"] == pytest.approx(0, abs=1e-5)
    turned = face()
    turned[1, 0] += 0.15
    assert measured(turned)["yaw"] == pytest.approx(0.5, abs=0.02)


def test_roll_is_the_tilt_and_changes_nothing_else():
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    tilted = measured((face() - CENTRE) @ turn.T + CENTRE)
    assert tilted.pop("roll") == pytest.approx(20, abs=1e-3)
    assert tilted == pytest.approx({n: v for n, v in measured(face()).items() if n != "roll"})


class Found:
    """Stands in for MediaPipe: finds no face in dark pictures, a profile in bright ones."""

    def points(self, image):
        if image.mean() < 20:
            return None
        points = face()
        if image.mean() > 200:
            half = image.shape[1] // 2
            points[1, 0] += 0.6 if image[:, half:].mean() > image[:, :half].mean() else -0.6
        return points

    def person(self, image):
        return picture()[1]


def test_pictures_without_a_face_and_profiles_are_not_used():
    bright = np.full((64, 64, 3), 255, np.uint8)
    bright[:, :32] = 240  # the fake's profile looks to the brighter side
    made = map_faces(np.stack([picture()[0], np.zeros_like(bright), bright]), Found())
    assert made["found"].tolist() == [True, False, False]
    assert np.isnan(made["measures"]).all(axis=1).tolist() == [False, True, False]
    assert not made["maps"][1].any() and made["maps"][0].any()


def test_a_straight_face_is_its_own_mirror_image_and_others_turn_over():
    used = [*landmarks.DRAWN_FROM, 1]
    assert np.allclose(mirror_points(face())[used], face()[used], atol=1e-6)
    turned = face()
    turned[1, 0] += 0.15
    turned[[159, 374]] += (0.0, 0.01)
    before, after = measured(turned), measured(mirror_points(turned))
    assert after["yaw"] == pytest.approx(-before["yaw"], abs=1e-5)
    assert after["eyes"] == pytest.approx(before["eyes"], abs=1e-5)
    assert np.allclose(mirror_points(mirror_points(turned)), turned, atol=1e-6)


class OneSided(Found):
    """Finds the mouth of a picture lower than that of its mirror image."""

    def points(self, image):
        half = image.shape[1] // 2
        return face(mouth=0.06 if image[:, half:].mean() > image[:, :half].mean() else 0.02)


def test_maps_are_drawn_from_the_mean_of_both_sides():
    image = picture()[0]
    image[:, 32:] |= 15
    made = map_faces(image[None], OneSided())
    assert np.allclose(made["points"][0][13], face(mouth=0.04)[13], atol=1e-6)
    assert made["sides"][0][0][13, 1] < made["sides"][0][1][13, 1]
    assert made["found"][0]


class Lost(OneSided):
    """Loses the face in one of both pictures."""

    def points(self, image):
        found = super().points(image)
        return found if found[13, 1] < 0.7 else found + 0.1


def test_a_face_that_is_elsewhere_in_the_mirrored_picture_is_not_used():
    image = picture()[0]
    image[:, 32:] |= 15
    made = map_faces(image[None], Lost())
    assert np.isfinite(made["measures"][0]).all() and not made["found"][0]


class Blind(OneSided):
    """Finds no face in the mirrored picture."""

    def points(self, image):
        found = super().points(image)
        return found if found[13, 1] < 0.7 else None


def test_a_face_that_only_one_of_both_pictures_has_is_measured_and_not_used():
    image = picture()[0]
    image[:, 32:] |= 15
    made = map_faces(image[None], Blind())
    assert np.isfinite(made["measures"][0]).all() and not made["found"][0]
    assert np.isfinite(made["sides"][0]).all(axis=(1, 2)).sum() == 1
