"""Other people's layouts of StyleGAN v1 against the reference data, and odd wrappings."""

import argparse
import pickle
import sys
import types

import numpy as np
import pytest
import torch
from helpers.networks import assert_same_state, facts_of, states_in

from vectorfind.errors import InputError
from vectorfind.stylegan import layers, load_networks

FILES = {
    "F1_interfacegan64.pth": "interfacegan",
    "F1_interfacegan128.pth": "interfacegan",
    "F2_higan64.pth": "higan",
    "F3_lernapparat64.pt": "lernapparat",
    "F4_huangzh64.pth": "huangzh13",
    "F5_tfstylegan64.pkl": "official",
}


def close(found, wanted, share, least=0.0):
    wanted = torch.as_tensor(np.asarray(wanted, np.float32))
    atol = share * wanted.abs().max().item() + least
    torch.testing.assert_close(found, wanted, rtol=0, atol=atol)


def with_noises(generator, arrays):
    """Put the noise maps in which the reference was drawn, where it has them."""
    for layer in range(generator.num_layers):
        if f"noise{layer}" in arrays:
            noise = torch.as_tensor(arrays[f"noise{layer}"])
            getattr(generator.synthesis, f"layer{layer}").apply_noise.noise.copy_(noise)
    return generator


@torch.no_grad()
@pytest.mark.parametrize("name", FILES)
def test_latents_and_images_are_the_originals(fixtures_dir, monkeypatch, name):
    arrays = np.load(fixtures_dir / f"{name.partition('.')[0]}.npz")
    generator = with_noises(load_networks(fixtures_dir / name).inference_generator, arrays)
    w = generator.mapping(torch.as_tensor(arrays["z"]))
    close(w, arrays["w"], 1e-5)
    if "image_nvidia" in arrays:
        count = len(arrays["image_nvidia"])
        close(generator.synthesis(w[:count]), arrays["image_nvidia"], 1e-5, 1e-4)
        # What the project itself drew has an instance norm with another epsilon.
        monkeypatch.setattr(layers, "EPSILON", 1e-5)
    for psi in ("10", "07"):
        image = arrays.get(f"image_psi{psi}", [])  # lernapparat has no mean w to truncate to
        wp = generator.truncation(w[: len(image)], int(psi) / 10, 8)
        if len(image):
            close(generator.synthesis(wp), image, 1e-5, 1e-4)


@torch.no_grad()
def test_the_official_pickle_has_both_generators_and_the_discriminator(fixtures_dir):
    arrays = np.load(fixtures_dir / "F5_tfstylegan64.npz")
    networks = load_networks(fixtures_dir / "F5_tfstylegan64.pkl")
    z = torch.as_tensor(arrays["z"])
    close(networks.generator.mapping(z), arrays["w_g"], 1e-5)
    close(networks.generator(z[:1]), arrays["image_g_psi10_first1"], 1e-5, 1e-4)
    scores = networks.discriminator(networks.generator_smooth(z))
    close(scores, arrays["d_scores_psi10"], 0, 1e-4)
    same = torch.load(fixtures_dir / "F5_tfstylegan64_genforce.pth", weights_only=True)
    for name, state in states_in(fixtures_dir / "F5_tfstylegan64.pkl").by_network.items():
        assert state.keys() == same[name].keys()
        assert_same_state({key: state[key] for key in same[name]}, dict(same[name]))


@pytest.mark.parametrize("name", FILES)
def test_inspection_names_the_layout_and_what_was_added(fixtures_dir, name):
    facts = facts_of(fixtures_dir / name)
    assert facts["layout"] == FILES[name]
    added = " ".join(facts["added"])
    assert ("noise maps: 10 missing, drawn from seed 0" in added) == ("noise0" in arrays_of(name))
    assert ("mean w: missing, computed from 10,000 z" in added) == ("lernapparat" in name)


def arrays_of(name):
    return {"noise0"} if name.startswith(("F3", "F4")) else set()


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {f"module.{key}": value for key, value in state.items()},
        lambda state: {f"module.module.{key}": value for key, value in state.items()},
        lambda state: {f"_orig_mod.{key}": value for key, value in state.items()},
        lambda state: {"state_dict": {f"generator.{k}": v for k, v in state.items()}},
        lambda state: {"g_ema": state, "args": argparse.Namespace(batch=4)},
        lambda state: {"state_dict": state, "fid": np.float64(3.5), "iter": np.int64(7)},
    ],
)
def test_wrapped_states_are_unwrapped(fixtures_dir, tmp_path, wrap):
    state = torch.load(fixtures_dir / "A3_uncond32_nofuse.pth", weights_only=True)["generator"]
    torch.save(wrap(state), tmp_path / "wrapped.pth")
    found = states_in(tmp_path / "wrapped.pth")
    assert_same_state(state, found.by_network["generator"])
    assert not found.added


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("F6_ada64.pkl", "this is a StyleGAN2-ADA pickle of 64x64"),
        ("F6b_tfstylegan2_64.pkl", "this is a TensorFlow StyleGAN2 pickle of 64x64"),
        ("F8_stylegan3t64.pkl", "this is a StyleGAN3 pickle of 64x64"),
    ],
)
def test_what_cannot_be_used_is_named(fixtures_dir, name, family):
    with pytest.raises(InputError, match=family):
        load_networks(fixtures_dir / name)


def test_a_pickle_of_another_form_is_one_message(tmp_path):
    class Network:
        def __init__(self):
            self.variables, self.build_func_name, self.name = 7, "G_style", "G"

    Network.__module__, Network.__qualname__ = "dnnlib.tflib.network", "Network"
    path = tmp_path / "odd.pkl"
    module = types.ModuleType("dnnlib.tflib.network")
    module.Network = Network
    with pytest.MonkeyPatch.context() as patch:
        for name in ("dnnlib", "dnnlib.tflib"):
            patch.setitem(sys.modules, name, types.ModuleType(name))
        patch.setitem(sys.modules, module.__name__, module)
        path.write_bytes(pickle.dumps((Network(),)))
    with pytest.raises(InputError, match=r"odd\.pkl: a pickle of networks of another form"):
        load_networks(path)
