"""Every command and example of README, docs and `--help` is tried, in the order of its page."""

import shutil

import numpy as np
import pandas as pd
import pytest
from helpers.documented import HELP, PAGES, Documented, documented
from helpers.places import DATA, REPOSITORY
from helpers.running import make_project
from helpers.small_bundle import make_results
from helpers.toy_world import ToyGenerator, toy_samples
from helpers.trying import KNOWN, ONLY_PARSED, OPTIONS_OF, STAND_INS, UNTRIED, World

from vectorfind.data.archives import write_archive

WRONG = {
    "vectorfind generate --beard=1": "This bundle steers",
    "vectorfind render characters/nobody.safetensors": "no such file",
    "vectorfind serve characters/aurora.safetensors --prot 7": "No such option",
    "snakemake nothing_of_the_kind": "Snakemake refuses",
    "snakemake --config sede=3": "Snakemake refuses",
    "srun --gres gpu:1 snakemake nothing_of_the_kind": "Snakemake refuses",
    "make nothing": "No rule to make target",
    "python -m benchmarks.svm --faces 3": "2",
    "python -m vectorfind.demo.recipe --stage figures": "Missing parameter: output",
    "python -m vectorfind.config.docs --check": "takes no options",
    "pip install -e .[gpu]": "no such extra",
    "pytest tests/nowhere": "has no tests",
    "pytest tests/finetuning -k three_processes": "three_processes",
    'pytest -m "not slow"': "no such marks: {'slow'}",
    "curl http://127.0.0.1:7862/picture?eyes=1": "nothing was started",
    "cat results/benchmarks/nothing.tsv": "no rule writes it",
    "docker run vectorfind": "nobody knows how to try 'docker'",
}


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A clone in which a small run has ended; no network of it has learned anything."""
    folder = make_project(tmp_path_factory.mktemp("documented"), {})
    results = make_results(folder / "results").parent
    cases = pd.read_csv(results / "image_test" / "cases.csv")
    cases.loc[0, "group"] = "hhlh"
    cases.to_csv(results / "image_test" / "cases.csv", index=False)
    for stage in ("original", "finetune_v1"):
        images = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), np.uint8)
        write_archive(results / stage / "images" / "0000.zip", images)
    labels = "image_id,gender,quality\n0,1,1\n1,0,1\n2,1,0\n3,0,0\n"
    (results / "original" / "labels.csv").write_text(labels)
    samples, _ = toy_samples(ToyGenerator(), 3000)
    (results / "samples").mkdir()
    for name in ("w", "scores", "groups"):
        np.save(results / "samples" / f"{name}.npy", getattr(samples, name))
    shutil.copy(REPOSITORY / "config" / "celeba256.yaml", folder / "mine.yaml")
    shutil.copy(DATA / "reference" / "A1_uncond64_auto.pth", folder / "checkpoint.pth")
    shutil.copy(DATA / "reference" / "F5_tfstylegan64.pkl", folder / "network.pkl")
    return folder


@pytest.fixture(scope="module")
def plans():
    return set()


@pytest.fixture
def world(run_folder, plans, tmp_path, monkeypatch):
    folder = shutil.copytree(run_folder, tmp_path / "world", symlinks=True)
    return World(folder, monkeypatch, plans)


@pytest.mark.parametrize("page", [*PAGES, HELP])
def test_what_a_page_says_works(page, world):
    wrong = []
    for told in documented(page, KNOWN):
        try:
            world.attempt(told)
        except (Exception, SystemExit) as error:
            wrong.append(f"{told.place}: {told.text}\n    {error!r}")
    assert not wrong, "mend the page, or what it is about:\n" + "\n".join(wrong)


def test_the_lists_hold_only_what_is_said_somewhere():
    said = [told.text for page in (*PAGES, HELP) for told in documented(page, KNOWN)]
    assert [line for line in (*UNTRIED, *ONLY_PARSED, *OPTIONS_OF) if line not in said] == []
    assert [words for words in STAND_INS if not any(words in line for line in said)] == []


@pytest.mark.parametrize("words", STAND_INS)
def test_the_small_world_lacks_what_has_a_stand_in(words, world, monkeypatch):
    everything = (told for page in (*PAGES, HELP) for told in documented(page, KNOWN))
    told = next(told for told in everything if words in told.text)
    monkeypatch.delitem(STAND_INS, words)
    with pytest.raises((Exception, SystemExit)):
        world.attempt(told)


@pytest.mark.parametrize(("line", "says"), WRONG.items())
def test_what_is_wrong_fails(line, says, world):
    with pytest.raises((Exception, SystemExit)) as caught:
        world.attempt(Documented("a page", "command", line))
    assert says in str(caught.value)


def test_wrong_blocks_fail(world):
    with pytest.raises(AssertionError, match="name the block's language"):
        world.attempt(Documented("a page", "unknown", "x = 1"))
    with pytest.raises(AssertionError, match="say whose they are"):
        world.attempt(Documented("a page", "options", "--seeds 3"))
    with pytest.raises(NameError):
        world.attempt(Documented("a page", "python", "face.steer(eyes=1)"))
