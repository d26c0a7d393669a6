"""The chain from other checkpoints than the original generator's (system.md 1, `start_from`)."""

import json

import numpy as np
import pytest
import torch
import yaml
from helpers.running import SMALL, make_project, run_snakemake

from vectorfind.bundle import load_bundle
from vectorfind.config import lay_over
from vectorfind.errors import InputError
from vectorfind.stylegan import (
    join_discriminator,
    load_networks,
    make_conditional,
    save_networks,
    silence_labels,
)

SMALLER = {
    "populations": {
        "shard_size": 1000,
        "finetune_v1": {
            "images": 800,
            "labelled": 300,
            "exclude_labelled": False,
            "filter": {
                "gender": {"min": 0.6},
                "quality": {"min": 0.6},
                "age": {"max": 0.4},
                "glass": {"max": 0.4},
            },
        },
        "finetune_v8": {"images": 200},
    },
    "attribute_cnn": {"folds": 2, "epochs": 20, "patience": 8},
    "property_cnn": {"epochs": 2},
    "sampling": {"samples": 5000, "shard_size": 5000},
    "image_test": {"faces": 4, "shard_size": 4},
    "directions": {"method": "svm"},
}
"""Laid over SMALL: one shard of everything, a filter that lets enough of so few faces pass."""
RESULTS = ("results/vectorfind_v8.pt", "results/image_test/summary.json")
PLAIN = "resources/demo/stylegan.pth"


@pytest.fixture
def project(tmp_path):
    """A folder that has what a clone has, and the demo's checkpoint made conditional."""
    make_project(tmp_path, lay_over(SMALL, SMALLER))
    plain = load_networks(tmp_path / PLAIN)
    networks = make_conditional(plain, seed=2)
    silence_labels(networks, plain)
    save_networks(tmp_path / "conditional.pth", networks)
    for name in ("generator", "discriminator"):
        torch.save(getattr(networks, name).state_dict(), tmp_path / f"{name}.pth")
    return tmp_path


def run(project, *targets, check=True, **keys):
    (project / "mine.yaml").write_text(yaml.safe_dump(keys))
    words = ("--cores", "2", "--configfile", "small.yaml", "mine.yaml")
    return run_snakemake(project, *targets, *words, check=check)


def stages_of(project):
    """Return the stages that left results."""
    stages = ("original", "finetune_v1", "finetune_v8")
    return [name for name in stages if (project / "results" / name).exists()]


def check_bundle(project, label_dim):
    face = load_bundle(project / RESULTS[0])
    assert face.generator.label_dim == label_dim
    assert face.generate(np.zeros(64, np.float32), pose=1.0).shape == (1, 64, 64, 3)
    summary = json.loads((project / RESULTS[1]).read_text())
    assert summary["faces"] == SMALLER["image_test"]["faces"]


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("checkpoint", "label_dim", "method"), [("conditional.pth", 7, "surrogate"), (PLAIN, 0, "svm")]
)
def test_a_fine_tuned_or_plain_generator_goes_straight_to_directions(
    project, checkpoint, label_dim, method
):
    keys = {"checkpoint": checkpoint, "directions": {"method": method}}
    run(project, *RESULTS, start_from="finetune_v8", **keys)
    assert stages_of(project) == ["finetune_v8"]
    assert not list((project / "results").rglob("labels.csv"))
    check_bundle(project, label_dim)


@pytest.mark.e2e
def test_a_first_fine_tuning_in_two_files_goes_on_with_the_second(project):
    keys = {"checkpoint": "generator.pth", "discriminator_checkpoint": "discriminator.pth"}
    run(project, *RESULTS, start_from="finetune_v1", **keys)
    assert stages_of(project) == ["finetune_v1", "finetune_v8"]
    facts = json.loads((project / "results/import/checkpoint.json").read_text())
    assert facts["discriminator"]["networks"] == ["discriminator"]
    check_bundle(project, 7)
    assert '"spread_hairstyle": ' in (project / "results/finetune_v8/metrics.jsonl").read_text()
    tuned = load_networks(project / "results/finetune_v8/networks.pth").generator
    given = load_networks(project / "generator.pth").generator
    assert not torch.equal(tuned.mapping.dense0.weight, given.mapping.dense0.weight)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"checkpoint": "generator.pth", "start_from": "finetune_v1"},
            "set `discriminator_checkpoint` to the file",
        ),
        (
            {"checkpoint": "conditional.pth", "start_from": "original"},
            "set `start_from: finetune_v1` or `finetune_v8`",
        ),
    ],
)
def test_a_checkpoint_that_does_not_fit_the_start_is_explained(project, keys, message):
    output = run(project, "results/import/networks.pth", check=False, **keys)
    assert message in output
    assert not (project / "results/import/networks.pth").exists()


@pytest.mark.parametrize(
    ("discriminator", "message"),
    [
        ("generator.pth", r"generator\.pth: holds no discriminator"),
        (PLAIN, r"\(64, 0\) for a generator of \(64, 7\)"),
    ],
)
def test_another_networks_discriminator_is_refused(project, discriminator, message):
    networks = load_networks(project / "generator.pth")
    with pytest.raises(InputError, match=message):
        join_discriminator(networks, load_networks(project / discriminator), discriminator)
