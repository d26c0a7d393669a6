import base64
import io
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from helpers.toy_world import ToyGenerator, toy_face
from PIL import Image

from vectorfind.apps.explorer import Explorer
from vectorfind.characters import load_character
from vectorfind.data.archives import write_archive
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.vocabulary import PUBLISHED

ROWS = PUBLISHED.attributes


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


def test_what_other_systems_put_beside_archives_is_left_alone(stage):
    page = pytest.importorskip("vectorfind.apps.label_page")
    for name in ("._0000.zip", ".0002.partial-1234abcd.zip"):
        (stage / "images" / name).write_bytes(b"no zip")
    assert [path.name for path in page.stage_archives(stage)] == ["0000.zip", "0001.zip"]


def test_large_images_are_shrunk_for_a_grid_and_made_ahead():
    thumbnail = pytest.importorskip("vectorfind.apps.thumbnails")
    image = faces(1, 1024)[0]
    small, single = (decoded(thumbnail.data_url(image, side)) for side in (256, 1024))
    assert small.shape == (256, 256, 3) and single.shape == (1024, 1024, 3)


def test_a_folder_without_images_says_what_makes_them(tmp_path):
    page = pytest.importorskip("vectorfind.apps.label_page")
    with pytest.raises(InputError, match=r"nothing: holds no images.*snakemake"):
        page.stage_archives(tmp_path / "nothing")


def test_label_page_opens(stage, tmp_path):
    page = pytest.importorskip("vectorfind.apps.label_page")
    board = page.build_label_page(stage, ROWS, tmp_path / "labels.csv", 8)
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
    facts = {"sliders": {"mouth": "Mouth: closed to open", "pose": ""}}
    return toy_face(ToyGenerator(curvature=0.2), SvmFinder(), facts=facts)


@pytest.fixture
def explorer(face, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Explorer(face, Path("results/vectorfind_v8.pt"))


def test_explorer_draws_the_same_face_for_the_same_seed(explorer):
    first, again, other = (explorer.by_offsets(seed, {})[0] for seed in ("5", "5", "6"))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert not np.array_equal(first, explorer.by_offsets("5", {"eyes": 2.0})[0])
    command = explorer.command("5", False, {"eyes": 2.0, "mouth": 0.0})
    assert command == "vectorfind generate results/vectorfind_v8.pt --seed 5 --eyes=2 --mouth=0"


def test_explorer_reaches_requested_scores_or_says_so(explorer):
    names = explorer.face.names.steered
    own = dict(zip(names, (own for *_, own in explorer.reach("5")), strict=True))
    unchanged = explorer.by_offsets("5", {})[0].astype(float)
    again = explorer.by_scores("5", own)[0].astype(float)
    assert np.abs(again - unchanged).mean() < 2
    note = explorer.by_scores("5", dict(zip(names, (0.5, -0.5, 0.0), strict=True)))[1]
    assert "+0.50" in note and "Out of reach" not in note
    assert "Out of reach" in explorer.by_scores("5", {"eyes": 40.0})[1]


@pytest.mark.parametrize("name", ["", "-3", "1.5", "case", "case x", "five", "²"])
def test_explorer_names_what_is_no_face(explorer, name):
    with pytest.raises(InputError, match="give a whole number from 0 on"):
        explorer.latent(name)


def test_explorer_picks_a_face_once(explorer):
    path = explorer.pick("5", "aurora")
    again = load_character(path, explorer.face)
    assert np.array_equal(again.render(mouth=1.0), explorer.by_offsets("5", {"mouth": 1.0})[0])
    assert again.facts["seed"] == 5 and path.with_suffix(".png").exists()
    with pytest.raises(InputError, match="is there already"):
        explorer.pick("5", "aurora")


def test_explorer_page_opens(face, tmp_path):
    page = pytest.importorskip("vectorfind.apps.explorer_page")
    html = opened(page.build_explorer_page(face, tmp_path / "bundle.pt"))
    assert "Random face" in html and "Mouth: closed to open" in html


def test_a_slider_is_captioned_by_the_bundle_or_its_name(face):
    page = pytest.importorskip("vectorfind.apps.explorer_page")
    captions = [page.caption_of(face, name) for name in ("mouth", "pose", "hair_color")]
    assert captions == ["Mouth: closed to open", "Pose", "Hair color"]
