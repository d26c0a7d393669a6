"""The two examples of a configuration of one's own, run on the demo."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.places import REPOSITORY
from helpers.running import SMALL, UNSHARED, make_project, run_snakemake

from vectorfind.apps.explorer import Explorer, View
from vectorfind.apps.explorer_page import caption_of
from vectorfind.bundle import load_bundle
from vectorfind.config import lay_over
from vectorfind.samples.vectors import read_vectors

EXAMPLES = REPOSITORY / "config/examples"
Z = np.random.default_rng(0).normal(size=(2, 64)).astype(np.float32)


def run(folder, name, changes, *targets):
    """Run the chain with an example laid over small numbers."""
    project = make_project(folder, lay_over(lay_over(SMALL, UNSHARED), changes))
    example = str(EXAMPLES / name)
    run_snakemake(project, *targets, "--cores", "2", "--configfile", "small.yaml", example)
    return project


@pytest.fixture(scope="module")
def brows(tmp_path_factory):
    changes = {"pass_share": {"images": 50}}
    return run(tmp_path_factory.mktemp("brows"), "brow_height.yaml", changes)


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """With a property of one's own scores besides, given as a CSV for the images that pass."""
    folder = tmp_path_factory.mktemp("older")
    changes = {
        "directions": {"method": "dual"},
        "populations": {"original": {"images": 1000}},
    }
    project = run(folder, "older_with_glasses.yaml", changes, "results/finetune_v1/filtered.csv")
    ids = pd.read_csv(project / "results/finetune_v1/filtered.csv").image_id
    bright = np.random.default_rng(0).normal(size=len(ids))
    pd.DataFrame({"image_id": ids, "bright": bright}).to_csv(project / "bright.csv", index=False)
    row = {"scores": "bright.csv", "windows": [[0, 1, 0, 1]], "max_height": 32}
    own = {"vocabulary": {"properties": {"bright": row}}}
    (project / "own.yaml").write_text(yaml.safe_dump(own))
    words = ("small.yaml", str(EXAMPLES / "older_with_glasses.yaml"), "own.yaml")
    run_snakemake(project, "--cores", "2", "--configfile", *words)
    return project


@pytest.mark.e2e
def test_a_new_property_is_measured_learned_steered_and_tested(brows):
    results, names = brows / "results", ["eyes", "mouth", "pose", "brow_height"]
    raw = pd.read_csv(results / "finetune_v1/raw_properties/0000.csv")
    assert raw.brow_height.between(5, 60).mean() > 0.9 and raw.brow_height.std() > 0.1
    assert "brow_height" in set(pd.read_csv(results / "scorer/correlations.csv").property)
    assert list(read_vectors(results / "directions/directions.npz")) == names
    assert (results / "svm/brow_height_llll.skops").exists()
    cases = pd.read_csv(results / "image_test/cases.csv")
    assert list(cases.columns[2:-1]) == [f"{name}_corr" for name in names]
    summary = json.loads((results / "image_test/summary.json").read_text())
    assert set(summary["judges"]) == {"scorer", "parser"}
    assert set(summary["judges"]["parser"]["gain"]) == set(names)


@pytest.mark.e2e
def test_a_new_property_moves_faces_in_code_and_on_the_page(brows):
    bundle = brows / "results/vectorfind_v8.pt"
    face = load_bundle(bundle)
    assert (face.generate(Z, brow_height=1.2) != face.generate(Z)).any()
    assert face.steer(Z[:1], brow_height=0.5).offsets.shape == (1, 4)
    assert caption_of(face, "brow_height") == "Brows: low to high"
    moved = Explorer(face, bundle).draw(View("3", (0.0, 0.0, 0.0, 1.0)))
    assert moved.offsets.tolist() == [0.0, 0.0, 0.0, 1.0]


@pytest.mark.e2e
def test_another_concept_has_its_own_labels_groups_and_directions(older):
    results = older / "results"
    for stage in ("original", "finetune_v1"):
        labels = pd.read_csv(results / stage / "labels.csv")
        assert list(labels.columns) == ["image_id", "quality", "age", "glass"]
    cutoffs = json.loads((results / "directions/cutoffs.json").read_text())
    assert list(cutoffs) == ["hair_color", "hair_length"]
    vectors = read_vectors(results / "directions/directions.npz")
    assert {name: array.shape for name, array in vectors.items()} == {"mouth": (4, 64)}
    assert sorted(path.name for path in (results / "svm").glob("*.skops")) == [
        f"mouth_{group}.skops" for group in ("hh", "hl", "lh", "ll")
    ]
    shares = pd.read_csv(results / "pass_share/pass_share.csv")
    assert {"mean_age", "mean_glass"} <= set(shares) and "mean_gender" not in shares


@pytest.mark.e2e
def test_own_scores_are_learned_beside_what_is_measured(older):
    learned = pd.read_csv(older / "results/scorer/correlations.csv").set_index("property")
    assert {"bright", "hairstyle", "mouth"} <= set(learned.index)
    face = load_bundle(older / "results/vectorfind_v8.pt")
    assert face.names.properties[-1] == "bright" and face.names.groups == ("hh", "hl", "lh", "ll")
    assert (face.generate(Z, mouth=1.0) != face.generate(Z)).any()
