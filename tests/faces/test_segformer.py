import json

import numpy as np
import pytest
import torch
from helpers.places import REPOSITORY
from safetensors.torch import load_file
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from vectorfind.faces.parser import _most_likely, load_parser
from vectorfind.faces.segformer import ACTIVATIONS, Segformer
from vectorfind.images import to_uint8
from vectorfind.stylegan import load_networks

DEMO_PARSER = REPOSITORY / "resources/demo/parser"
SMALL = {
    "depths": [1, 2, 1, 1],
    "hidden_sizes": [16, 24, 32, 16],
    "num_attention_heads": [1, 2, 4, 2],
    "decoder_hidden_size": 20,
    "num_labels": 7,
}
CONFIGURATIONS = {
    "defaults": {"num_labels": 5},
    "ratios, patches, strides, widths": {
        **SMALL,
        "sr_ratios": [5, 3, 1, 2],
        "patch_sizes": [5, 5, 3, 1],
        "strides": [3, 2, 1, 2],
        "mlp_ratios": [1, 3, 2, 4],
    },
    "three stages": {
        **{key: SMALL[key] for key in ("decoder_hidden_size", "num_labels")},
        "num_encoder_blocks": 3,
        "depths": [1, 1, 2],
        "hidden_sizes": [8, 16, 24],
        "num_attention_heads": [2, 1, 3],
        "sr_ratios": [4, 2, 1],
        "patch_sizes": [7, 3, 3],
        "strides": [4, 2, 2],
        "mlp_ratios": [4, 4, 4],
    },
    "B5, shortened": {
        **SMALL,
        "depths": [3, 6, 8, 3],
        "hidden_sizes": [64, 128, 320, 512],
        "num_attention_heads": [1, 2, 5, 8],
        "decoder_hidden_size": 768,
    },
    "layer norm's eps": {**SMALL, "layer_norm_eps": 0.1},
    "four channels": {**SMALL, "num_channels": 4},
    **{name: {**SMALL, "hidden_act": name} for name in ACTIVATIONS},
}


def transformers_of(configuration):
    """A network of transformers, its weights and running means at random."""
    torch.manual_seed(0)
    network = SegformerForSemanticSegmentation(SegformerConfig(**configuration)).eval()
    with torch.no_grad():
        for tensor in filter(torch.is_floating_point, (*network.parameters(), *network.buffers())):
            if tensor.ndim > 1:
                tensor.normal_(std=tensor[0].numel() ** -0.5)
            else:
                tensor.add_(torch.rand_like(tensor) * 0.2)
    return network


def ours_of(network, folder):
    """The same network, built and filled from what transformers saves."""
    network.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    ours = Segformer(config, network.config.num_labels).eval()
    ours.load_state_dict(load_file(folder / "model.safetensors"))
    return ours


@torch.inference_mode()
def assert_same(ours, theirs, pixels):
    found, expected = ours(pixels).logits, theirs(pixel_values=pixels).logits
    assert found.shape == expected.shape and expected.std((2, 3)).min() > 0.02
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)
    assert (found.argmax(1) == expected.argmax(1)).float().mean() > 0.9999


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_logits_are_those_of_transformers(configuration, tmp_path):
    theirs = transformers_of(configuration)
    pixels = torch.randn(2, theirs.config.num_channels, 96, 160)
    assert_same(ours_of(theirs, tmp_path), theirs, pixels)


def test_a_last_stage_without_its_shape_gets_it(tmp_path):
    theirs = transformers_of({**SMALL, "reshape_last_stage": False})
    # transformers takes the side for the root of the width: 4 of 16 here.
    assert_same(ours_of(theirs, tmp_path), theirs, torch.randn(2, 3, 128, 128))


def test_the_demo_s_faces_are_parsed_as_by_transformers():
    generator = load_networks(REPOSITORY / "resources/demo/stylegan.pth").inference_generator
    z = torch.randn(40, generator.z_dim, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        faces = generator.synthesis(generator.mapping(z))
    parser = load_parser(DEMO_PARSER)
    assert isinstance(parser.model, Segformer)
    theirs = SegformerForSemanticSegmentation.from_pretrained(DEMO_PARSER).eval()
    assert_same(parser.model, theirs, faces.clamp(-1, 1))
    pictures = to_uint8(faces).numpy()
    maps = parser.parse(pictures)
    assert len(np.unique(maps)) == 11
    with torch.inference_mode():
        expected = theirs((torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5)
        assert (maps == _most_likely(expected.logits, parser.classes)).mean() > 0.9999


def test_more_than_256_classes_are_told_apart():
    logits = torch.zeros(1, 300, 2, 2)
    logits[0, 299, 0], logits[0, 257, 1] = 1, 2
    classes = (torch.arange(300) % 11).to(torch.uint8)
    found = _most_likely(logits, classes)[0]
    assert found[0, 0] == 299 % 11 and found[-1, -1] == 257 % 11
