"""Samples, scorers, SVMs and pixels that are damaged or say nothing."""

import numpy as np
import pytest
import torch
from helpers.refusals import refusal

from vectorfind.bundle import load_bundle
from vectorfind.directions.directions import read_directions
from vectorfind.errors import InputError
from vectorfind.files import read_json
from vectorfind.samples.files import open_samples, read_samples, write_samples
from vectorfind.scoring import load_scorer
from vectorfind.stylegan import build_generator
from vectorfind.stylegan.inference import prepare_drawing
from vectorfind.vocabulary import Names

DAMAGED = {
    "samples-damaged": (read_samples, b"PK\x03\x04", "not a readable shard .*delete it and rerun"),
    "directions-damaged": (read_directions, b"PK\x03\x04", "not a readable file of directions"),
    "bundle-damaged": (load_bundle, b"PK\x03\x04", "truncated or damaged"),
    "scorer-damaged": (load_scorer, b"\x10\0\0\0\0\0\0\0{", "cannot be read as safetensors"),
    "json-damaged": (read_json, b'{"unit": ', "is not JSON .*delete it and run again"),
}
CASES = DAMAGED | dict.fromkeys(
    ("samples-nan", "samples-joined-damaged", "pixels-nan", "bundle-of-another-kind")
)


@pytest.mark.parametrize(("read", "content", "words"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(tmp_path, read, content, words):
    (tmp_path / "made").write_bytes(content)
    refusal(read, tmp_path / "made", words)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_scores_that_are_not_finite_are_refused(tmp_path, value):
    write_samples(tmp_path / "0000.npz", np.zeros((2, 3)), np.array([[0.0], [value]]))
    refusal(read_samples, tmp_path / "0000.npz", "not finite; delete it and rerun")


def test_joined_samples_are_named_when_damaged(tmp_path):
    paths = [tmp_path / name for name in ("w.npy", "scores.npy", "groups.npy")]
    for path in paths:
        path.write_bytes(b"\x93NUMPY\1\0")
    with pytest.raises(InputError, match=r"w\.npy.*not readable samples.*delete them"):
        open_samples(*paths, Names(("eyes",), ("eyes",), ()))


def test_a_checkpoint_is_no_bundle(tmp_path):
    torch.save({"generator": {}}, tmp_path / "faces.pt")
    refusal(load_bundle, tmp_path / "faces.pt", "not a VectorFind bundle; give the results")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e9])
def test_pixels_that_are_not_finite_are_named_before_rounding(value):
    generator = build_generator(16, 8, 12, 64, 8).requires_grad_(False)
    w = torch.zeros(1, 12)
    precision = "float16" if value == 1e9 else "float32"
    prepare_drawing(generator, "cpu", precision)(w)
    generator.synthesis.layer5.weight.fill_(value)
    with pytest.raises(InputError, match=f"NaN or infinite, in {precision}"):
        prepare_drawing(generator, "cpu", precision)(w)
