"""From a case of the image test to a character that moves."""

import filecmp
import json

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from helpers.toy_world import ToyGenerator, toy_face
from PIL import Image
from safetensors import safe_open
from typer.testing import CliRunner

from vectorfind import cli
from vectorfind.characters import (
    PRESETS,
    list_candidates,
    load_character,
    pick_character,
    read_candidate,
    save_character,
)
from vectorfind.characters.motion import timeline
from vectorfind.data.latents import write_latents
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.pictures.animations import save_animation

STEERED = ("eyes", "mouth", "pose")


@pytest.fixture(scope="module")
def face():
    return toy_face(ToyGenerator(), SvmFinder())


@pytest.fixture
def test_folder(face, tmp_path):
    """An image test of six faces, the second and the fourth of which obey most."""
    z, label = face.draw(3, 0, 6)
    w = face.map(z, label).numpy()
    groups = [face.names.groups[group] for group in face.groups(face.map(z, label))]
    table = pd.DataFrame({"case": range(6), "group": groups})
    for place, name in enumerate(STEERED):
        table[f"{name}_corr"] = [0.5, 0.99, 0.9, 0.97, 0.3, 0.92 + place / 100]
    table["passed"] = [0, 1, 1, 1, 0, 1]
    folder = tmp_path / "image_test"
    folder.mkdir()
    table.to_csv(folder / "cases.csv", index=False)
    write_latents(folder / "latents.npz", np.arange(6), z, label, w)
    return folder


@pytest.fixture
def aurora(face, test_folder):
    return pick_character(face, read_candidate(test_folder, 1), "aurora")


def test_candidates_come_most_obedient_first(test_folder):
    assert list_candidates(test_folder).case.tolist() == [1, 3, 5, 2]
    assert list_candidates(test_folder, all_cases=True).case.tolist()[-2:] == [0, 4]
    assert list_candidates(test_folder, sort="case").case.tolist() == [1, 2, 3, 5]
    assert list_candidates(test_folder, sort="pose").case.tolist() == [1, 3, 5, 2]
    group = list_candidates(test_folder).group.iloc[0]
    assert set(list_candidates(test_folder, group=group).group) == {group}
    with pytest.raises(InputError, match="'size': sort by one of least, case, eyes"):
        list_candidates(test_folder, sort="size")
    with pytest.raises(InputError, match="no face of the test is in this group"):
        list_candidates(test_folder, group="xxxx")
    with pytest.raises(InputError, match=r"has no case 9; the faces are numbered 0 to 5"):
        read_candidate(test_folder, 9)
    with pytest.raises(InputError, match=r"cases\.csv: no such file"):
        list_candidates(test_folder.parent)


def test_a_character_is_the_face_of_its_case(face, test_folder, aurora):
    z, label = face.draw_cases(3, [1])
    assert np.array_equal(aurora.render(), face.generate(z, label=label)[0])
    assert np.array_equal(aurora.render(mouth=1.2), face.generate(z, label=label, mouth=1.2)[0])
    wanted = face.steer(z, label=label, eyes=0.5)
    assert np.array_equal(aurora.render(scores={"eyes": 0.5}), wanted.images[0])
    for name in STEERED:
        low, high = aurora.reach[name]
        assert low < aurora.neutral[name] < high
    own = face.steer(z, label=label).requested[0]
    assert list(aurora.neutral.values()) == pytest.approx(own, abs=1e-4)
    with pytest.raises(InputError, match="not both"):
        aurora.render(scores={"eyes": 1.0}, mouth=1.0)
    with pytest.raises(InputError, match="'nose' is not steered"):
        aurora.render(nose=1.0)


def test_a_character_survives_the_disk_in_equal_bytes(face, aurora, tmp_path):
    save_character(tmp_path / "one.safetensors", aurora)
    again = load_character(tmp_path / "one.safetensors", face)
    save_character(tmp_path / "two.safetensors", again)
    assert filecmp.cmp(tmp_path / "one.safetensors", tmp_path / "two.safetensors", shallow=False)
    assert (again.name, again.group, again.facts) == ("aurora", aurora.group, aurora.facts)
    assert np.array_equal(again.render(pose=0.6), aurora.render(pose=0.6))
    assert (tmp_path / "one.safetensors").stat().st_size < 100_000
    with safe_open(tmp_path / "one.safetensors", "np") as file:
        assert sorted(file.keys()) == ["directions", "ranges", "sheet", "w"]


def test_another_generators_bundle_is_refused(face, aurora, tmp_path):
    save_character(tmp_path / "aurora.safetensors", aurora)
    other = toy_face(ToyGenerator(curvature=0.3), SvmFinder())
    other.generator.other = torch.nn.Parameter(torch.zeros(1))
    with pytest.raises(InputError, match="was made with another generator"):
        load_character(tmp_path / "aurora.safetensors", other)
    (tmp_path / "bad.safetensors").write_bytes(b"no character")
    with pytest.raises(InputError, match=r"bad\.safetensors: cannot be read"):
        load_character(tmp_path / "bad.safetensors", face)


def test_keyframes_are_met_and_nothing_overshoots():
    keys = [{"t": 0}, {"t": 0.4, "mouth": 1.0}, {"t": 1.0, "mouth": 1.0, "pose": -0.5}]
    table = timeline(keys, STEERED, fps=10)
    assert table.shape == (11, 3)
    assert table[0].tolist() == [0, 0, 0] and table[4].tolist()[1] == 1.0
    assert table[-1].tolist() == [0.0, 1.0, -0.5]
    assert table[:, 1].max() <= 1.0 and table[:, 2].min() >= -0.5
    assert timeline([{"t": 3.0, "eyes": 1.0}], STEERED, 25).tolist() == [[1, 0, 0]]


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ([], "one or more"),
        ([{"eyes": 1}], "keyframe 0: lacks `t`"),
        ([{"t": 0}, {"t": 0}], "rising"),
        ([{"t": 0, "nose": 1}], "'nose' is not steered"),
        ([{"t": 0, "eyes": float("nan")}], "finite"),
    ],
)
def test_bad_keyframes_are_refused(keys, says):
    with pytest.raises(InputError, match=says):
        timeline(keys, STEERED, 25)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_returns_to_where_it_began(aurora, name):
    frames = aurora.frames(name, fps=10)
    assert np.array_equal(frames[0], aurora.render())
    assert np.array_equal(frames[-1], frames[0])
    assert name == "neutral" or not np.array_equal(frames[len(frames) // 3], frames[0])


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".mp4", ""])
def test_an_animation_is_what_its_suffix_says(aurora, tmp_path, suffix):
    frames, path = aurora.frames("blink", fps=10), tmp_path / f"blink{suffix}"
    save_animation(path, frames, 10)
    if suffix == ".mp4":
        video = cv2.VideoCapture(str(path))
        assert video.get(cv2.CAP_PROP_FRAME_COUNT) == len(frames)
        assert video.get(cv2.CAP_PROP_FPS) == 10
    elif suffix:
        picture = Image.open(path)
        assert picture.format == suffix[1:].upper() and picture.n_frames > 1
    else:
        stills = sorted(path.iterdir())
        assert len(stills) == len(frames)
        assert np.array_equal(np.asarray(Image.open(stills[7])), frames[7])


def test_webp_keeps_every_pixel(aurora, tmp_path):
    frames = aurora.frames("talk", fps=10)
    save_animation(tmp_path / "talk.webp", frames, 10)
    picture = Image.open(tmp_path / "talk.webp")
    picture.seek(3)
    assert np.array_equal(np.asarray(picture.convert("RGB")), frames[3])


def test_commands_from_the_list_to_the_animation(face, test_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("vectorfind.character_commands.load_face", lambda bundle, device: face)

    def run(*words):
        ran = CliRunner().invoke(cli.app, [str(word) for word in words])
        assert ran.exit_code == 0, ran.output
        return ran.output

    listed = json.loads(run("candidates", test_folder, "--json", "--limit", 2))
    assert [row["case"] for row in listed] == [1, 3]
    assert "neutral score" in run("pick", 1, "--name", "aurora", "--test", test_folder)
    assert Image.open("characters/aurora.png").format == "PNG"
    file = "characters/aurora.safetensors"
    run("render", file, "--mouth=1.2", "--output", "open.png")
    run("render", file, "--scores", "--eyes=0.5", "--output", "eyes.webp")
    (tmp_path / "keys.json").write_text('[{"t": 0}, {"t": 0.5, "pose": 1}]')
    run("animate", file, "--motion", "keys.json", "--output", "turn.gif")
    assert Image.open("turn.gif").n_frames == 14
    again = CliRunner().invoke(
        cli.app, ["pick", "1", "--name", "aurora", "--test", str(test_folder)]
    )
    assert again.exit_code == 1 and "is there already" in again.output
