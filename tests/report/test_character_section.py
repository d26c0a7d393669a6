"""Characters on the report's page: read without torch, as `vectorfind pick` writes them."""

import numpy as np
import pytest
from helpers.report_results import CHECKPOINT, config_of, make_report_results
from helpers.small_bundle import make_results

from vectorfind.bundle import load_bundle
from vectorfind.characters import pick_character, read_candidate, save_character
from vectorfind.characters.character import PROBED
from vectorfind.report.characters import LEAST, MOST, SHOWN, characters


@pytest.fixture
def picked(tmp_path):
    face = load_bundle(make_results(tmp_path / "small"))
    face.facts["source"] = {"sha256": CHECKPOINT["sha256"]}
    nova = pick_character(face, read_candidate(tmp_path / "small/image_test", 2), "nova")
    save_character(tmp_path / "characters/nova.safetensors", nova)
    return nova


def test_offsets_are_those_of_characters():
    assert (PROBED[0], PROBED[-1]) == (LEAST, MOST)
    assert np.array_equal(PROBED[2:-2:2], np.linspace(-2, 2, SHOWN))


def test_only_characters_of_this_checkpoint_are_shown(picked, tmp_path):
    run = make_report_results(tmp_path / "results", config_of())
    section = characters(run, tmp_path / "characters")
    assert section.text == "Picked from this checkpoint's faces: nova."
    (figure,) = section.parts
    assert figure.title == "nova" and figure.caption.startswith("Case 2, group ")
    low, high = picked.reach["eyes"]
    assert f"eyes {low:+.2f} to {high:+.2f}" in figure.caption
    other = make_report_results(tmp_path / "other", config_of())
    path = other.path("import", "checkpoint.json")
    path.write_text(path.read_text().replace("ab", "cd"))
    assert characters(other, tmp_path / "characters").text.startswith("None is picked yet")
