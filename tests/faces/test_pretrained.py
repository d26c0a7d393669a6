import json
import math
import subprocess
import sys

import pytest
import torch
from helpers.hub import COMMIT, environment_for, running_hub
from helpers.places import REPOSITORY
from safetensors.torch import load_file
from transformers import (
    MobileNetV2Config,
    MobileNetV2ForSemanticSegmentation,
    SegformerImageProcessor,
)

from vectorfind.errors import InputError
from vectorfind.faces.pretrained import InputFormat, load_pretrained
from vectorfind.faces.segformer import Segformer

DEMO_PARSER = REPOSITORY / "resources/demo/parser"
LOAD = """
import sys
from vectorfind.faces.parser import load_parser
print(load_parser(*sys.argv[1:]).size)
heavy = {'transformers', 'torch._dynamo', 'sympy', 'scipy'} & set(sys.modules)
sys.exit(f'imported {heavy}' if heavy else 0)
"""


def copied(folder, config=None, preprocessor=None):
    """The demo's parser with other descriptions; a text is written as it is."""
    folder.mkdir(exist_ok=True)
    for name, change in (("config.json", config), ("preprocessor_config.json", preprocessor)):
        text = (DEMO_PARSER / name).read_text()
        if change is not None:
            text = change if isinstance(change, str) else json.dumps(json.loads(text) | change)
        (folder / name).write_text(text)
    weights = folder / "model.safetensors"
    weights.unlink(missing_ok=True)
    weights.symlink_to(DEMO_PARSER / "model.safetensors")
    return folder


def loaded(*arguments, **options):
    words = [sys.executable, "-c", LOAD, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def test_a_segformer_needs_no_transformers():
    ran = loaded(DEMO_PARSER)
    assert (ran.returncode, ran.stdout) == (0, "(64, 64)\n"), ran.stderr


def test_a_model_of_the_hub_is_found_by_name_and_offline_in_the_cache(tmp_path):
    files = {path.name: path.read_bytes() for path in DEMO_PARSER.iterdir()}
    with running_hub() as hub:
        hub.files = {"someone/parser": files}
        environment = environment_for(hub, tmp_path)
        ran = loaded("someone/parser", COMMIT, env=environment)
        assert (ran.returncode, ran.stdout) == (0, "(64, 64)\n"), ran.stderr
    ran = loaded("someone/parser", COMMIT, env={**environment, "HF_HUB_OFFLINE": "1"})
    assert (ran.returncode, ran.stdout) == (0, "(64, 64)\n"), ran.stderr


def test_weights_may_be_a_pickle_of_tensors_alone(tmp_path):
    folder = copied(tmp_path)
    state = load_file(DEMO_PARSER / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(
        {name: tensor.half() for name, tensor in state.items()}, folder / "pytorch_model.bin"
    )
    network, labels, _ = load_pretrained(folder)
    assert isinstance(network, Segformer) and len(labels) == 11
    name = "decode_head.classifier.weight"
    torch.testing.assert_close(network.state_dict()[name], state[name].half().float())
    torch.save({"weights": state}, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="something else than tensors by name"):
        load_pretrained(folder)


def test_another_architecture_is_left_to_transformers(tmp_path):
    config = MobileNetV2Config(depth_multiplier=0.1, num_labels=4, image_size=32)
    MobileNetV2ForSemanticSegmentation(config).save_pretrained(tmp_path)
    network, labels, taken = load_pretrained(tmp_path)
    assert isinstance(network, MobileNetV2ForSemanticSegmentation)
    assert labels[3] == "LABEL_3" and taken == InputFormat()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "config.json holds no object"),
        ({"depths": [2, 1, 1]}, r"depths is \[2, 1, 1\], not 4 positive whole numbers"),
        ({"depths": "2111"}, "depths is '2111', not 4"),
        ({"depths": None}, "depths is None, not 4"),
        ({"strides": [2, 2, 0, 2]}, "strides is .*, not 4"),
        ({"mlp_ratios": [2, 2, 2.5, True]}, "mlp_ratios is .*, not 4"),
        ({"num_encoder_blocks": "four"}, "num_encoder_blocks is 'four', not a positive"),
        ({"num_encoder_blocks": 3}, "depths is .*, not 3"),
        ({"decoder_hidden_size": -1}, "decoder_hidden_size is -1, not a positive"),
        ({"num_attention_heads": [1, 2, 4, 5]}, "hidden_sizes has 96, no multiple of 5 heads"),
        ({"hidden_act": "sine"}, "hidden_act is 'sine', not gelu/"),
        ({"hidden_act": ["gelu"]}, "hidden_act is"),
        ({"num_channels": 1}, "it takes 1 channels, not RGB"),
        (
            {"sr_ratios": [2, 2, 2, 1]},
            r"self.sr.weight is \[32, 32, 4, 4\] in its file, \[32, 32, 2",
        ),
        ({"depths": [1, 1, 1, 1]}, r"describes no segformer.encoder.block.0.1"),
        ({"id2label": {"0": "skin", "2": "hair"}}, r"numbers its classes \[0, 2\], not from 0 on"),
        ({"id2label": {"skin": 0}}, "invalid literal"),
        ({"id2label": ["skin"]}, "no attribute"),
        ({"id2label": None, "num_labels": "many"}, "cannot be interpreted"),
        ({"id2label": {"0": "skin"}}, r"classifier.* is \[11.* in its file, \[1"),
    ],
)
def test_a_config_that_does_not_fit_says_why(tmp_path, change, reason):
    said = f"{tmp_path.name}: is no segmentation model in Hugging Face format .*{reason}"
    with pytest.raises(InputError, match=said):
        load_pretrained(copied(tmp_path, config=change))


def test_more_blocks_than_the_file_has_are_missing(tmp_path):
    with pytest.raises(
        InputError, match=r"18 of the model's tensors .*encoder.block.3.1.attention"
    ):
        load_pretrained(copied(tmp_path, config={"depths": [2, 1, 1, 2]}))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"size": 48},
        {"size": {"shortest_edge": 40}},
        {"size": {"shortest_edge": 40, "longest_edge": 90}},
        {"size": {"longest_edge": 90}},
        {"size": [32, 48]},
        {"size": {"height": 32, "width": 48}, "image_mean": [0, 0.1, 1], "image_std": [1, 2, 3]},
        {"do_reduce_labels": True, "image_processor_type": "SegformerFeatureExtractor"},
    ],
)
def test_the_input_is_what_transformers_takes(tmp_path, change):
    folder = copied(tmp_path, preprocessor=change)
    theirs = SegformerImageProcessor.from_pretrained(folder)
    sides = dict(theirs.size)
    shortest = sides.get("shortest_edge") or 512
    size = (sides.get("height") or shortest, sides.get("width") or shortest)
    taken = load_pretrained(folder)[2]
    assert taken == (size, tuple(theirs.image_mean), tuple(theirs.image_std))


def test_an_empty_description_is_what_segformer_was_published_with(tmp_path):
    assert load_pretrained(copied(tmp_path, preprocessor="{}"))[2] == InputFormat()


@pytest.mark.parametrize(
    "change",
    [
        *(
            "{",
            "[]",
            "3",
            {"size": 0},
            {"size": None},
            {"size": "64"},
            {"size": True},
            {"size": [64, 64, 3]},
        ),
        *({"size": {"side": 64}}, {"size": {"height": 64}}, {"size": {"height": 6.5, "width": 6}}),
        *({"image_mean": 0.5}, {"image_mean": [0.5]}, {"image_mean": ["a", "b", "c"]}),
        *({"image_std": [0.5, 0, 0.5]}, {"image_std": []}, {"image_mean": [0.5, 0.5, math.nan]}),
    ],
)
def test_a_damaged_description_is_named(tmp_path, change):
    said = f"{tmp_path.name}: preprocessor_config.json cannot be used"
    with pytest.raises(InputError, match=said):
        load_pretrained(copied(tmp_path, preprocessor=change))
