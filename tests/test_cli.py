"""The vectorfind command, as typed."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.places import REPOSITORY
from helpers.toy_world import ToyGenerator, toy_face
from PIL import Image
from typer.testing import CliRunner

from vectorfind import cli, face_commands
from vectorfind.config import resolve_config, write_config
from vectorfind.data.archives import write_archive
from vectorfind.directions.svm import SvmFinder
from vectorfind.property_options import wanted_values
from vectorfind.vocabulary import Attribute


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def words(text):
    """The text without the frames and line ends that depend on the terminal's width."""
    return " ".join(re.sub(r"[│╭╮╰╯─┌┐└┘├┤┬┴┼]", " ", text).split())


def test_help_names_every_command_and_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from vectorfind.cli import app\n"
        "print(CliRunner().invoke(app, ['--help']).output)\n"
        "heavy = {'torch', 'transformers', 'pandas', 'gradio', 'sklearn'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    for command in ("inspect", "label", "explore", "generate", "steer", "config"):
        assert f" {command} " in words(ran.stdout)


def test_inspect_prints_what_a_checkpoint_is(fixtures_dir):
    ran = run("inspect", fixtures_dir / "A1_uncond64_auto.pth")
    assert ran.exit_code == 0
    for line in ("layout released", "resolution 64", "conditional no", "start_from original"):
        assert line in words(ran.output)
    ran = run("inspect", fixtures_dir / "B1_cond32_gen.pth")
    assert "conditional yes" in words(ran.output)
    assert "start_from finetune_v1, finetune_v8" in words(ran.output)


def test_inspect_says_why_a_file_cannot_be_used(tmp_path):
    path = tmp_path / "notes.pth"
    path.write_text("these are notes")
    ran = run("inspect", path)
    assert ran.exit_code == 1
    assert "notes.pth" in ran.output and "Traceback" not in ran.output
    assert isinstance(ran.exception, SystemExit)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("label", "nowhere", "--attributes", "gender,beard"), "'beard' is not one of"),
        (("generate", "no.pt"), "no.pt"),
        (("generate", "no.pt", "--eyes", "1,wide"), "no.pt"),
        (("steer", "no.pt", "--eyes", "1"), "no.pt"),
        (("generate", "no.pt", "--output", "."), ".: is a folder; name a picture in it"),
        (("steer", "no.pt", "--output", "face.gif"), "end the picture's name in one of .png"),
        (("generate", "no.pt", "--output", "face"), "face: end the picture's name in one of"),
        (("config", "check", "no.yaml"), "no.yaml: no such file"),
    ],
)
def test_bad_input_is_one_message(arguments, says):
    ran = run(*arguments)
    assert ran.exit_code == 1 and says in words(ran.output)
    assert isinstance(ran.exception, SystemExit)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("label", "nowhere/original"), "holds no images"), (("explore", "no.pt"), "no.pt")],
)
def test_bad_input_to_pages_is_one_message(arguments, says):
    pytest.importorskip("gradio")
    test_bad_input_is_one_message(arguments, says)


def test_a_port_that_is_taken_is_named(tmp_path):
    pytest.importorskip("gradio")
    write_archive(tmp_path / "original" / "images" / "0000.zip", np.zeros((2, 8, 8, 3), np.uint8))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = run("label", tmp_path / "original", "--port", port, "--no-browser")
    assert ran.exit_code == 1 and f"Port {port} is taken" in words(ran.output)


def test_a_page_opens_beside_a_proxy(tmp_path, monkeypatch):
    label_page = pytest.importorskip("vectorfind.apps.label_page")
    write_archive(tmp_path / "original" / "images" / "0000.zip", np.zeros((2, 8, 8, 3), np.uint8))
    rows = {"beard": Attribute()}
    page = label_page.build_label_page(tmp_path / "original", rows, tmp_path / "labels.csv", 2)
    monkeypatch.setattr(page, "launch", partial(page.launch, prevent_thread_lock=True))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Nobody listens at this proxy.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "example.org")
    try:
        cli._serve(page, port, False)
        url = f"http://127.0.0.1:{port}/"
        assert urllib.request.urlopen(url).status == 200
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(urllib.request.Request(url, headers={"Host": "evil.example"}))
        assert os.environ["no_proxy"] == "example.org,127.0.0.1,localhost"
    finally:
        page.close()


@pytest.mark.parametrize("command", ["label", "explore"])
def test_a_page_for_others_needs_a_password(command, tmp_path, toy_bundle, monkeypatch):
    pytest.importorskip("gradio")
    write_archive(tmp_path / "original" / "images" / "0000.zip", np.zeros((2, 8, 8, 3), np.uint8))
    monkeypatch.chdir(tmp_path)
    ran = run(command, "original", "--host", "0.0.0.0", "--no-browser")
    assert ran.exit_code == 1 and "give a --password as well" in words(ran.output)


def test_pages_without_gradio_say_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for command in (("label", "results/original"), ("explore", "face.pt")):
        ran = run(*command)
        assert ran.exit_code == 1 and "pip install -e .[apps]" in words(ran.output)


@pytest.fixture
def toy_bundle(monkeypatch):
    """A face of the toy world in place of the bundle's."""
    face = toy_face(ToyGenerator(), SvmFinder())
    for module in (cli, face_commands):
        monkeypatch.setattr(module, "load_face", lambda bundle, device: face)
    return face


def test_generate_draws_a_row_per_face_and_a_column_per_combination(toy_bundle, tmp_path):
    path = tmp_path / "grid.png"
    ran = run("generate", "--faces", 2, "--eyes=-1,1", "--pose=-1,0,1", "--output", path)
    assert ran.exit_code == 0 and "2 x 6 pictures" in ran.output
    grid = np.asarray(Image.open(path))
    assert grid.shape == (2 * 16, 6 * 16, 3)
    z, _ = toy_bundle.draw(1, 0, 2)
    np.testing.assert_array_equal(grid[:16, :16], toy_bundle.generate(z, eyes=-1, pose=-1)[0])
    np.testing.assert_array_equal(grid[16:, -16:], toy_bundle.generate(z, eyes=1, pose=1)[1])
    run("generate", "--faces", 2, "--seed", 2, "--eyes=-1,1", "--pose=-1,0,1", "--output", path)
    assert not np.array_equal(np.asarray(Image.open(path)), grid)


def test_one_face_is_drawn_as_a_grid(toy_bundle, tmp_path):
    path, latents = tmp_path / "grid.png", tmp_path / "w.npy"
    words = ["--eyes=-1,1", "--mouth=1", "--pose=-1,0,1", "--truncation", 0.6]
    assert run("generate", *words, "--output", path, "--latents", latents).exit_code == 0
    grid, w = np.asarray(Image.open(path)), np.load(latents)
    assert grid.shape == (2 * 16, 3 * 16, 3) and w.shape == (6, toy_bundle.generator.w_dim)
    own = toy_bundle.truncate(toy_bundle.map(*toy_bundle.draw(1, 0, 1)), 0.6)
    wanted = toy_bundle.draw_edited(own, {"eyes": 1, "mouth": 1, "pose": -1})[0]
    np.testing.assert_array_equal(grid[16:, :16], wanted)
    drawn = toy_bundle.draw_latents(torch.as_tensor(w))
    np.testing.assert_array_equal(drawn[3], wanted)


def test_truncation_ends_at_the_mean_face(toy_bundle, tmp_path):
    pictures = []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.png"
        run("generate", "--seed", seed, "--truncation", 0, "--output", path)
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]


def test_steer_prints_what_was_asked_and_reached(toy_bundle, tmp_path):
    path = tmp_path / "pair.png"
    ran = run("steer", "--eyes", 1, "--pose", "-0.5", "--output", path)
    assert ran.exit_code == 0
    assert re.search(r"\+1\.00, \+(0\.9|1\.0)", words(ran.output)) and "yes" in ran.output
    assert np.asarray(Image.open(path)).shape == (16, 32, 3)
    assert "nearest found" in words(run("steer", "--eyes", 8, "--output", path).output)


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".png", "PNG"), (".JPG", "JPEG"), (".jpeg", "JPEG"), (".webp", "WEBP")]
)
def test_a_picture_is_what_its_suffix_says(toy_bundle, tmp_path, suffix, kind):
    pictures = [tmp_path / "new" / f"{name}{suffix}" for name in ("one", "two")]
    for picture in pictures:
        assert run("generate", "toy.pt", "--eyes=1.2", "--output", picture).exit_code == 0
    assert Image.open(pictures[0]).format == kind
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e9"])
@pytest.mark.parametrize("command", ["generate", "steer"])
def test_numbers_that_draw_no_face_are_refused(toy_bundle, tmp_path, command, value):
    picture = tmp_path / "picture.png"
    ran = run(command, "toy.pt", f"--mouth={value}", "--output", picture)
    assert ran.exit_code == 1 and "is outside of -8 to 8" in words(ran.output)
    assert not picture.exists()


def test_more_faces_than_a_picture_holds_are_refused_at_once(toy_bundle, tmp_path):
    ran = run("generate", "toy.pt", "--faces", "50000", "--output", tmp_path / "picture.png")
    assert ran.exit_code == 1 and "give at most" in words(ran.output)


def test_a_folder_that_may_not_be_written_is_named(toy_bundle):
    ran = run("generate", "toy.pt", "--output", "/proc/picture.png")
    assert ran.exit_code == 1 and "/proc/" in ran.output and "choose another" in words(ran.output)


@pytest.mark.parametrize(
    ("option", "says"), [("--port=99999", "less than or equal to 65535"), ("--device=tpu", "tpu")]
)
def test_options_out_of_range_are_refused(tmp_path, monkeypatch, option, says):
    (tmp_path / "face.pt").touch()
    ran = run("explore", tmp_path / "face.pt", option)
    assert ran.exit_code != 0 and says in words(ran.output) and "Traceback" not in ran.output


def test_the_version_is_printed_by_the_module_too():
    printed = [
        subprocess.run([*start, "--version"], capture_output=True, text=True, check=True).stdout
        for start in (
            [sys.executable, "-m", "vectorfind"],
            [str(Path(sys.executable).with_name("vectorfind"))],
        )
    ]
    assert printed[0] == printed[1] == f"{version('vectorfind')}\n"


def test_inspect_prints_json_for_programs(fixtures_dir):
    facts = json.loads(run("inspect", fixtures_dir / "F6_ada64.pkl", "--json").stdout)
    assert (facts["family"], facts["resolution"]) == ("StyleGAN2", 64)


def test_convert_says_what_was_added(fixtures_dir, tmp_path):
    ran = run("convert", fixtures_dir / "F4_huangzh64.pth", tmp_path / "genforce.pth")
    assert ran.exit_code == 0 and "noise maps" in ran.output
    assert "layout released" in words(run("inspect", tmp_path / "genforce.pth").output)


@pytest.mark.parametrize("command", ["generate", "steer"])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--eyes", "1,wide"], "--eyes: '1,wide' is not a number, nor several"),
        (["--eyes=wide"], "--eyes: 'wide' is not a number"),
        (["--eyes"], "--eyes: '' is not a number"),
        (["--beard=1"], "No such option: --beard. This bundle steers --eyes, --mouth, --pose."),
        (["--hair-color", "1"], "No such option: --hair-color. This bundle steers --eyes"),
    ],
)
def test_options_that_the_bundle_does_not_steer_are_refused(toy_bundle, command, arguments, says):
    ran = run(command, "some.pt", *arguments)
    assert ran.exit_code == 1 and says in words(ran.output)
    assert isinstance(ran.exception, SystemExit)


def test_a_stray_word_is_refused(toy_bundle):
    ran = run("generate", "some.pt", "--eyes=1", "stray")
    assert ran.exit_code == 2 and "unexpected extra argument" in words(ran.output)


def test_steer_takes_one_score(toy_bundle):
    ran = run("steer", "some.pt", "--pose=0,1")
    assert ran.exit_code == 1 and "--pose: give one score." in words(ran.output)


def test_names_of_two_words_are_options_either_way():
    wanted = wanted_values({"--hair-length": "1", "--eyes": "-1,2"}, ("hair_length", "eyes"))
    assert wanted == {"hair_length": [1.0], "eyes": [-1.0, 2.0]}
    assert wanted_values({"--hair_length": "-2"}, ("hair_length",)) == {"hair_length": [-2.0]}


def test_an_option_before_the_bundle_is_no_bundle(toy_bundle, tmp_path):
    for arguments in (["--eyes", "-1,1", "some.pt"], ["--eyes=-1,1", "some.pt"]):
        ran = run("generate", *arguments, "--output", tmp_path / "out.png")
        assert ran.exit_code == 0 and "1 x 2 pictures" in words(ran.output)


@pytest.fixture
def asked_for(monkeypatch):
    """What the labelling page is built with, in place of the page."""
    pytest.importorskip("gradio")
    asked = []
    monkeypatch.setattr(
        "vectorfind.apps.label_page.build_label_page",
        lambda folder, attributes, output, count, prefill: asked.append(
            (attributes, output, count)
        ),
    )
    monkeypatch.setattr(cli, "_serve", lambda *_: None)
    return asked


def test_label_asks_what_the_stage_is_filtered_by(asked_for, tmp_path):
    for stage in ("original", "finetune_v1", "other"):
        assert run("label", tmp_path / stage, "--count", 30).exit_code == 0
    assert [list(rows) for rows, _, _ in asked_for] == [
        ["gender", "quality"],
        ["gender", "quality", "age", "glass"],
        ["gender", "quality", "age", "glass"],
    ]
    assert asked_for[0][1:] == (Path("labels/original.csv"), 30)
    run("label", tmp_path / "original", "--attributes", "glass, age", "--output", "mine.csv")
    assert list(asked_for[-1][0]) == ["glass", "age"] and asked_for[-1][1] == Path("mine.csv")


def test_label_knows_the_attributes_of_the_run(asked_for, tmp_path):
    beard = {"prompts": ["a face", "a bearded face"], "words": ["none", "beard"]}
    values = {
        "vocabulary": {"attributes": {"beard": beard, "quality": None}},
        "populations": {"original": {"filter": {"beard": {"max": 0.1}, "quality": None}}},
    }
    values["populations"]["finetune_v1"] = {"filter": {"quality": None}}
    write_config(tmp_path / "config.yaml", resolve_config(values))
    assert run("label", tmp_path / "original").exit_code == 0
    [(rows, _, _)] = asked_for
    assert list(rows) == ["gender", "beard"] and rows["beard"].words == ("none", "beard")
    ran = run("label", tmp_path / "original", "--attributes", "quality")
    assert ran.exit_code == 1
    assert "'quality' is not one of gender, age, glass, beard" in words(ran.output)


def test_config_prints_every_key():
    ran = run("config")
    assert ran.exit_code == 0
    assert "sampling.samples: integer (>= 1), default 240000" in ran.output
    assert "finetune.v8.batch_size: integer (>= 1), default 8" in ran.output


def test_config_check_tells_good_from_bad(tmp_path):
    ran = run("config", "check", REPOSITORY / "config" / "celeba256.yaml")
    assert ran.exit_code == 0 and "240,000 samples" in words(ran.output)
    (tmp_path / "mine.yaml").write_text("sampling: {sampels: 3}\n")
    ran = run("config", "check", tmp_path / "mine.yaml")
    assert ran.exit_code == 1 and "sampling.sampels: unknown key" in ran.output
