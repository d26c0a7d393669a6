import json

import numpy as np
import pytest
import torch
from helpers.places import DATA, REPOSITORY
from transformers import ViTConfig, ViTModel

from vectorfind.errors import InputError
from vectorfind.judges.identity import load_embedder
from vectorfind.judges.panel import choose_embedder

RECOGNITION = DATA / "tiny_recognition.onnx"
"""ArcFace's form, tiny: data [n, 3, 112, 112] -> fc1 [n, 16]; random weights, exported by torch."""
FIRST_FEATURES = [
    [-0.6739437, 1.1662874, -0.21489477, -0.06098825],
    [-0.6528133, 1.0974767, -0.20441319, -0.06601187],
    [-0.71629936, 1.1965183, -0.21239154, -0.01952826],
]
"""What torch made of the three pictures of `pictures`, (pixel - 127.5) / 127.5, RGB."""


def pictures(side=112):
    rng = np.random.default_rng(1)
    return torch.as_tensor(rng.integers(0, 256, (3, side, side, 3), dtype=np.uint8))


def write_vit(folder):
    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=32,
        patch_size=8,
    )
    network = ViTModel(config).eval()
    network.save_pretrained(folder)
    processor = {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": 32, "width": 32},
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return network


@pytest.mark.parametrize("as_folder", [False, True])
def test_a_recognition_network_gives_its_authors_features(as_folder, tmp_path):
    model = RECOGNITION
    if as_folder:
        (tmp_path / "w600k.onnx").write_bytes(RECOGNITION.read_bytes())
        model = tmp_path
    features = load_embedder(model)(pictures())
    assert features.shape == (3, 16)
    assert np.allclose(features[:, :4], FIRST_FEATURES, atol=1e-5)


def test_the_network_sees_the_middle_at_its_own_size():
    embed, whole = load_embedder(RECOGNITION, crop=0.5), pictures(224)
    middle = whole[:, 56:168, 56:168].contiguous()
    assert np.allclose(embed(whole), load_embedder(RECOGNITION)(middle), atol=1e-6)
    many = whole.repeat(7, 1, 1, 1)
    assert np.allclose(embed(many)[-3:], embed(whole), atol=1e-6)


def test_a_network_in_hugging_face_format(tmp_path):
    network, images = write_vit(tmp_path), pictures(32)
    pixels = images.permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        wanted = network(pixel_values=pixels).pooler_output.numpy()
    assert np.allclose(load_embedder(tmp_path)(images), wanted, atol=1e-5)


def test_what_is_no_network_gets_one_message(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="0 ONNX files and no network"):
        load_embedder(tmp_path)
    (tmp_path / "a.onnx").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"a\.onnx: not a readable ONNX network"):
        load_embedder(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="nobody/nothing: neither a file or folder here"):
        load_embedder("nobody/nothing")


def test_the_users_network_comes_before_the_annotator():
    identity = {"model": None, "revision": None, "crop": 1.0, "mean": 127.5, "std": 127.5}
    annotator = str(REPOSITORY / "resources/demo/annotator.safetensors")
    device = torch.device("cpu")
    assert choose_embedder(identity, None, device) is None
    faces = pictures(64)
    assert choose_embedder(identity, annotator, device)(faces).shape == (3, 128)
    named = identity | {"model": str(RECOGNITION)}
    assert choose_embedder(named, annotator, device)(faces).shape == (3, 16)
