import base64
import io
import urllib.request

import numpy as np
import pytest
from helpers.toy_world import ToyGenerator, toy_face
from PIL import Image

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
    small, single = (decoded(thumbnail.shrunk_url(image, side)) for side in (256, 1024))
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


def test_explorer_page_opens(face, tmp_path):
    page = pytest.importorskip("vectorfind.apps.explorer_page")
    html = opened(page.build_explorer_page(face, tmp_path / "bundle.pt"))
    assert "explorer.random" in html and "Mouth: closed to open" in html


def test_a_slider_is_captioned_by_the_bundle_or_its_name(face):
    page = pytest.importorskip("vectorfind.apps.explorer_page")
    captions = [page.caption_of(face, name) for name in ("mouth", "pose", "hair_color")]
    assert captions == ["Mouth: closed to open", "Pose", "Hair color"]
