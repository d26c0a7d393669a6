import numpy as np
import pandas as pd
import pytest
from helpers.places import REPOSITORY

from vectorfind.demo.world.parameters import ATTRIBUTES as KNOWN
from vectorfind.errors import InputError
from vectorfind.labels.annotator import annotate, label_from_annotator, load_annotator
from vectorfind.labels.hand_labels import label_from_file, labelling_command
from vectorfind.labels.rounding import labels_of
from vectorfind.vocabulary import PUBLISHED

ATTRIBUTES = ("gender", "quality")
PROMPTS = {name: row.prompts for name, row in PUBLISHED.attributes.items()}
COMMAND = labelling_command("original", ATTRIBUTES, "labels/original.csv", 3)


def write(path, text):
    path.write_text(text)
    return path


def read(path, ids=(0, 1, 2)):
    return label_from_file(path, ids, ATTRIBUTES, COMMAND)


def test_command_opens_the_page_on_the_stage():
    assert COMMAND == (
        "vectorfind label results/original --attributes gender,quality "
        "--output labels/original.csv --count 3"
    )


def test_labels_come_in_the_order_of_the_ids(tmp_path):
    path = write(
        tmp_path / "labels.csv",
        "image_id,gender,quality,age\n7,1,1,\n2,1,1,0\n0,0,1,0\n1,0,0,1\n",
    )
    labels = read(path)
    expected = pd.DataFrame({"image_id": [0, 1, 2], "gender": [0, 0, 1], "quality": [1, 0, 1]})
    pd.testing.assert_frame_equal(labels, expected)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("image_id,gender\n0,1\n1,1\n2,0\n", r"column quality is missing.*vectorfind label"),
        (
            "image_id,gender,quality\n0,1,1\n2,0,1\n",
            r"1 without gender, 1 without quality.*image 1",
        ),
        ("image_id,gender,quality\n0,1,1\n1,1,\n2,0,\n", r"0 without gender, 2 without quality"),
        ("image_id,gender,quality\n0,1,1\n1,3,1\n2,0,1\n", r"line 3, column 'gender'.*neither"),
        ("image_id,gender,quality\n0,1,1\n1,0.5,1\n2,0,1\n", r"column 'gender'.*whole"),
        ("image_id,sex,quality\n0,1,1\n1,1,1\n2,0,1\n", r"column gender is missing among.*sex"),
        ("gender,quality\n1,1\n", r"'image_id' is missing"),
        ("image_id,gender,quality\n0,1,1\n0,1,1\n2,0,1\n", r"occurs twice"),
        ("", r"is no CSV"),
    ],
)
def test_bad_labels_get_one_message_that_names_the_file(tmp_path, content, says):
    path = write(tmp_path / "mine.csv", content)
    with pytest.raises(InputError, match=rf"(?s)mine\.csv.*{says}"):
        read(path)


def test_missing_file_says_which_command_opens_the_page(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path / "none.csv")
    assert "none.csv" in str(error.value) and COMMAND in str(error.value)


def test_probabilities_become_labels_by_name():
    probabilities = {"glass": np.array([0.2, 0.7]), "beard": np.array([0.5, np.float32(0.4999)])}
    labels = labels_of([4, 5], probabilities)
    expected = pd.DataFrame({"image_id": [4, 5], "glass": [0, 1], "beard": [1, 0]})
    pd.testing.assert_frame_equal(labels, expected)


@pytest.fixture(scope="module")
def tiny_siglip(tmp_path_factory):
    """A SigLIP of a few thousand random weights whose words are those of the prompts."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast, SiglipConfig, SiglipModel, SiglipProcessor
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    words = sorted({word for pair in PROMPTS.values() for text in pair for word in text.split()})
    vocabulary = {word: index for index, word in enumerate(["[PAD]", "[UNK]", *words])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    layers = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    layers["num_attention_heads"] = 2
    text = {**layers, "vocab_size": len(vocabulary), "max_position_embeddings": 64}
    text |= {"projection_size": 16, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    vision = {**layers, "image_size": 32, "patch_size": 8}
    torch.manual_seed(0)
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=vision))
    model.logit_scale.data.fill_(1)
    folder = tmp_path_factory.mktemp("siglip")
    model.save_pretrained(folder)
    processor = SiglipProcessor(
        SiglipImageProcessorPil(size={"height": 32, "width": 32}),
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=64
        ),
    )
    processor.save_pretrained(folder)
    return folder


def test_zero_shot_labels_do_not_depend_on_the_batch(tiny_siglip):
    from vectorfind.labels.zero_shot import label_zero_shot, zero_shot_probabilities

    images = np.random.default_rng(0).integers(0, 256, (5, 48, 48, 3), dtype=np.uint8)
    images[0] //= 4
    pairs = list(PROMPTS.values())
    scores = zero_shot_probabilities(str(tiny_siglip), images, pairs, batch_size=2)
    assert scores.shape == (5, 4) and (scores > 0).all() and (scores < 1).all()
    assert np.ptp(scores, axis=0).min() > 1e-4
    again = zero_shot_probabilities(str(tiny_siglip), images, pairs, batch_size=5)
    np.testing.assert_allclose(scores, again, atol=1e-5)
    prompts = {"age": PROMPTS["age"], "quality": PROMPTS["quality"]}
    table = label_zero_shot(str(tiny_siglip), range(5), images, prompts)
    assert list(table.columns) == ["image_id", "age", "quality"]
    np.testing.assert_array_equal(table["age"], scores[:, 2] >= 0.5)
    np.testing.assert_array_equal(table["quality"], scores[:, 1] >= 0.5)
    no_images = label_zero_shot(str(tiny_siglip), [], images[:0], prompts)
    assert list(no_images.columns) == ["image_id", "age", "quality"] and len(no_images) == 0


def test_turned_prompts_turn_the_labels(tiny_siglip):
    from vectorfind.labels.zero_shot import zero_shot_probabilities

    images = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    pair = PROMPTS["glass"]
    scores = zero_shot_probabilities(str(tiny_siglip), images, [pair, pair[::-1]])
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-5)


def test_zero_shot_model_that_is_not_there(tmp_path):
    from vectorfind.labels.zero_shot import zero_shot_probabilities

    with pytest.raises(InputError, match=r"zero_shot_model.*nothing_here"):
        zero_shot_probabilities(
            str(tmp_path / "nothing_here"),
            np.zeros((1, 8, 8, 3), np.uint8),
            [PROMPTS["age"]],
        )


DEMO = REPOSITORY / "resources" / "demo" / "annotator.safetensors"


def test_the_demos_annotator_labels_what_is_asked_for():
    images = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    table = label_from_annotator(DEMO, [7, 8, 9, 10], images, ("glass", "gender"))
    assert list(table.columns) == ["image_id", "glass", "gender"]
    assert table["image_id"].tolist() == [7, 8, 9, 10]
    found = annotate(load_annotator(DEMO), images)
    for name in ("glass", "gender"):
        np.testing.assert_array_equal(table[name], found[:, KNOWN.index(name)] >= 0.5)


def test_what_the_demos_annotator_does_not_know_is_named():
    images = np.zeros((1, 64, 64, 3), np.uint8)
    says = r"labels gender, quality, age, glass, not beard; take `labels\.source: file`"
    with pytest.raises(InputError, match=rf"annotator\.safetensors: .*{says}"):
        label_from_annotator(DEMO, [0], images, ("gender", "beard"))
