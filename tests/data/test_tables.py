import numpy as np
import pandas as pd
import pytest

from vectorfind.data.tables import read_table, write_table
from vectorfind.errors import InputError


def test_written_table_reads_back_exactly(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"pose": rng.normal(size=50), "eyes": rng.normal(size=50)})
    frame.insert(2, "image_id", np.arange(50))
    write_table(tmp_path / "scores.csv", frame, "properties")
    again = read_table(tmp_path / "scores.csv", "properties")
    assert list(again) == ["image_id", "pose", "eyes"]
    pd.testing.assert_frame_equal(again, frame[["image_id", "pose", "eyes"]])


def test_refused_table_is_not_written(tmp_path):
    frame = pd.DataFrame({"image_id": [0, 1], "age": [0.5, np.nan]})
    with pytest.raises(InputError, match="column 'age': nan"):
        write_table(tmp_path / "scores.csv", frame, "attribute_scores")
    assert list(tmp_path.iterdir()) == []


def test_empty_selection_is_a_table(tmp_path):
    write_table(tmp_path / "kept.csv", pd.DataFrame({"image_id": []}), "selection")
    kept = read_table(tmp_path / "kept.csv", "selection")
    assert len(kept) == 0 and kept["image_id"].dtype == "int64"


def test_labels_are_whole_and_may_be_empty_only_so_far(tmp_path):
    path = tmp_path / "labels.csv"
    frame = pd.DataFrame({"image_id": [0, 1], "gender": pd.array([1, None], "Int64")})
    write_table(path, frame, "labels_so_far")
    assert path.read_text().split() == ["image_id,gender", "0,1", "1,"]
    assert read_table(path, "labels_so_far")["gender"].isna().tolist() == [False, True]
    with pytest.raises(InputError, match="line 3"):
        read_table(path, "labels")
    write_table(path, frame.dropna(), "labels")
    assert read_table(path, "labels")["gender"].dtype == "int64"


def test_spreadsheet_byte_order_mark_is_ignored(tmp_path):
    (tmp_path / "labels.csv").write_bytes(b"\xef\xbb\xbfimage_id,gender\r\n4,1\r\n")
    assert read_table(tmp_path / "labels.csv", "labels")["image_id"].tolist() == [4]


@pytest.mark.parametrize(
    "text",
    [
        "image_id;gender;age\n4;1;0\n2;0;1\n",
        "image_id\tgender\tage\n4\t1\t0\n2\t0\t1\n",
        "sep=;\r\nimage_id;gender;age\r\n4;1;0\r\n2;0;1\r\n",
        "sep=,\nimage_id,gender,age\n4,1,0\n2,0,1\n",
        "image_id,gender,age,\n4,1,0,\n2,0,1,\n",
        "image_id;gender;age;;\n4;1;0;;\n2;0;1;;\n",
        "image_id, gender , age\n4, 1, 0\n2, 0, 1\n",
        "\ufeffimage_id;gender;age\n4;1;0\n2;0;1\n",
    ],
)
def test_tables_of_spreadsheets_are_read(tmp_path, text):
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8", newline="")
    table = read_table(tmp_path / "labels.csv", "labels")
    assert list(table) == ["image_id", "gender", "age"]
    assert table.to_numpy().tolist() == [[4, 1, 0], [2, 0, 1]]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("labels", "id,gender\n0,1\n", "column 'image_id' is missing; it numbers the images"),
        ("labels", "image_id\n0\n", "no score column"),
        ("labels", "image_id,gender\n0,1\n1,2\n", "line 3, column 'gender': 2 is neither 0 nor"),
        ("labels", "image_id,gender\n0,1\n1,yes\n", "line 3, column 'gender': yes is not a number"),
        ("labels", "image_id,gender\n0,1\n1,\n", "line 3, .* empty or missing"),
        ("labels", "image_id,gender\n7,1\n7,1\n", "line 2, column 'image_id': 7 occurs twice"),
        ("labels", "image_id,gender\n0.5,1\n", "no whole numbers"),
        ("labels", "image_id,gender\n0,1,1,1\n", "more values than the header"),
        ("labels", "", "no CSV with a header"),
        ("labels", "image_id,gender,\n0,1,1\n", "a column with values has no name"),
        ("properties", "image_id;eyes\n0;0,5\n", "line 2, column 'eyes': 0,5 is not a number"),
        ("labels", "image_id,gender\n0,0.5\n", "'gender' has values that are no whole"),
        ("attribute_scores", "image_id,age\n0,1.5\n", "line 2, column 'age': 1.5 is outside 0..1"),
        ("attribute_scores", "image_id,age\n0,nan\n", "line 2, .* empty or missing"),
        ("raw_properties", "image_id,mouth\n0,-inf\n", "line 2, column 'mouth'"),
        ("properties", "image_id,eyes\n0,inf\n", "line 2, column 'eyes': inf is not a finite"),
    ],
)
def test_bad_table_gets_one_message_with_file_and_cure(tmp_path, kind, text, words):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_table(path, kind)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message


def test_missing_table_is_named(tmp_path):
    with pytest.raises(InputError, match=r"labels.csv: no such file"):
        read_table(tmp_path / "labels.csv", "labels")


def test_only_the_columns_asked_for_are_looked_at(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("note,glass,image_id,gender\nhazy,1,0,1\n,7,1,0\n")
    table = read_table(path, "labels", ["gender"])
    assert list(table) == ["image_id", "gender"] and table["gender"].tolist() == [1, 0]
    with pytest.raises(InputError, match="line 3, column 'glass': 7 is neither 0 nor 1"):
        read_table(path, "labels", ["gender", "glass"])
    with pytest.raises(InputError, match=r"labels\.csv: line 2, column 'note': hazy is not a numb"):
        read_table(path, "labels")


def test_columns_come_in_the_order_asked_for(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("pose,eyes,image_id\n0.5,1.5,0\n")
    table = read_table(path, "properties", ["eyes", "pose"])
    assert list(table) == ["image_id", "eyes", "pose"]
    assert list(read_table(path, "properties")) == ["image_id", "pose", "eyes"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image_id,gendr\n0,1\n", "column gender is missing among image_id, gendr"),
        ("image_id\n0\n", "column gender is missing among image_id"),
        ("id,gender\n0,1\n", "column 'image_id' is missing"),
    ],
)
def test_missing_columns_are_named_with_those_there(tmp_path, text, words):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"labels\.csv: {words}"):
        read_table(path, "labels", ["gender"])


@pytest.mark.parametrize(
    ("limits", "value", "words"),
    [
        ((0, 1), -0.1, "line 3, column 'mouth': -0.1 is below 0"),
        ((0, 1), 1.1, "line 3, column 'mouth': 1.1 is above 1"),
        ((2.5, None), 2.4, "line 3, column 'mouth': 2.4 is below 2.5"),
        ((None, 255), 256, "line 3, column 'mouth': 256.* is above 255"),
    ],
)
def test_values_out_of_range_are_not_written(tmp_path, limits, value, words):
    frame = pd.DataFrame({"image_id": [0, 1], "eyes": [-9.0, 900.0], "mouth": [0.5, value]})
    frame.loc[0, "mouth"] = limits[0] if limits[0] is not None else limits[1]
    with pytest.raises(InputError, match=rf"raw\.csv: {words}"):
        write_table(tmp_path / "raw.csv", frame, "raw_properties", ranges={"mouth": limits})
    assert list(tmp_path.iterdir()) == []


def test_values_at_the_ends_of_their_range_are_written(tmp_path):
    frame = pd.DataFrame({"image_id": [0, 1], "eyes": [-9.0, 900.0], "mouth": [0.0, 1.0]})
    ranges = {"mouth": (0, 1), "eyes": None, "pose": (3, 4)}
    write_table(tmp_path / "raw.csv", frame, "raw_properties", ranges=ranges)
    pd.testing.assert_frame_equal(read_table(tmp_path / "raw.csv", "raw_properties"), frame)
