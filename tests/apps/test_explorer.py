"""What the explorer shows: the same as its command lines make."""

import base64
import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers.small_bundle import CASES, make_results
from helpers.toy_world import ToyGenerator, toy_face
from typer.testing import CliRunner

from vectorfind import cli
from vectorfind.apps.explorer import Explorer, View
from vectorfind.apps.favourites import Favourites
from vectorfind.bundle import load_bundle
from vectorfind.characters import load_character
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.judges.judge import Judge

STEERED = ("eyes", "mouth", "pose")
ENGLISH, KOREAN = (
    SimpleNamespace(headers={"accept-language": words}) for words in ("fr,en;q=0.5", "ko-KR,ko")
)


@pytest.fixture(scope="module")
def toy():
    return toy_face(ToyGenerator(curvature=0.2), SvmFinder())


@pytest.fixture
def explorer(toy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Explorer(toy, Path("results/vectorfind_v8.pt"))


def view(name="5", values=(0.0, 0.0, 0.0), **options):
    return View(name, tuple(values), **options)


def test_a_seed_is_always_the_same_face(explorer):
    first, again, other = (explorer.draw(view(seed)).image for seed in ("5", "5", "6"))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert not np.array_equal(first, explorer.draw(view(values=(2.0, 0, 0))).image)
    assert np.array_equal(first, explorer.itself(view(values=(2.0, 0, 0))))


def test_requested_scores_are_reached_or_it_is_said(explorer):
    own = [own for *_, own in explorer.reach("5")]
    unchanged = explorer.draw(view()).image.astype(float)
    again = explorer.draw(view(values=own, by_scores=True)).image.astype(float)
    assert np.abs(again - unchanged).mean() < 2
    asked = view(values=(0.5, -0.5, 0.0), by_scores=True)
    assert explorer.draw(asked).reached
    table = explorer.scores(asked)
    assert list(table.columns) == ["offset", "requested", "scorer"]
    assert np.abs(table.scorer - table.requested).max() <= 0.05
    assert not explorer.draw(view(values=(40.0, 0.0, 0.0), by_scores=True)).reached


def test_another_judge_measures_on_the_scorer_s_scale(toy):
    """The second judge has the scorer's scores times 10, less 3, in another order."""
    names = toy.names.steered

    def measure(images):
        columns = [toy.judge.columns.index(name) for name in reversed(names)]
        return 10 * toy.judge.measure(torch.as_tensor(images))[:, columns] - 3

    other = Judge("other", tuple(reversed(names)), measure)
    found = Explorer(toy, Path("b.pt"), other_judge=lambda: other).scores(view(values=(1, 0, 0)))
    # The scorer's are means with those of the mirror image.
    assert np.abs(found.other - found.scorer).max() < 0.3
    strange = Judge("other", ("smile",), measure)
    explorer = Explorer(toy, Path("b.pt"), other_judge=lambda: strange)
    assert "other" not in explorer.scores(view())


@pytest.mark.parametrize("name", ["", "-3", "1.5", "case", "case x", "five", "²"])
def test_what_is_no_face_is_named(explorer, name):
    with pytest.raises(InputError, match="give a whole number from 0 on"):
        explorer.latent(name)


def test_a_face_is_picked_once(explorer):
    path = explorer.pick(view(), "aurora")
    again = load_character(path, explorer.face)
    moved = explorer.draw(view(values=(0.0, 1.0, 0.0))).image
    assert np.array_equal(again.render(mouth=1.0), moved)
    assert again.facts["seed"] == 5 and path.with_suffix(".png").exists()
    with pytest.raises(InputError, match="is there already"):
        explorer.pick(view(), "aurora")


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The page of a small run, in its folder."""
    explorer_page = pytest.importorskip("vectorfind.apps.explorer_page")
    monkeypatch.chdir(tmp_path)
    make_results(Path("results"))
    bundle = Path("results/vectorfind_v8.pt")
    explorer = Explorer(load_bundle(bundle), bundle, Path("results/image_test"))
    return explorer_page.ExplorerPage(explorer, Favourites(Path("liked.json"), STEERED))


def run(lines):
    for line in lines.replace("NAME", "nova").splitlines():
        ran = CliRunner().invoke(cli.app, shlex.split(line)[1:])
        assert ran.exit_code == 0, ran.output


def saved(html, file):
    """Return what a click on a link of the page saves under this name."""
    found = re.search(rf'href="data:[^;]*;base64,([^"]*)" download="{re.escape(file)}"', html)
    return base64.b64decode(found[1])


ASKED = {
    "offsets of a seed": ("3", 1.0, "offsets", 1.25, 0.0, -0.5),
    "offsets of a case": ("case 2", 1.0, "offsets", 0.0, 2.0, 0.35),
    "less of a seed": ("3", 0.7, "offsets", 0.0, -1.0, 0.0),
    "less of a case": ("case 4", 0.4, "offsets", 1.0, 0.0, 0.0),
    "scores of a seed": ("3", 1.0, "scores", 0.1, 0.0, 0.2),
    "scores of a case": ("case 2", 0.9, "scores", 0.1, -0.1, 0.0),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_a_picture_and_its_w_are_what_the_command_writes(page, asked):
    html, _, command = page.draw(*asked)
    run(command + " --latents w.npy")
    assert Path("picture.png").read_bytes() == saved(html, "picture.png")
    assert Path("w.npy").read_bytes() == saved(html, "w.npy")


@pytest.mark.parametrize("name", ["3", "case 1"])
def test_a_grid_is_what_the_command_writes(page, name):
    html, command = page.grid(name, 1.0, "offsets", 0.0, 0.0, 0.0, "pose", "eyes")
    run(command)
    assert Path("grid.png").read_bytes() == saved(html, "grid.png")
    with pytest.raises(InputError, match="two properties"):
        page.grid(name, 1.0, "offsets", 0.0, 0.0, 0.0, "pose", "pose")


@pytest.mark.parametrize("name", ["3", "case 1"])
def test_a_motion_and_a_character_are_what_the_commands_write(page, name):
    asked = (name, 0.8, "offsets", 0.0, 0.0, 0.0)
    html = page.play(*asked, "nod")
    run(page.explorer.motion_command(page.view(*asked), "nod", 12))
    assert Path("motion.webp").read_bytes() == saved(html, "motion.webp")
    words = page.pick(ENGLISH, *asked, "lyra")
    Path("characters/lyra.safetensors").rename("page.safetensors")
    run(re.search("`(vectorfind pick.*)`", words)[1])
    assert Path("characters/lyra.safetensors").read_bytes() == Path("page.safetensors").read_bytes()


def test_candidates_are_those_of_a_group_in_an_order(page):
    assert len(page.candidates("any", "least")["value"]) == CASES
    group = page.explorer.groups()[0]
    names = [name for _, name in page.candidates(group, "pose")["value"]]
    assert names and all(page.explorer.group(view(name)) == group for name in names)


def test_favourites_outlive_the_page(page):
    asked = ("case 2", 0.8, "scores", 0.1, 0.0, -0.2)
    caption = page.keep(*asked)["value"]
    page.keep("7", 1.0, "offsets", 0.0, 1.0, 0.0)
    page.keep(*asked)
    again = Favourites(Path("liked.json"), STEERED)
    assert list(again.views()) == [caption, "7 mouth +1"]
    page.favourites = again
    name, truncation, mode, *sliders = page.recall(caption)
    assert (name, truncation, mode) == asked[:3]
    assert [slider["value"] for slider in sliders] == [0.1, 0.0, -0.2]
    page.drop(caption)
    assert list(again.views()) == ["7 mouth +1"]
    assert Favourites(Path("liked.json"), ("smile",)).views() == {}
    with pytest.raises(InputError, match="give a whole number"):
        page.keep("nobody", 1.0, "offsets", 0.0, 1.0, 0.0)
    Path("liked.json").write_text('[{"name": 1}]')
    with pytest.raises(InputError, match=r"liked\.json: is damaged"):
        again.views()


def test_scores_of_a_view_that_is_gone_are_not_shown(page):
    first, second = (("3", 1.0, "offsets", value, 0.0, 0.0) for value in (0.0, 1.0))
    page.draw(*first)
    assert "| eyes |" in page.measure(ENGLISH, *first)
    page.draw(*second)
    assert "Group" not in str(page.measure(ENGLISH, *first))
    assert "+1.00" in page.measure(ENGLISH, *second) and "그룹" in page.measure(KOREAN, *second)
