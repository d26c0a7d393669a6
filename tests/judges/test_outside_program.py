import pandas as pd
import pytest

from vectorfind.judges.outside import ask_program, image_numbers, read_all_answers, read_answers
from vectorfind.vocabulary import PUBLISHED_NAMES

ECHO = """sh -c 'printf "image_id,eyes\\n7,0.5\\n" > "$2"; cat "$1" >> words' sh"""


def test_each_face_is_followed_by_its_edits():
    assert list(image_numbers(2, 5, 2)) == [15, 16, 17, 18, 19, 20]
    assert image_numbers(50, 0, 100).stop == image_numbers(50, 100, 1).start


@pytest.mark.parametrize("form", ["{}", "{}\n", "cd inner && {}"])
def test_a_command_is_given_archive_and_answers(tmp_path, monkeypatch, form):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner").mkdir()
    (tmp_path / "some images.zip").write_text("archive")
    ask_program(form.format(ECHO), "some images.zip", "answers.csv")
    folder = tmp_path / "inner" if form.startswith("cd") else tmp_path
    assert (folder / "words").read_text() == "archive"
    table = read_answers(tmp_path / "answers.csv", [7], PUBLISHED_NAMES)
    assert table.to_dict() == {"eyes": {7: 0.5}}


def test_answers_are_read_in_the_order_of_the_images(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("image_id,hair_color,pose,eyes\n5,1,,3\n4,1,-2,\n")
    table = read_answers(path, [4, 5], PUBLISHED_NAMES)
    expected = pd.DataFrame({"eyes": [None, 3.0], "pose": [-2.0, None]}, dtype=float)
    assert list(table.index) == [4, 5]
    assert table.reset_index(drop=True).equals(expected)


def test_a_column_may_be_empty_in_one_shard(tmp_path):
    paths = [tmp_path / "0.csv", tmp_path / "1.csv"]
    paths[0].write_text("image_id,eyes,mouth\n0,,1\n")
    paths[1].write_text("image_id,mouth,eyes\n1,2,3\n")
    table = read_all_answers(paths, [[0], [1]], PUBLISHED_NAMES)
    assert list(table.index) == [0, 1] and list(table["mouth"]) == [1, 2]
    assert table["eyes"].isna().tolist() == [True, False]
