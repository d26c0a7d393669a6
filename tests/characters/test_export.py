"""A character for programs without Python: a model, and a folder of pictures."""

import json

import numpy as np
import pytest
import torch
from helpers.small_bundle import directions, make_results, population, scorer_in, vectors
from PIL import Image
from typer.testing import CliRunner

from vectorfind import cli
from vectorfind.bundle import load_bundle
from vectorfind.characters import make_character, pick_character, read_candidate, save_character
from vectorfind.characters.web import save_web, spread_levels
from vectorfind.checkpoints import load_generator
from vectorfind.directions.edits import TEST_OFFSETS
from vectorfind.directions.score_model import new_score_model
from vectorfind.scoring import load_scorer
from vectorfind.steering.face import SteerableFace
from vectorfind.vocabulary import PUBLISHED_NAMES

OFFSETS = np.random.default_rng(5).uniform(-2, 2, (4, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "results"
    make_results(folder)
    return folder


@pytest.fixture(scope="module")
def aurora(results):
    face = load_bundle(results / "vectorfind_v8.pt")
    return pick_character(face, read_candidate(results / "image_test", 2), "aurora")


def bent():
    """Directions of the method whose edits are found by iteration, its model untrained."""
    model = new_score_model(population(), PUBLISHED_NAMES, TEST_OFFSETS, np.full(3, 0.05), seed=2)
    model.reach.copy_(torch.tensor([[-2.0], [2.0]]).expand(2, 3))
    return directions(method="surrogate", unit=1.0, score_model=model)


def of_family(tmp_path, path):
    generator = load_generator(path)
    chosen = directions(vectors=vectors(generator.w_dim), population=population(generator.w_dim))
    return SteerableFace(generator, load_scorer(scorer_in(tmp_path)), chosen)


def assert_model_draws_as(path, character):
    onnxruntime = pytest.importorskip("onnxruntime")
    model = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    facts = json.loads(model.get_modelmeta().custom_metadata_map["vectorfind"])
    assert facts["steered"] == ["eyes", "mouth", "pose"]
    drawn = np.stack([model.run(None, {"offsets": row})[0] for row in OFFSETS])
    wanted = character.draw(OFFSETS)
    assert (drawn != character.render()).any((1, 2, 3)).all()
    assert np.abs(drawn.astype(int) - wanted).max() <= 1


def test_a_model_draws_what_pytorch_draws(aurora, results, tmp_path):
    pytest.importorskip("onnxscript")
    save_character(tmp_path / "aurora.safetensors", aurora)
    words = ["--bundle", results / "vectorfind_v8.pt", "--output", tmp_path / "aurora.onnx"]
    ran = CliRunner().invoke(
        cli.app, ["export", *map(str, [tmp_path / "aurora.safetensors", *words])]
    )
    assert ran.exit_code == 0, ran.output
    assert_model_draws_as(tmp_path / "aurora.onnx", aurora)


def test_a_model_holds_an_edit_that_is_found_by_iteration(aurora, tmp_path):
    onnx = pytest.importorskip("vectorfind.characters.onnx", exc_type=ImportError)
    face = SteerableFace(aurora.face.generator, aurora.face.scorer, bent())
    character = make_character(face, aurora.w, aurora.group, "aurora", {})
    assert (character.draw(OFFSETS) != aurora.draw(OFFSETS)).any()
    onnx.save_onnx(tmp_path / "bent.onnx", character)
    assert_model_draws_as(tmp_path / "bent.onnx", character)


@pytest.mark.parametrize("name", ["F6_ada64.pkl", "F7_rosinality64.pt", "F8_stylegan3r64.pkl"])
def test_every_family_is_exported(name, fixtures_dir, tmp_path):
    onnx = pytest.importorskip("vectorfind.characters.onnx", exc_type=ImportError)
    face = of_family(tmp_path, fixtures_dir / name)
    w = face.map(*face.draw(1, 0, 1))
    character = make_character(face, w, 0, "aurora", {})
    onnx.save_onnx(tmp_path / "face.onnx", character)
    assert_model_draws_as(tmp_path / "face.onnx", character)


def test_a_folder_has_a_picture_of_every_combination(aurora, tmp_path):
    count = save_web(tmp_path / "web", aurora)
    text = (tmp_path / "web/character.json.js").read_text()
    facts = json.loads(text.removeprefix("window.vectorfindCharacter = ").rstrip(";\n"))
    assert count == len(facts["levels"]) ** 3 and 0 in facts["levels"]
    with Image.open(tmp_path / "web/faces.webp") as sheet:
        side, columns = facts["side"], facts["columns"]
        assert sheet.width == columns * side and sheet.height * columns >= count * side
    assert set(facts["motions"]) == {"neutral", "talk", "blink", "nod", "look_aside"}


@pytest.mark.parametrize(("properties", "count"), [(1, 25), (2, 19), (3, 7), (4, 3), (5, 3)])
def test_levels_are_odd_and_not_too_many(properties, count):
    levels = spread_levels(properties)
    assert len(levels) == count and levels[count // 2] == 0


@pytest.mark.parametrize("name", ["aurora.txt", "full"])
def test_a_name_that_cannot_be_written_is_refused_first(name, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/other.txt").write_text("mine")
    words = ["export", str(tmp_path / "none.safetensors"), "--output", str(tmp_path / name)]
    ran = CliRunner().invoke(cli.app, words)
    assert ran.exit_code == 1 and name in ran.output.replace("\n", "")
