import base64
import io
import urllib.request
from functools import partial

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from toy_world import ToyGenerator, ToyScorer, toy_samples

from vectorfind.apps.label_store import LabelStore
from vectorfind.data.archives import write_archive
from vectorfind.directions.population import measure_population
from vectorfind.directions.steerable import SteerableFace
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError


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


def faces(count, side=16):
    return np.random.default_rng(3).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


@pytest.fixture
def stage(tmp_path):
    images = faces(10)
    write_archive(tmp_path / "original" / "images" / "0000.zip", images[:6])
    write_archive(tmp_path / "original" / "images" / "0001.zip", images[6:], first_id=6)
    return tmp_path / "original"


def decoded(url):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def test_board_shows_the_next_images_across_archives(stage, tmp_path):
    page = pytest.importorskip("vectorfind.apps.label_page")
    store = LabelStore(tmp_path / "labels.csv", range(9), ("gender",))
    store.record("gender", dict.fromkeys(range(4), 1))
    state = page.show_page(store, page.stage_archives(stage), "gender", 12)["page"]
    assert [image["id"] for image in state["images"]] == [4, 5, 6, 7, 8]
    for image in state["images"]:
        np.testing.assert_array_equal(decoded(image["source"]), faces(10)[image["id"]])
    assert (state["done"], state["total"], state["usual"]) == (4, 9, 1)


def test_answers_of_the_board_are_recorded_and_undone(stage, tmp_path):
    page = pytest.importorskip("vectorfind.apps.label_page")
    store = LabelStore(tmp_path / "labels.csv", range(10), ("gender", "quality"))
    show = partial(page.show_page, store, page.stage_archives(stage))
    answer = {"attribute": "quality", "labels": {"0": 1, "1": 0}}
    state = page.save_answer(store, show, answer, "quality", 2)["page"]
    assert [image["id"] for image in state["images"]] == [2, 3]
    attribute, board = page.undo_answer(store, show, "gender", 2)
    assert attribute == "quality"
    assert [image["id"] for image in board["page"]["images"]] == [0, 1]


def test_a_folder_without_images_says_what_makes_them(tmp_path):
    page = pytest.importorskip("vectorfind.apps.label_page")
    with pytest.raises(InputError, match=r"nothing: holds no images.*snakemake"):
        page.stage_archives(tmp_path / "nothing")


def test_label_page_opens(stage, tmp_path):
    page = pytest.importorskip("vectorfind.apps.label_page")
    board = page.build_label_page(stage, ("gender",), tmp_path / "labels.csv", 8)
    html = opened(board)
    assert "Label" in html and "Images at once" in html


def opened(page):
    """Return what a browser gets from a page, which is started for it and closed again."""
    url = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)[1]
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read().decode()
    finally:
        page.close()


@pytest.fixture(scope="module")
def face():
    generator = ToyGenerator(curvature=0.2)
    w, scores, groups, cutoffs = toy_samples(generator)
    directions = SvmFinder().fit(w, scores, groups).directions_
    population = measure_population(w, scores)
    return SteerableFace(generator, ToyScorer(), directions, 1.0, cutoffs, population)


def test_explorer_draws_the_same_face_for_the_same_seed(face):
    page = pytest.importorskip("vectorfind.apps.explorer_page")
    first, again, other = (page.draw(face, seed, page.OFFSETS, 0, 0, 0)[0] for seed in (5, 5, 6))
    assert first.width == first.height == 512
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    moved = page.draw(face, 5, page.OFFSETS, 2, 0, 0)[0]
    assert not np.array_equal(first, moved)
    assert page.own_values(face, 5, page.OFFSETS) == [0, 0, 0]


def test_explorer_reaches_requested_scores_or_says_so(face):
    page = pytest.importorskip("vectorfind.apps.explorer_page")
    own = page.own_values(face, 5, page.SCORES)
    unchanged = page.draw(face, 5, page.OFFSETS, 0, 0, 0)[0]
    again = np.asarray(page.draw(face, 5, page.SCORES, *own)[0], float)
    assert np.abs(again - np.asarray(unchanged, float)).mean() < 2
    note = page.draw(face, 5, page.SCORES, 0.5, -0.5, 0.0)[1]
    assert "+0.50" in note and "Out of reach" not in note
    assert "Out of reach" in page.draw(face, 5, page.SCORES, 40.0, 0.0, 0.0)[1]


def test_explorer_page_opens(face):
    page = pytest.importorskip("vectorfind.apps.explorer_page")
    assert "Random face" in opened(page.build_explorer_page(face))
