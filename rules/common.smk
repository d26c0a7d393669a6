"""The checked configuration and the few functions that several rules share."""

import os
from pathlib import Path

from snakemake.exceptions import WorkflowError

from vectorfind.chain import (
    gpus_per_job,
    if_there,
    labelled_stages,
    property_parts,
    scorer_stage,
    shard_names,
    shard_range,
    stages,
)
from vectorfind.code_inputs import modules_behind
from vectorfind.config import STAGES, resolve_config, stage_seed
from vectorfind.errors import InputError
from vectorfind.names import (
    ATTRIBUTES,
    BENT,
    CONTROLLED,
    GROUPS,
    LABELS,
    PROPERTIES,
    STAGE_ATTRIBUTES,
)

try:
    SETTINGS = resolve_config(config)
except InputError as error:
    raise WorkflowError(str(error)) from None

POPULATIONS = SETTINGS.populations
STAGES_HERE = stages(SETTINGS)
LABELLED_STAGES = labelled_stages(SETTINGS)
GPU = gpus_per_job(SETTINGS)
ENVIRONMENT = "../envs/vectorfind.yaml"
# Of the jobs that most others wait for; pictures and pass shares then fill the gaps.
CHAIN = 1
# Of the longest of those: they start before what can run beside them.
LONG = 2
PASS_SHARE_RESULTS = (
    ["results/pass_share/pass_share.csv", "results/pictures/pass_share.png"]
    if "finetune_v1" in STAGES_HERE
    else []
)


def plain(section):
    """Return a section of the configuration as plain values, so that Snakemake can compare them."""
    return section.model_dump(mode="json")


def bundled_config():
    """Return the configuration without the sections that only test a finished bundle."""
    testing = ("image_test", "pass_share", "compare")
    return {key: value for key, value in plain(SETTINGS).items() if key not in testing}


def code_of(script):
    """Return the package's files that decide what a script computes: an edit reruns its rules.

    Relative paths, so that a finished folder can be moved.
    """
    behind = modules_behind(Path(workflow.basedir, "scripts", script).resolve())
    return [os.path.relpath(path) for path in behind]


def networks(stage):
    """Return the checkpoint of a stage: the imported one where the chain starts."""
    folder = "import" if stage == SETTINGS.start_from else stage
    return f"results/{folder}/networks.pth"


def population(wildcards):
    """Return the population section of the stage in the wildcards."""
    return getattr(POPULATIONS, wildcards.stage)


def shards_of(stage, count=None):
    """Return the shards that hold the first `count` images of a stage, all by default."""
    images = getattr(POPULATIONS, stage).images if count is None else count
    return shard_names(images, POPULATIONS.shard_size)


def images_of(stage, count=None):
    """Return the image archives that hold the first `count` images of a stage."""
    return expand(f"results/{stage}/images/{{shard}}.zip", shard=shards_of(stage, count))


def seed_of(name):
    """Return the seed of one stage of the workflow."""
    return stage_seed(SETTINGS.seed, name)


def label_sources(wildcards):
    """Return the files that labels come from, as far as they are there."""
    labels = SETTINGS.labels
    if labels.source == "file":
        return if_there(getattr(labels, wildcards.stage))
    return [labels.annotator] if labels.source == "demo" else []


def earlier_weights(wildcards):
    """Return the original population's CNN for FineTune-v1's gender and quality."""
    earlier = wildcards.stage == "finetune_v1" and "original" in STAGES_HERE
    if earlier and wildcards.attribute in STAGE_ATTRIBUTES["original"]:
        return f"results/original/attribute_cnn/{wildcards.attribute}.safetensors"
    return []


def ensembles_of(stage):
    """Return the attribute CNNs of a stage."""
    return expand(
        f"results/{stage}/attribute_cnn/{{attribute}}.safetensors",
        attribute=STAGE_ATTRIBUTES[stage],
    )


def filtered_of(stage):
    """Return the table of a stage's images that passed its filter; FineTune-v8 has none."""
    return f"results/{stage}/filtered.csv" if stage in LABELLED_STAGES else []


def regressors_of(stage):
    """Return the regressors of the properties that are learned from a stage's images."""
    names = [name for name in PROPERTIES if scorer_stage(SETTINGS, name) == stage]
    parts = property_parts(SETTINGS, names)
    return expand(f"results/{stage}/property_cnn/{{part}}.safetensors", part=parts)


REGRESSORS = [path for stage in STAGES for path in regressors_of(stage)]


def image_test_shards(edit):
    """Return the shards of the image test by one way of editing: `edit` or `straight`."""
    shards = shard_names(SETTINGS.image_test.faces, SETTINGS.image_test.shard_size)
    return expand(f"results/image_test/shards/{edit}_{{shard}}.npz", shard=shards)


def compare_shards(faces):
    """Return the shards that hold the first `faces` faces of the comparison."""
    return shard_names(min(faces, SETTINGS.compare.faces), SETTINGS.compare.shard_size)


def compare_range(wildcards):
    """Return the first face of a shard and how many it holds."""
    return shard_range(wildcards.shard, SETTINGS.compare.faces, SETTINGS.compare.shard_size)
