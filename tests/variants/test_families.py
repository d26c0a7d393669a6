"""The chain from other people's checkpoints: StyleGAN2, StyleGAN3, NVIDIA's v1, from the hub."""

import json

import numpy as np
import pytest
from helpers.running import SMALL, make_project, run_snakemake

from vectorfind.bundle import load_bundle
from vectorfind.config import lay_over

RESULTS = ("results/vectorfind_v8.pt", "results/image_test/summary.json")


def project_from(tmp_path, fixtures_dir, name, **keys):
    """Return a folder that has what a clone has, and starts from a file of the references."""
    keys = lay_over({"checkpoint": str(fixtures_dir / name)}, keys)
    return make_project(tmp_path, lay_over(SMALL, keys))


def run(project, *targets, check=True):
    words = ("--cores", "2", "--configfile", "small.yaml")
    return run_snakemake(project, *targets, *words, check=check)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("name", "family"), [("F6_ada64.pkl", "StyleGAN2"), ("F8_stylegan3t64.pkl", "StyleGAN3")]
)
def test_another_family_ends_with_a_bundle(tmp_path, fixtures_dir, name, family):
    project = project_from(tmp_path, fixtures_dir, name, start_from="finetune_v8")
    run(project, *RESULTS)
    facts = json.loads((project / "results/import/checkpoint.json").read_text())
    assert facts["family"] == family
    found = json.loads((project / "results/directions/directions.json").read_text())
    assert found["unit_why"].startswith("auto: ")
    face = load_bundle(project / RESULTS[0])
    z = np.zeros((2, face.generator.z_dim), np.float32)
    assert face.generate(z, pose=1.0).shape == (2, 64, 64, 3)
