import numpy as np
import pandas as pd
import pytest
from helpers.places import DATA
from helpers.published import PROPERTIES

from vectorfind.errors import InputError
from vectorfind.faces import measure_properties
from vectorfind.faces.measures import (
    PUBLISHED_MEASURES,
    load_measures,
    measure_face,
    with_own_scores,
)

SMILE = """
from pathlib import Path

import numpy as np

LIPS = 7

def smile(parse_map, image):
    return np.float32((parse_map == LIPS).sum() + image[0, 0, 0])

here = "no function"
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "my.measures.py").write_text(SMILE)
    return tmp_path / "my.measures.py"


@pytest.fixture(scope="module")
def face():
    maps = np.load(DATA / "property_maps.npz")
    return maps["maps"][0], maps["images"][0]


def test_published_measures_are_named_by_themselves():
    assert load_measures(PUBLISHED_MEASURES) == PUBLISHED_MEASURES
    assert tuple(PUBLISHED_MEASURES) == PROPERTIES
    assert load_measures({"openness": "eyes"}) == {"openness": "eyes"}
    assert load_measures({}) == {}


def test_a_function_of_ones_own_is_loaded_from_its_file(file, face):
    measures = load_measures({"smile": f"{file}:smile", "eyes": "eyes", "grin": f"{file}:smile"})
    assert list(measures) == ["smile", "eyes", "grin"] and measures["eyes"] == "eyes"
    wanted = float((face[0] == 7).sum() + face[1][0, 0, 0])
    assert measures["smile"](*face) == measures["grin"](*face) == wanted


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ("smiles", "'smiles' is none of eyes, hair_color, .* as file.py:function"),
        ("", "'' is none of eyes"),
        ("none.py:smile", "there is no Python file none.py; correct the path"),
        ("{file}:smiel", "my.measures.py has no function 'smiel'; correct the name"),
        ("{file}:here", "my.measures.py has no function 'here'"),
        ("{file}:", "my.measures.py has no function ''"),
        ("{folder}:smile", "there is no Python file"),
        ("{folder}/notes.txt:smile", "there is no Python file .*notes.txt"),
    ],
)
def test_a_measure_that_is_not_there_is_named_with_its_key(file, measure, says):
    (file.parent / "notes.txt").write_text(SMILE)
    measure = measure.format(file=file, folder=file.parent)
    with pytest.raises(InputError, match=rf"vocabulary\.properties\.smile\.measure: .*{says}"):
        load_measures({"eyes": "eyes", "smile": measure})


def test_a_face_is_measured_in_the_order_asked_for(file, face):
    published = measure_properties(*face)
    assert measure_face(*face) == published and tuple(measure_face(*face)) == PROPERTIES
    measures = load_measures({"smile": f"{file}:smile", "openness": "eyes", "pose": "pose"})
    scores = measure_face(*face, measures)
    assert list(scores) == ["smile", "openness", "pose"] and type(scores["smile"]) is float
    assert scores["openness"] == published["eyes"] and scores["pose"] == published["pose"]
    assert scores["smile"] == float((face[0] == 7).sum() + face[1][0, 0, 0])


@pytest.mark.parametrize("body", ["None", "float('nan')", "'wide'", "np.zeros(2)", "np.inf"])
def test_a_measure_that_returns_no_finite_number_is_named(tmp_path, face, body):
    text = f"import numpy as np\n\ndef smile(parse_map, image):\n    return {body}\n"
    (tmp_path / "mine.py").write_text(text)
    measures = load_measures({"smile": f"{tmp_path}/mine.py:smile"})
    with pytest.raises(InputError, match=r"properties\.smile\.measure: .*a finite number"):
        measure_face(*face, measures)


def test_a_measure_cannot_change_what_the_next_one_sees(tmp_path, face):
    (tmp_path / "mine.py").write_text("def smile(parse_map, image):\n    image[:] = 0\n")
    measures = load_measures({"smile": f"{tmp_path}/mine.py:smile"})
    with pytest.raises(ValueError, match="read-only"):
        measure_face(*face, measures)


def test_a_face_of_another_size_is_refused(face):
    with pytest.raises(ValueError, match="224x224"):
        measure_face(face[0][:100], face[1])


@pytest.fixture
def table():
    return pd.DataFrame({"image_id": [4, 2, 9], "eyes": [0.1, 0.2, 0.3]})


def test_own_scores_are_put_beside_by_image(table, tmp_path):
    smiles, ages = tmp_path / "smiles.csv", tmp_path / "ages.csv"
    smiles.write_text("image_id,note,smile\n9,a,0.9\n2,b,-2\n3,c,7\n4,d,0.4\n")
    ages.write_text("age,image_id\n30,4\n40,2\n50,9\n")
    found = with_own_scores(table, {"smile": str(smiles), "age": str(ages)})
    assert list(found) == ["image_id", "eyes", "smile", "age"]
    assert found["smile"].tolist() == [0.4, -2, 0.9] and found["age"].tolist() == [30, 40, 50]
    assert list(table) == ["image_id", "eyes"]
    pd.testing.assert_frame_equal(with_own_scores(table, {}), table)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("image_id,smile\n9,0.9\n2,0.2\n", "1 images have no score of smile, image 4 first"),
        ("image_id,smile\n4,1\n", "2 images have no score of smile, image 2 first; score every"),
        ("image_id,smiles\n4,1\n", "column smile is missing among image_id, smiles"),
        ("smile\n1\n", "column 'image_id' is missing"),
        ("image_id,smile\n4,\n2,1\n9,1\n", "line 2, .* empty or missing"),
        ("image_id,smile\n4,wide\n2,1\n9,1\n", "line 2, column 'smile': wide is not a number"),
        ("image_id,smile\n4,1\n4,1\n", "column 'image_id': 4 occurs twice"),
    ],
)
def test_own_scores_that_do_not_serve_are_named(table, tmp_path, text, says):
    (tmp_path / "smiles.csv").write_text(text)
    with pytest.raises(InputError, match=rf"smiles\.csv: .*{says}"):
        with_own_scores(table, {"smile": str(tmp_path / "smiles.csv")})


def test_a_missing_file_of_own_scores_is_named(table, tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        with_own_scores(table, {"smile": str(tmp_path / "none.csv")})
