"""MediaPipe's measures as a judge from outside; without MediaPipe."""

import numpy as np
import pytest

from vectorfind.data.archives import write_archive
from vectorfind.photo.landmark_judge import COLUMNS, judge_face, read_faces

EYES = {33: (0.3, 0.4), 133: (0.4, 0.4), 362: (0.6, 0.4), 263: (0.7, 0.4)}
LIDS = {159: (0.35, 0.38), 145: (0.35, 0.42), 386: (0.65, 0.38), 374: (0.65, 0.42)}
MOUTH = {78: (0.4, 0.7), 308: (0.6, 0.7), 13: (0.5, 0.69), 14: (0.5, 0.73)}
REST = {234: (0.2, 0.5), 454: (0.8, 0.5), 1: (0.5, 0.55)}


def mesh():
    """Points of an upright face, [468,2]."""
    points = np.full((468, 2), 0.5, np.float32)
    for part in (EYES, LIDS, MOUTH, REST):
        for number, place in part.items():
            points[number] = place
    return points


def turned(points, degrees):
    """Turn clockwise, as one sees it: y points down."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (points - 0.5) @ np.array([[cosine, sine], [-sine, cosine]], np.float32) + 0.5


def test_gaps_are_shares_of_widths_and_pose_is_the_slope_between_the_eyes():
    judged = judge_face(mesh())
    assert tuple(judged) == COLUMNS
    assert judged == pytest.approx({"eyes": 0.4, "mouth": 0.2, "pose": 0}, abs=1e-5)
    tilted = judge_face(turned(mesh(), 10))
    assert tilted["pose"] == pytest.approx(np.tan(np.radians(10)), abs=1e-5)
    assert tilted["eyes"] == pytest.approx(0.4, abs=1e-5)


def test_pose_has_the_sign_of_ours():
    # The picture's right eye is lower: dy/dx > 0 from the left one (system.md 2.2).
    points = turned(mesh(), 10)
    left, right = points[[33, 133]].mean(0), points[[362, 263]].mean(0)
    slope = (right[1] - left[1]) / (right[0] - left[0])
    assert judge_face(points)["pose"] == pytest.approx(slope, abs=1e-5) and slope > 0


def test_pose_can_be_the_turn():
    points = mesh()
    points[1, 0] += 0.06
    assert judge_face(points)["pose"] == pytest.approx(0, abs=1e-5)
    assert judge_face(points, "yaw")["pose"] == pytest.approx(0.2, abs=1e-5)
    assert judge_face(turned(points, 10), "yaw")["pose"] == pytest.approx(0.2, abs=1e-5)


def test_nothing_is_measured_without_a_face_or_of_a_profile():
    points = mesh()
    points[1] = (0.95, 0.55)
    assert judge_face(None) == judge_face(points) == {}


def test_images_are_read_with_the_ids_of_the_archive(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    write_archive(tmp_path / "0000.zip", images, first_id=99_999_999)
    found = dict(read_faces(tmp_path / "0000.zip"))
    assert list(found) == [99_999_999, 100_000_000, 100_000_001]
    assert np.array_equal(np.stack(list(found.values())), images)
