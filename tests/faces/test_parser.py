import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.places import DATA
from helpers.published import PROPERTIES
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from vectorfind.errors import InputError
from vectorfind.faces import measure_properties
from vectorfind.faces.parser import (
    COLOURS,
    FaceParser,
    load_parser,
    measure_colours,
    measure_faces_and_colours,
    measure_images,
    resize_faces,
)
from vectorfind.faces.properties import CLASS_NAMES

CELEBA_MASK = [
    *("background", "skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow"),
    *("l_ear", "r_ear", "mouth", "u_lip", "l_lip", "hair", "hat", "ear_r"),
    *("neck_l", "neck", "cloth"),
]
PREPROCESSOR = {
    "image_processor_type": "SegformerImageProcessor",
    "size": {"height": 64, "width": 64},
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.2, 0.25, 0.5],
}


def segformer(names):
    config = SegformerConfig(
        hidden_sizes=[8, 8, 8, 8],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 1, 1],
        patch_sizes=[5, 3, 3, 3],
        strides=[1, 2, 2, 2],
        decoder_hidden_size=8,
        id2label=dict(enumerate(names)),
    )
    torch.manual_seed(0)
    return SegformerForSemanticSegmentation(config)


def save(folder, names, order=None):
    """Save a small random parser; `order` renumbers its classes with their weights."""
    network = segformer(names)
    if order is not None:
        head = network.decode_head.classifier
        head.weight.data, head.bias.data = head.weight.data[order], head.bias.data[order]
        network.config.id2label = {index: names[old] for index, old in enumerate(order)}
    network.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("parser"), CELEBA_MASK)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)


def test_classes_are_mapped_by_name_and_all_else_is_skin(folder):
    parser = load_parser(folder)
    meaning = dict(zip(CELEBA_MASK, parser.classes.tolist(), strict=True))
    assert {name: CLASS_NAMES[meaning[name]] for name in ("l_eye", "r_brow", "mouth", "l_lip")} == {
        "l_eye": "left eye",
        "r_brow": "right brow",
        "mouth": "inner mouth",
        "l_lip": "lower lip",
    }
    folded = ("eye_g", "hat", "l_ear", "r_ear", "ear_r", "neck", "neck_l", "cloth")
    assert {CLASS_NAMES[meaning[name]] for name in folded} == {"skin"}


def test_sides_can_be_the_persons(folder):
    classes = load_parser(folder, left_is="person").classes.tolist()
    meaning = {name: CLASS_NAMES[classes[CELEBA_MASK.index(name)]] for name in CELEBA_MASK}
    assert meaning["l_eye"] == "right eye" and meaning["r_brow"] == "left brow"
    assert meaning["l_lip"] == "lower lip"


def test_our_own_names_are_understood(tmp_path):
    parser = load_parser(save(tmp_path, [name.title() for name in CLASS_NAMES]))
    assert parser.classes.tolist() == list(range(11))


def test_ids_do_not_matter(folder, images, tmp_path):
    order = np.random.default_rng(1).permutation(len(CELEBA_MASK)).tolist()
    renumbered = load_parser(save(tmp_path, CELEBA_MASK, order))
    expected = load_parser(folder).parse(images)
    assert len(np.unique(expected)) > 1
    np.testing.assert_array_equal(renumbered.parse(images), expected)


def test_parse_is_the_models_own_answer(folder, images):
    parser = load_parser(folder)
    pixels = (images / 255 - PREPROCESSOR["image_mean"]) / PREPROCESSOR["image_std"]
    planes = torch.tensor(pixels, dtype=torch.float32).permute(0, 3, 1, 2)
    with torch.inference_mode():
        logits = parser.model(pixel_values=planes).logits
    whole = torch.nn.functional.interpolate(logits, (224, 224), mode="bilinear")
    agreement = parser.parse(images) == parser.classes[whole.argmax(1)].numpy()
    assert agreement.mean() > 0.9999


def test_batch_size_does_not_matter(folder, images):
    parser = load_parser(folder)
    agreement = parser.parse(images, batch_size=2) == parser.parse(images, batch_size=5)
    assert agreement.mean() > 0.9999


def test_larger_images_are_shrunk_to_what_the_model_takes(folder, images):
    parser = load_parser(folder)
    large = images.repeat(3, axis=1).repeat(3, axis=2)
    assert parser.parse(large).shape == (5, 224, 224)
    # Flat pictures have the same pixels at any size.
    flat = np.full((1, 64, 64, 3), 90, np.uint8)
    larger = np.full((1, 200, 200, 3), 90, np.uint8)
    np.testing.assert_array_equal(parser.parse(flat), parser.parse(larger))


def test_without_preprocessor_config_segformers_format_is_taken(tmp_path):
    save(tmp_path, CELEBA_MASK)
    (tmp_path / "preprocessor_config.json").unlink()
    parser = load_parser(tmp_path)
    assert parser.size == (512, 512) and parser.mean == (0.485, 0.456, 0.406)


def brightness_parser():
    """A parser whose class is the picture's red value times ten."""

    def model(pixel_values):
        classes = torch.arange(11.0).reshape(1, 11, 1, 1)
        return SimpleNamespace(logits=-(pixel_values[:, :1] * 25.5 - classes).abs())

    nothing = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    classes = torch.arange(11, dtype=torch.uint8)
    return FaceParser(model, torch.device("cpu"), (224, 224), *nothing, classes)


def test_images_are_measured_by_their_parse():
    maps = np.load(DATA / "property_maps.npz")["maps"][:5]
    painted = np.repeat(maps[..., None] * 10, 3, axis=-1).astype(np.uint8)
    parser = brightness_parser()
    np.testing.assert_array_equal(parser.parse(painted, batch_size=2), maps)
    measured = measure_images(parser, painted, batch_size=2)
    assert tuple(measured.columns) == PROPERTIES
    expected = pd.DataFrame(map(measure_properties, maps, painted))
    pd.testing.assert_frame_equal(measured, expected)


def test_images_are_measured_by_functions_of_ones_own():
    maps = np.load(DATA / "property_maps.npz")["maps"][:3]
    painted = np.repeat(maps[..., None] * 10, 3, axis=-1).astype(np.uint8)
    measures = {"red": lambda parse_map, face: face[..., 0].mean(), "open": "eyes"}
    measured = measure_images(brightness_parser(), painted, batch_size=2, measures=measures)
    assert list(measured.columns) == ["red", "open"]
    np.testing.assert_allclose(measured["red"], painted[..., 0].mean((1, 2)))
    np.testing.assert_array_equal(
        measured["open"],
        [measure_properties(*pair)["eyes"] for pair in zip(maps, painted, strict=True)],
    )
    table, _ = measure_faces_and_colours(brightness_parser(), painted, measures)
    pd.testing.assert_frame_equal(table, measured)


def test_no_images_give_an_empty_table():
    measured = measure_images(brightness_parser(), np.empty((0, 64, 64, 3), np.uint8))
    assert len(measured) == 0 and tuple(measured.columns) == PROPERTIES


def test_resizing_keeps_the_picture():
    ramp = np.linspace(0, 255, 448).astype(np.uint8)
    image = np.broadcast_to(ramp[None, :, None], (448, 448, 3))
    small = resize_faces(image[None])
    assert small.shape == (1, 224, 224, 3)
    assert np.abs(small[0, 0, :, 0].astype(int) - ramp[::2]).max() <= 2
    again = resize_faces(small[:, ::7, ::7])
    assert again.shape == (1, 224, 224, 3)


def test_missing_class_is_named(tmp_path):
    names = [name for name in CELEBA_MASK if name != "u_lip"]
    with pytest.raises(InputError, match=r"no class is named 'upper lip' \(nor u_lip\) among back"):
        load_parser(save(tmp_path, names))


def test_absent_or_damaged_parser_is_named(tmp_path, folder, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="absent: is no segmentation model"):
        load_parser(tmp_path / "absent")
    save(tmp_path, CELEBA_MASK)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(InputError, match="is no segmentation model"):
        load_parser(tmp_path)


def test_missing_weights_are_not_made_up(tmp_path):
    network = segformer(CELEBA_MASK)
    state = network.state_dict()
    del state["decode_head.classifier.weight"]
    network.save_pretrained(tmp_path, state_dict=state)
    with pytest.raises(InputError, match=r"1 of .* not in its file, decode_head.classifier.weight"):
        load_parser(tmp_path)


def test_colours_are_the_means_of_skin_and_background():
    images = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    maps = np.full((2, 224, 224), CLASS_NAMES.index("hair"), np.uint8)
    maps[0, :50], maps[:, 100:120, 7:90] = 0, 1
    parser = SimpleNamespace(parse=lambda images, batch_size=16: maps)
    table, colours = measure_faces_and_colours(parser, images)
    assert table.equals(measure_images(parser, images))
    assert np.array_equal(colours, measure_colours(parser, images), equal_nan=True)
    assert colours.shape == (2, len(COLOURS)) and COLOURS[3] == "background_r"
    assert np.allclose(colours[:, :3], images[:, 100:120, 7:90].mean((1, 2)), atol=1e-3)
    assert np.allclose(colours[0, 3:6], images[0, :50].mean((0, 1)), atol=1e-3)
    assert np.allclose(colours[1, 6:], images[1][maps[1] == CLASS_NAMES.index("hair")].mean(0))
    assert np.isnan(colours[1, 3:6]).all()
