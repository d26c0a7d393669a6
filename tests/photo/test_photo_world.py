"""What `config/photo64.yaml` runs on is there, and belongs together."""

import pandas as pd
import pytest
import torch
from helpers.places import REPOSITORY
from helpers.running import SMALL, UNSHARED, make_project, run_snakemake

from vectorfind.bundle import load_bundle
from vectorfind.config import lay_over, resolve_config
from vectorfind.config.docs import read_config_file
from vectorfind.faces.parser import load_parser
from vectorfind.photo.regression import RESOLUTION
from vectorfind.photo.teacher import Z_DIM
from vectorfind.stylegan import load_networks

CONFIG = REPOSITORY / "config/photo64.yaml"


@pytest.fixture(scope="module")
def config():
    demo, photo = (read_config_file(REPOSITORY / "config" / n) for n in ("config.yaml", CONFIG))
    return resolve_config(lay_over(demo, photo))


def test_generator_and_parser_load(config):
    networks = load_networks(REPOSITORY / config.checkpoint)
    assert set(networks.present) == {"generator", "discriminator", "generator_smooth"}
    with torch.inference_mode():
        drawn = networks.generator_smooth.eval()(torch.zeros(1, Z_DIM))
    assert drawn.shape == (1, 3, RESOLUTION, RESOLUTION) and drawn.dtype == torch.float32
    assert load_parser(REPOSITORY / config.parser.model).size == (RESOLUTION, RESOLUTION)


@pytest.mark.parametrize("stage", ["original", "finetune_v1"])
def test_every_image_that_counts_as_labelled_has_all_labels(config, stage):
    population = getattr(config.populations, stage)
    table = pd.read_csv(REPOSITORY / getattr(config.labels, stage))
    assert table.image_id.tolist() == list(range(population.labelled))
    asked = {name for name, bounds in population.filter.items() if bounds}
    assert asked <= set(table)
    for name in asked:
        assert set(table[name]) == {0, 1}
        assert min(table[name].sum(), (1 - table[name]).sum()) >= 40, name


@pytest.mark.e2e
def test_the_whole_chain_runs_on_it(tmp_path):
    # So little learned from so few labels passes no filter that means anything, and few of so
    # few people are old or wear glasses.
    bounds = {"gender": {"min": 0.05}, "quality": {"min": 0.2}}
    stages = {
        "original": {"filter": bounds},
        "finetune_v1": {"filter": {**bounds, "age": None, "glass": None}},
    }
    small = lay_over(lay_over(SMALL, UNSHARED), {"populations": stages})
    project = make_project(tmp_path, small)
    words = ("--cores", "2", "--configfile", "config/photo64.yaml", "small.yaml")
    run_snakemake(project, *words)
    face = load_bundle(project / "results/vectorfind_v8.pt")
    z, _ = face.draw(seed=1, start=0, count=2)
    assert (face.generate(z, pose=1.8) != face.generate(z)).any()
