"""The workflow as a user runs it: the whole chain on the embedded demo, only smaller."""

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from helpers.places import REPOSITORY
from helpers.published import ATTRIBUTES, GROUPS, PROPERTIES, STEERED
from helpers.running import SMALL, make_project, planned_rules, run_snakemake
from PIL import Image
from sklearn.svm import LinearSVC

from vectorfind.bundle import FORMAT_VERSION, load_bundle
from vectorfind.characters import (
    list_candidates,
    load_character,
    pick_character,
    read_candidate,
    save_character,
)
from vectorfind.config import stage_seed
from vectorfind.data.archives import read_archive
from vectorfind.data.latents import read_latents
from vectorfind.directions.directions import read_directions
from vectorfind.directions.edits import linear_edit
from vectorfind.directions.svm import split_classes
from vectorfind.directions.svm_files import read_svm
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.evaluation.results import read_results
from vectorfind.judges.judge import scorer_judge
from vectorfind.samples.vectors import read_vectors
from vectorfind.stylegan import draw_latents

METHODS = SMALL["compare"]["methods"]


@pytest.mark.e2e
def test_every_promised_file_is_there(finished):
    results = finished / "results"
    for picture in ("steered_faces", "candidates", "pass_share", "original_generated"):
        with Image.open(results / "pictures" / f"{picture}.png") as image:
            assert min(image.size) > 100
    for name in STEERED:
        for group in GROUPS:
            vector = pd.read_csv(results / f"directions/{name}_{group}.csv", header=None)
            assert vector.shape == (1, 64)
            assert np.isclose(np.linalg.norm(vector), 1, atol=1e-5)
            assert read_svm(results / f"svm/{name}_{group}.skops").coef_.shape == (1, 64)
    directions = read_directions(results / "directions/directions.npz")
    assert all(directions.vectors[name].shape == (16, 64) for name in STEERED)


@pytest.mark.e2e
def test_the_bundle_steers(finished):
    path = finished / "results/vectorfind_v8.pt"
    assert torch.load(path, weights_only=True)["format_version"] == FORMAT_VERSION
    face = load_bundle(path)
    assert face.facts["source"]["sha256"] and face.facts["config"]["seed"] == 1
    images = face.generate(np.zeros(64, np.float32), mouth=1.0)
    assert images.shape == (1, 64, 64, 3) and images.dtype == np.uint8


@pytest.mark.e2e
def test_the_image_test_has_two_judges(finished):
    folder = finished / "results/image_test"
    cases = pd.read_csv(folder / "cases.csv")
    expected = ["case", "group", "eyes_corr", "mouth_corr", "pose_corr", "passed"]
    assert list(cases.columns) == expected and list(cases.case) == list(range(6))
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["faces"] == 6 and summary["method"] == "surrogate"
    for judge in ("scorer", "parser"):
        for figures in (summary["judges"][judge], summary["straight"]["judges"][judge]):
            assert set(figures["mean_r"]) == set(STEERED)
            assert {"pass_share", "leakage_rms"} <= set(figures)


@pytest.mark.e2e
def test_every_case_can_be_picked_and_is_the_face_that_was_tested(finished, tmp_path):
    face = load_bundle(finished / "results/vectorfind_v8.pt")
    listed = list_candidates(finished / "results/image_test", all_cases=True)
    assert sorted(listed.case) == list(range(6))
    candidate = read_candidate(finished / "results/image_test", int(listed.case.iloc[0]))
    z, label = face.draw_cases(stage_seed(1, "image test"), [candidate.case])
    assert np.array_equal(candidate.z, z) and np.array_equal(candidate.label, label)
    aurora = pick_character(face, candidate, "aurora")
    drawn = face.generate(z, label=label, mouth=1.0)[0]
    assert np.abs(aurora.render(mouth=1.0).astype(int) - drawn).max() <= 1
    save_character(tmp_path / "aurora.safetensors", aurora)
    again = load_character(tmp_path / "aurora.safetensors", finished / "results/vectorfind_v8.pt")
    assert np.array_equal(again.render(pose=0.5), aurora.render(pose=0.5))


@pytest.mark.e2e
def test_what_is_tested_as_straight_is_what_is_exported(finished):
    face = load_bundle(finished / "results/vectorfind_v8.pt")
    folder = finished / "results/image_test"
    exported = read_vectors(finished / "results/directions/directions.npz")
    first = read_results(folder / "shards/straight_0000.npz")
    z, label = draw_latents(stage_seed(1, "image test"), 0, 3, 64, face.generator.label_dim)
    again = measure_faces(
        face.generator,
        linear_edit(exported, face.directions.unit),
        [scorer_judge(face.scorer)],
        face.directions.cutoffs,
        z,
        label,
    )
    wanted, found = (results.own_correlations("scorer") for results in (first, again))
    assert np.allclose(wanted, found, atol=1e-5)
    bent = read_results(folder / "shards/edit_0000.npz").own_correlations("scorer")
    assert np.abs(bent - found).max() > 1e-3


@pytest.mark.e2e
def test_every_direction_of_svm_is_scikit_learns_on_raw_w(finished):
    samples = finished / "results/samples"
    w, scores, groups = (np.load(samples / f"{name}.npy") for name in ("w", "scores", "groups"))
    directions = read_vectors(finished / "results/svm/directions.npz")
    for name in STEERED:
        score, column = scores[:, PROPERTIES.index(name)], PROPERTIES.index(name)
        for group in range(len(GROUPS)):
            rng = np.random.default_rng([stage_seed(1, "svm"), column, group])
            rows = np.flatnonzero(groups == group)
            learn, _ = split_classes(rows, score, 0.2, 0.2, rng)
            above = np.arange(len(learn)) >= len(learn) // 2
            reference = LinearSVC(tol=1e-9, max_iter=1_000_000).fit(w[learn], above).coef_[0]
            cosine = reference @ directions[name][group] / np.linalg.norm(reference)
            assert cosine > 0.9999, (name, GROUPS[group])


@pytest.mark.e2e
def test_methods_are_compared_on_the_same_faces(finished):
    run_snakemake(finished, "--configfile", "small.yaml", "--cores", "2", "compare_directions")
    folder = finished / "results/compare"
    table = pd.read_csv(folder / "comparison.csv").set_index(["method", "judge"])
    judges = ["scorer", "parser", "second scorer"]
    assert list(table.index) == [(m, judge) for m in METHODS for judge in judges]
    assert (table.faces == 6).all() and table.unit.nunique() == 1
    assert table[["closed_loop_error", "identity"]].notna().all(axis=None)
    cases = [pd.read_csv(folder / method / "cases.csv") for method in METHODS]
    assert (cases[0].group == cases[1].group).all() and (cases[0] != cases[1]).any(axis=None)
    figures = json.loads((folder / "comparison.json").read_text())
    assert set(figures["surrogate"]["bystanders"]["attributes"]["response"]) == set(ATTRIBUTES)
    assert set(figures["surrogate"]["bystanders"]["colours"]["response"]) >= {"skin_r"}
    for name, rows in (
        ("strength", 2 * 2 * 3 * 6),
        ("attribute_dependency", 2 * 2 * 3 * 4),
        ("linearity", 2 * 2 * 3),
        ("layers", 2 * 3 * 11),
    ):
        field = pd.read_csv(folder / f"{name}.csv")
        assert len(field) == rows and set(field.method) == set(METHODS)
    for picture in ("faces", "correlations", "responses", "field_figures"):
        with Image.open(folder / f"{picture}.png") as image:
            assert min(image.size) > 100


@pytest.mark.e2e
def test_hand_labels_count_as_scores_and_are_filtered_out_later(finished):
    results = finished / "results"
    labels = pd.read_csv(results / "original/labels.csv").set_index("image_id")
    scores = pd.read_csv(results / "original/attribute_scores.csv").set_index("image_id")
    assert (scores.loc[labels.index, labels.columns] == labels).all(axis=None)
    kept = pd.read_csv(results / "finetune_v1/filtered.csv").image_id
    assert kept.min() >= SMALL["populations"]["finetune_v1"]["labelled"]


@pytest.mark.e2e
def test_images_carry_their_latents_and_labels(finished):
    folder = finished / "results/finetune_v1/images"
    ids, images = read_archive(folder / "0001.zip")
    latents = read_latents(folder / "0001.npz")
    assert list(ids) == list(latents.image_id) == list(range(500, 1000))
    assert images.shape == (500, 64, 64, 3) and latents.label.shape == (500, 7)


@pytest.mark.e2e
def test_trainings_leave_metrics(finished):
    for stage in ("finetune_v1", "finetune_v8"):
        rows = (finished / f"results/{stage}/metrics.jsonl").read_text().splitlines()
        assert json.loads(rows[-1])["step"] >= 10
    table = pd.read_csv(finished / "results/pass_share/pass_share.csv")
    assert list(table.stage) == ["original", "finetune_v1", "finetune_v8"]


@pytest.mark.e2e
def test_a_bad_label_file_is_explained(finished, tmp_path):
    copy = Path(shutil.copytree(finished, tmp_path / "copy", symlinks=True))
    labels = {"labels": {"source": "file", "original": "mine.csv"}}
    (copy / "mine.yaml").write_text(yaml.safe_dump(labels))
    words = (
        "results/original/labels.csv",
        "--cores",
        "1",
        "--configfile",
        "small.yaml",
        "mine.yaml",
    )
    output = run_snakemake(copy, *words, check=False)
    assert "mine.csv: no labels yet" in output and "vectorfind label results/original" in output
    (copy / "mine.csv").write_text("image_id,gendre\n0,1\n")
    output = run_snakemake(copy, *words, check=False)
    assert "mine.csv" in output and "gendre" in output


def test_the_full_configuration_plans_every_stage_without_the_checkpoint(tmp_path):
    project = make_project(tmp_path, SMALL)
    full = str(REPOSITORY / "config/celeba256.yaml")
    rules = planned_rules(run_snakemake(project, "-n", "--configfile", full, "--cores", "8"))
    assert {"import_checkpoint", "finetune_v1", "finetune_v8", "sample_w", "bundle"} <= rules
    output = run_snakemake(project, "--configfile", full, "--cores", "2", check=False)
    assert "checkpoints/stylegan_celeba_partial256x256.pth" in output
    assert not (project / "results/original/images").exists()


@pytest.mark.parametrize("start_from", ["finetune_v1", "finetune_v8"])
def test_later_starts_skip_earlier_stages(project, start_from):
    rules = planned_rules(
        run_snakemake(project, "-n", "--config", f"start_from={start_from}", "--cores", "2")
    )
    assert "finetune_v1" not in rules
    assert ("label_images" in rules) == (start_from == "finetune_v1")
    assert {"generate_images", "train_property_cnn", "sample_w", "bundle"} <= rules


def test_more_than_ten_thousand_shards_can_be_planned(project):
    values = "sampling={samples: 10001, shard_size: 1}"
    rules = planned_rules(
        run_snakemake(project, "-n", "results/samples/10000.npz", "--config", values)
    )
    assert "sample_w" in rules


def test_unknown_keys_are_refused_by_name(project):
    output = run_snakemake(project, "-n", "--config", "sede=3", check=False)
    assert "sede: unknown key" in output


def test_the_cluster_profile_plans_every_stage(project):
    rules = planned_rules(run_snakemake(project, "-n", "--profile", "profiles/slurm"))
    assert {"finetune_v1", "finetune_v8", "sample_w", "judge_edits"} <= rules


@pytest.mark.parametrize("words", [["--dag"], ["--rulegraph", "mermaid-js", "-F", "--", "all"]])
def test_graphs_are_drawn(project, words):
    assert "finetune_v8" in run_snakemake(project, *words)


def test_the_readme_shows_the_current_rule_graph():
    specification = importlib.util.spec_from_file_location("rg", REPOSITORY / "docs/rulegraph.py")
    rulegraph = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(rulegraph)
    readme = rulegraph.README.read_text()
    assert rulegraph.with_rule_graph(readme) == readme, "run `make docs`"
