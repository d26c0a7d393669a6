import pandas as pd
import pytest

from vectorfind.errors import InputError
from vectorfind.labels.store import LabelStore


def test_answers_are_on_disk_at_once_and_resumed(tmp_path):
    path = tmp_path / "labels" / "original.csv"
    store = LabelStore(path, range(6), ("gender", "quality"))
    store.record("gender", {0: 1, 1: 0, 2: 1})
    store.record("quality", {0: 1})
    assert path.read_text() == "image_id,gender,quality\n0,1,1\n1,0,\n2,1,\n"
    again = LabelStore(path, range(6), ("gender", "quality"))
    assert again.done("gender") == 3 and again.pending("gender", 2) == [3, 4]
    assert again.pending("quality", 9) == [1, 2, 3, 4, 5]


def test_undo_goes_back_answer_by_answer(tmp_path):
    store = LabelStore(tmp_path / "labels.csv", range(4), ("gender",))
    store.record("gender", {0: 1, 1: 1})
    store.record("gender", {2: 0})
    assert store.undo() == "gender" and store.pending("gender", 1) == [2]
    assert store.undo() == "gender" and store.pending("gender", 1) == [0]
    assert store.undo() is None
    assert (tmp_path / "labels.csv").read_text().strip() == "image_id,gender"


def test_other_images_and_attributes_of_the_file_are_kept(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("image_id,gender,age\n9,1,0\n1,0,\n")
    store = LabelStore(path, range(3), ("gender", "quality"))
    assert store.pending("gender", 9) == [0, 2] and store.done("gender") == 1
    store.record("quality", {2: 1})
    table = pd.read_csv(path).set_index("image_id")
    assert table.loc[9, "gender"] == 1 and table.loc[9, "age"] == 0
    assert table.loc[2, "quality"] == 1


def test_failed_write_keeps_the_file_and_the_answer_is_not_lost(tmp_path, monkeypatch):
    store = LabelStore(tmp_path / "labels.csv", range(4), ("gender",))
    store.record("gender", {0: 1})
    before = (tmp_path / "labels.csv").read_text()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(pd.DataFrame, "to_csv", full)
        with pytest.raises(OSError):
            store.record("gender", {1: 0})
    assert (tmp_path / "labels.csv").read_text() == before
    store.record("gender", {2: 1})
    assert "1,0" in (tmp_path / "labels.csv").read_text()


def test_a_file_that_is_no_label_table_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_text("image_id,gender\n0,7\n")
    with pytest.raises(InputError, match=r"labels\.csv.*neither 0 nor 1"):
        LabelStore(tmp_path / "labels.csv", range(3), ("gender",))
