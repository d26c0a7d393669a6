"""The numbers of each project's own networks: w and images."""

import numpy as np
import pytest
import torch

from vectorfind.families import from_plain, read_family, to_plain
from vectorfind.families.reading import NOISE_DRAWN
from vectorfind.families.rosinality import read_rosinality
from vectorfind.stylegan.content import read_content

FILES = {
    "F6_ada64": "pkl",
    "F6c_ada64_cond3": "pkl",
    "F6b_tfstylegan2_64": "pkl",
    "F7_rosinality64": "pt",
    "F8_stylegan3t64": "pkl",
    "F8_stylegan3r64": "pkl",
}


def read(path):
    return read_family(read_content(path))


@pytest.fixture(scope="module", params=FILES)
def generator_and_arrays(request, fixtures_dir):
    generator, _, remark = read(fixtures_dir / f"{request.param}.{FILES[request.param]}")
    assert remark == ""
    with np.load(fixtures_dir / f"{request.param}.npz") as file:
        arrays = {name: torch.from_numpy(file[name]) for name in file if name != "meta_json"}
    return generator, arrays


def check_close(given, wanted, relative, absolute=0.0):
    assert given.shape == wanted.shape
    assert (given - wanted).abs().max() <= relative * wanted.abs().max() + absolute


def test_w_is_that_of_the_reference(generator_and_arrays):
    generator, arrays = generator_and_arrays
    check_close(generator.mapping(arrays["z"], arrays.get("label")), arrays["w"], 1e-5)


def test_sizes_are_those_of_the_reference(generator_and_arrays):
    generator, arrays = generator_and_arrays
    assert (generator.z_dim, generator.w_dim) == (arrays["z"].shape[1], arrays["w"].shape[1])
    assert generator.label_dim == (arrays["label"].shape[1] if "label" in arrays else 0)
    assert generator.resolution == 64 and generator.activations > 0
    if "ws_psi07" in arrays:
        assert generator.num_layers == arrays["ws_psi07"].shape[1]


@pytest.mark.parametrize(("name", "psi"), [("image_psi10", 1.0), ("image_psi07", 0.7)])
@torch.inference_mode()
def test_images_are_those_of_the_reference(generator_and_arrays, name, psi):
    generator, arrays = generator_and_arrays
    wanted = arrays[name]
    wp = generator.truncation(arrays["w"][: len(wanted)], psi, generator.num_layers)
    check_close(generator.synthesis(wp), wanted, 1e-5, 1e-4)


@torch.inference_mode()
def test_a_generator_saved_as_plain_data_draws_the_same(generator_and_arrays, tmp_path):
    generator, arrays = generator_and_arrays
    torch.save(to_plain(generator), tmp_path / "plain.pth")
    again = from_plain(torch.load(tmp_path / "plain.pth", weights_only=True))
    w = arrays["w"][:1]
    assert torch.equal(again.synthesis(w), generator.synthesis(w))
    assert torch.equal(again.truncation.w_avg, generator.truncation.w_avg)


@torch.inference_mode()
def test_missing_noise_is_drawn_from_a_seed_and_said(fixtures_dir):
    path = fixtures_dir / "F7_rosinality64_nonoise.pt"
    (generator, _, remark), (again, *_) = read(path), read(path)
    assert remark == NOISE_DRAWN
    with np.load(fixtures_dir / "F7_rosinality64.npz") as file:
        w, wanted = (torch.from_numpy(file[name]) for name in ("w", "image_zero_noise_first1"))
    assert torch.equal(generator.synthesis(w[:1]), again.synthesis(w[:1]))
    silent = generator.synthesis(w[:1], noise=lambda *size, **like: torch.zeros(*size, **like))
    check_close(silent, wanted, 1e-5, 1e-4)
    assert (generator.synthesis(w[:1]) - wanted).abs().max() > 0.1


def test_a_missing_mean_w_is_computed(fixtures_dir):
    content = read_content(fixtures_dir / "F7_rosinality64.pt")
    computed = read_rosinality(content["g_ema"]).truncation.w_avg
    given = content["latent_avg"]
    assert 0 < (computed - given).abs().max() < 0.02 * given.abs().max()
