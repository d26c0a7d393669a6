"""The chain from other people's checkpoints: StyleGAN2, StyleGAN3, NVIDIA's v1, from the hub."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.hub import running_hub
from helpers.places import REPOSITORY, TESTS
from helpers.running import SMALL, UNSHARED, make_project, run_snakemake

from vectorfind.apps.explorer import Explorer, View
from vectorfind.bundle import load_bundle
from vectorfind.characters import list_candidates
from vectorfind.checkpoints import load_generator, save_generator
from vectorfind.config import lay_over
from vectorfind.data.archives import read_archive
from vectorfind.hub import hub_reference
from vectorfind.vocabulary import PUBLISHED_NAMES

STAGES = ("original", "finetune_v1")
NAMED = ["gender", "quality"]
FILTER = {"gender": {"min": 0.5}, "quality": {"min": 0.3}, "age": None, "glass": None}
LABELLED = 300
LATEST = {
    "start_from": "finetune_v8",
    "directions": {"unit": None},
    "sampling": {"samples": 3000, "shard_size": 3000},
}
# The networks of the references are untrained: what they draw are no faces.
MEASURED = {
    name: {"measure": f"{TESTS / 'helpers/any_image.py'}:{name}"}
    for name in PUBLISHED_NAMES.properties
}
RESULTS = ("results/vectorfind_v8.pt", "results/image_test/summary.json")


def project_from(tmp_path, fixtures_dir, name, **keys):
    """Return a folder that has what a clone has, and starts from a file of the references."""
    own = {"checkpoint": str(fixtures_dir / name), "vocabulary": {"properties": MEASURED}}
    return make_project(tmp_path, lay_over(lay_over(SMALL, UNSHARED), lay_over(own, keys)))


def run(project, *targets, check=True):
    words = ("--cores", "2", "--configfile", "small.yaml")
    return run_snakemake(project, *targets, *words, check=check)


def check_chain(project, family):
    run(project, *RESULTS)
    facts = json.loads((project / "results/import/checkpoint.json").read_text())
    assert facts["family"] == family
    found = json.loads((project / "results/directions/directions.json").read_text())
    assert found["unit_why"].startswith("auto: ")
    face = load_bundle(project / RESULTS[0])
    z = np.zeros((2, face.generator.z_dim), np.float32)
    assert face.generate(z, pose=1.0).shape == (2, 64, 64, 3)
    explorer = Explorer(face, project / RESULTS[0], project / "results/image_test")
    assert explorer.draw(View("7", (0.0, 1.0, 0.0))).image.shape == (64, 64, 3)
    case = int(list_candidates(explorer.test, all_cases=True).case.iloc[0])
    aurora = explorer.character(View(f"case {case}", (0.0, 0.0, 0.0)), "aurora")
    assert aurora.frames("talk", fps=5).shape[1:] == (64, 64, 3)


@pytest.mark.e2e
def test_a_stylegan2_ends_with_a_bundle(tmp_path, fixtures_dir):
    check_chain(project_from(tmp_path, fixtures_dir, "F6_ada64.pkl", **LATEST), "StyleGAN2")


@pytest.mark.e2e
def test_a_stylegan3_ends_with_a_bundle(tmp_path, fixtures_dir):
    # As the file is, nearly every pixel is at an end of the range.
    generator = load_generator(fixtures_dir / "F8_stylegan3t64.pkl")
    with torch.no_grad():
        for weight in (generator.synthesis.layers[-1].weight, generator.synthesis.layers[-1].bias):
            weight *= 0.12
    save_generator(tmp_path / "paler.pth", generator)
    # Ten times slower than a StyleGAN2: fewer samples.
    keys = LATEST | {"checkpoint": "paler.pth"}
    check_chain(project_from(tmp_path, fixtures_dir, "", **keys), "StyleGAN3")


def label(project, stage, count):
    """Write labels that a CNN can learn: whether an image's red, and its blue, is above most."""
    archives = sorted((project / f"results/{stage}/images").glob("*.zip"))
    images = np.concatenate([read_archive(path)[1] for path in archives])[:count]
    colours = images.mean((1, 2))[:, [0, 2]]
    table = pd.DataFrame((colours > np.median(colours, 0)).astype(int), columns=NAMED)
    table.insert(0, "image_id", np.arange(count))
    (project / "labels").mkdir(exist_ok=True)
    table.to_csv(project / f"labels/{stage}.csv", index=False)


@pytest.mark.e2e
def test_the_official_pickle_goes_all_the_way_from_the_hub(tmp_path, fixtures_dir, monkeypatch):
    checkpoint, model = "hf:nvidia/faces/stylegan.pkl@main", "hf:someone/parser@main"
    labels = {"source": "file"} | {stage: f"labels/{stage}.csv" for stage in STAGES}
    populations = {
        stage: {"labelled": LABELLED, "filter": FILTER, "exclude_labelled": False}
        for stage in STAGES
    }
    keys = {"labels": labels, "populations": populations, "parser": {"model": model}}
    project = project_from(tmp_path, fixtures_dir, "", **keys, checkpoint=checkpoint)
    with running_hub() as hub:
        pickle = (fixtures_dir / "F5_tfstylegan64.pkl").read_bytes()
        parser = (REPOSITORY / "resources/demo/parser").iterdir()
        hub.files["nvidia/faces"] = {"stylegan.pkl": pickle}
        hub.files["someone/parser"] = {path.name: path.read_bytes() for path in parser}
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
        downloads = hub_reference(checkpoint).place, hub_reference(model).place
        run(project, *map(str, downloads))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for stage in STAGES:
        run(project, f"results/{stage}/images/0000.zip")
        label(project, stage, LABELLED)
    run(project, *RESULTS)
    facts = json.loads((project / "results/import/checkpoint.json").read_text())
    assert (facts["family"], facts["layout"]) == ("StyleGAN v1", "official")
    assert facts["path"] == str(downloads[0])
    face = load_bundle(project / RESULTS[0])
    assert face.generator.label_dim == 7
    assert face.facts["source"]["sha256"] == facts["sha256"]


@pytest.mark.e2e
def test_another_family_cannot_be_fine_tuned(tmp_path, fixtures_dir):
    project = project_from(tmp_path, fixtures_dir, "F6_ada64.pkl", start_from="original")
    output = run(project, "results/import/networks.pth", check=False)
    assert "is a StyleGAN2, and only StyleGAN v1 is fine-tuned here" in output
    assert not (project / "results/import/networks.pth").exists()


@pytest.mark.e2e
def test_downloads_are_shared_between_folders_by_snakemakes_cache(
    tmp_path, fixtures_dir, monkeypatch
):
    checkpoint = "hf:nvidia/faces/stylegan.pkl@main"
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(tmp_path / "shared"))
    (tmp_path / "shared").mkdir()
    place = hub_reference(checkpoint).place
    projects = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        keys = {"checkpoint": checkpoint}
        projects.append(project_from(tmp_path / name, fixtures_dir, "", **keys))
    with running_hub() as hub:
        content = (fixtures_dir / "F5_tfstylegan64.pkl").read_bytes()
        hub.files["nvidia/faces"] = {"stylegan.pkl": content}
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
        run(projects[0], str(place), "--cache")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    run(projects[1], str(place), "--cache")
    assert (projects[1] / place).read_bytes() == content
    assert (projects[1] / f"{place}.sha256").exists()
