import contextlib
import multiprocessing
import random
import subprocess
import sys
import time

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
    assert store.undo().name == "gender" and store.pending("gender", 1) == [2]
    assert store.undo().name == "gender" and store.pending("gender", 1) == [0]
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


def test_a_failed_write_keeps_the_file_and_can_be_repeated(tmp_path, monkeypatch):
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
    assert store.done("gender") == 1
    assert store.record("gender", {1: 0}) == 1
    assert "1,0" in (tmp_path / "labels.csv").read_text()
    assert store.undo() is not None and store.done("gender") == 1


def test_two_pages_on_one_file_keep_each_others_answers(tmp_path):
    path = tmp_path / "labels.csv"
    one, two = (LabelStore(path, range(4), ("gender", "quality")) for _ in range(2))
    one.record("gender", {0: 1, 1: 1})
    two.record("quality", {0: 0})
    assert two.pending("gender", 9) == [2, 3]
    one.record("gender", {2: 0})
    by_hand = path.read_text() + "3,1,1\n"
    path.write_text(by_hand)
    assert one.record("quality", {1: 1}) == 1
    table = pd.read_csv(path).set_index("image_id")
    assert table.gender.tolist() == [1, 1, 0, 1]
    assert table.quality.loc[[0, 1, 3]].tolist() == [0, 1, 1]


def test_a_stale_tab_changes_no_answer_and_undo_takes_only_its_own_back(tmp_path):
    path = tmp_path / "labels.csv"
    first, stale = (LabelStore(path, range(3), ("gender",)) for _ in range(2))
    first.record("gender", {0: 1, 1: 1})
    assert stale.record("gender", {0: 0, 1: 0, 2: 0}) == 1
    assert pd.read_csv(path).gender.tolist() == [1, 1, 0]
    path.write_text("image_id,gender\n0,0\n1,1\n2,0\n")
    first.undo()
    assert pd.read_csv(path).set_index("image_id").gender.to_dict() == {0: 0, 2: 0}


def test_a_label_is_corrected_where_it_is_the_one_that_was_seen(tmp_path):
    path = tmp_path / "labels.csv"
    store, other = (LabelStore(path, range(3), ("gender",)) for _ in range(2))
    store.record("gender", {0: 1, 1: 1})
    assert store.record("gender", {0: 0, 2: 1}, seen={0: 1}) == 2
    assert other.record("gender", {0: 1, 1: 0}, seen={0: 1, 1: 1}) == 1
    assert pd.read_csv(path).gender.tolist() == [0, 0, 1]
    assert store.undo().to_dict() == {0: 0, 2: 1}
    assert pd.read_csv(path).set_index("image_id").gender.to_dict() == {0: 1, 1: 0}


def test_four_writers_at_once_lose_nothing(tmp_path):
    path = tmp_path / "labels.csv"
    code = (
        "import sys; from vectorfind.labels.store import LabelStore\n"
        "store = LabelStore(sys.argv[1], range(200), ('gender',))\n"
        "for image in range(int(sys.argv[2]), 200, 4): store.record('gender', {image: 1})\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(part)]) for part in range(4)
    ]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert LabelStore(path, range(200), ("gender",)).done("gender") == 200


def test_what_was_acknowledged_outlives_twenty_kills(tmp_path):
    path = tmp_path / "labels.csv"
    context, rng = multiprocessing.get_context("fork"), random.Random(7)
    acknowledged = set()
    for _ in range(20):
        mine, theirs = context.Pipe(duplex=False)
        writer = context.Process(target=label_on, args=(path, theirs))
        writer.start()
        theirs.close()
        time.sleep(rng.uniform(0.05, 0.3))
        writer.kill()
        writer.join()
        with contextlib.suppress(EOFError):
            while True:
                acknowledged.add(mine.recv())
    assert len(acknowledged) > 20
    assert acknowledged <= set(pd.read_csv(path).image_id)


def label_on(path, acknowledge):
    """Label image by image, and tell each that is recorded."""
    store = LabelStore(path, range(5000), ("gender",))
    for image in store.pending("gender", 5000):
        store.record("gender", {image: 1})
        acknowledge.send(image)


def test_a_place_that_cannot_be_written_is_refused_at_once():
    with pytest.raises(InputError, match=r"labels cannot be written there.*--output"):
        LabelStore("/proc/labels.csv", range(3), ("gender",))


def test_a_file_that_is_no_label_table_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_text("image_id,gender\n0,7\n")
    with pytest.raises(InputError, match=r"labels\.csv.*neither 0 nor 1"):
        LabelStore(tmp_path / "labels.csv", range(3), ("gender",))
