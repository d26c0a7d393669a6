import numpy as np
import pandas as pd
import pytest
from helpers.places import DATA
from helpers.published import PROPERTIES

from vectorfind.faces import measure_properties
from vectorfind.faces.properties import HAIR, INNER_MOUTH, LEFT_EYE, RIGHT_EYE, SKIN, UPPER_LIP


def assert_scores(arrays, table):
    """Compare at 1e-9; the fixtures' README says which entries do not bind."""
    expected = table.rename(columns={"hairstyle_documented": "hairstyle"}).set_index("case")
    expected.loc[expected.index == "eyes_same_x", "pose"] = 0
    measured = pd.DataFrame(map(measure_properties, arrays["maps"], arrays["images"]))
    assert tuple(measured.columns) == PROPERTIES
    difference = (measured.set_index(expected.index) - expected[list(PROPERTIES)]).abs()
    if "round_eyes_distance_ties" in difference.index:
        difference.loc["round_eyes_distance_ties", "eyes"] = 0
    assert difference.to_numpy().max() < 1e-9, difference.max()


def test_scores_match_the_reference_on_the_maps_kept_here():
    assert_scores(np.load(DATA / "property_maps.npz"), pd.read_csv(DATA / "property_scores.csv"))


def test_scores_match_the_reference_on_all_60_maps(fixtures_dir):
    assert_scores(
        np.load(fixtures_dir / "D1_property_maps.npz"),
        pd.read_csv(fixtures_dir / "D1_property_scores.csv"),
    )


@pytest.fixture
def face():
    """All skin, mid-grey: no part that any score reads."""
    return np.full((224, 224), SKIN, np.uint8), np.full((224, 224, 3), 128, np.uint8)


def test_missing_parts_have_fixed_scores(face):
    assert measure_properties(*face) == {
        "eyes": 0,
        "hair_color": 127.5,
        "hair_length": 0,
        "mouth": 0,
        "pose": 0,
        "background_mean": 192,
        "background_std": 0,
        "hairstyle": 0.45,
    }


def test_tilting_a_slit_does_not_open_the_eye(face):
    parse_map, image = face
    for step in range(24):
        parse_map[100 + step // 2, 60 + step] = LEFT_EYE
    assert measure_properties(parse_map, image)["eyes"] == 0
    parse_map[100:112, 140:142] = RIGHT_EYE
    assert measure_properties(parse_map, image)["eyes"] == pytest.approx(11 * 1 / np.hypot(1, 11))


def test_eyes_are_looked_for_on_their_side(face):
    parse_map, image = face
    parse_map[100:104, 200:220] = LEFT_EYE
    parse_map[20:24, 60:80] = LEFT_EYE
    assert measure_properties(parse_map, image)["eyes"] == 0


def test_pose_is_the_slope_from_left_to_right(face):
    parse_map, image = face
    parse_map[90, 70] = LEFT_EYE
    parse_map[110, 150] = RIGHT_EYE
    assert measure_properties(parse_map, image)["pose"] == 20 / 80


def test_eyes_above_each_other_have_no_pose(face):
    parse_map, image = face
    parse_map[90, 100], parse_map[110, 100] = LEFT_EYE, RIGHT_EYE
    assert measure_properties(parse_map, image)["pose"] == 0


def test_hair_that_goes_on_below_the_picture_counts_longer(face):
    parse_map, image = face
    parse_map[100:, :30] = HAIR
    parse_map[100:, 204:] = HAIR
    scores = measure_properties(parse_map, image)
    assert scores["hair_length"] == 124 + (20 + 10) / 2
    assert scores["hair_color"] == 128


def test_hair_that_varies_downward_is_curlier_than_across(face):
    parse_map, image = face
    parse_map[:] = HAIR
    ramp = (np.arange(224) % 16 * 10).astype(np.uint8)
    across, down = image.copy(), image.copy()
    across[:] = ramp[None, :, None]
    down[:] = ramp[:, None, None]
    assert measure_properties(parse_map, across)["hairstyle"] == 0
    assert measure_properties(parse_map, down)["hairstyle"] > 5


def test_mouth_is_the_share_of_its_inside(face):
    parse_map, image = face
    parse_map[150:153, 100] = INNER_MOUTH
    parse_map[153:154, 100] = UPPER_LIP
    assert measure_properties(parse_map, image)["mouth"] == 0.75


def test_other_sizes_are_refused(face):
    with pytest.raises(ValueError, match="224x224"):
        measure_properties(face[0], face[1][:100])
