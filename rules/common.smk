"""The checked configuration and the few functions that several rules share.

What decides a rule's numbers is in its params: a change of them runs it again. How it computes,
devices and batch sizes, its script takes from the configuration (`vectorfind.workflow.job`).
"""

import os
import sys
import time
from pathlib import Path

from snakemake.exceptions import WorkflowError

from vectorfind.config import resolve_config, stage_seed
from vectorfind.config.docs import read_config_file
from vectorfind.directions.methods import METHODS
from vectorfind.errors import InputError
from vectorfind.hub import hub_reference
from vectorfind.vocabulary import STAGES, names_of
from vectorfind.workflow.clock import take_back_future
from vectorfind.workflow.code_inputs import modules_behind
from vectorfind.workflow.last_words import last_words
from vectorfind.workflow.memory import memory_of
from vectorfind.workflow.plan import (
    check_measures,
    check_pinned,
    content_of,
    gpus_per_job,
    if_there,
    labelled_stages,
    learned_from,
    measure_files,
    own_scores,
    property_parts,
    shard_names,
    shard_range,
    stages,
    with_paths_beside,
)

try:
    for path in workflow.configfiles:
        # Snakemake takes the last of two equal keys in silence.
        read_config_file(path)
    # Jobs read this dictionary too.
    config.update(with_paths_beside(config, workflow.basedir))
    SETTINGS = resolve_config(config)
    check_measures(SETTINGS)
    check_pinned(SETTINGS)
except InputError as error:
    raise WorkflowError(str(error)) from None

STARTED = time.time()
POPULATIONS = SETTINGS.populations
PROPERTIES = SETTINGS.vocabulary.properties
ATTRIBUTES = SETTINGS.vocabulary.attributes
NAMES = names_of(SETTINGS.vocabulary)
STAGES_HERE = stages(SETTINGS)
LABELLED_STAGES = labelled_stages(SETTINGS)
GPU = gpus_per_job(SETTINGS)
ENVIRONMENT = "../envs/vectorfind.yaml"
# Of the jobs that most others wait for; pictures and pass shares then fill the gaps.
CHAIN = 1
# Of the longest of those: they start before what can run beside them.
LONG = 2
# Of the jobs that score all images of a stage.
SCORING_CORES = 1 if GPU else 2
PASS_SHARE_RESULTS = (
    ["results/pass_share/pass_share.csv", "results/pictures/pass_share.png"]
    if "finetune_v1" in STAGES_HERE
    else []
)


def plain(section, *left_out):
    """Return a section of the configuration as plain values, which Snakemake can compare."""
    return section.model_dump(mode="json", exclude=set(left_out))


def downloads(*values):
    """Return where those of the values are put that name files of the hub."""
    return [str(found.place) for value in values if (found := hub_reference(value))]


# What decides a parse map, and what is measured by it.
PARSER = plain(SETTINGS.parser, "batch_size")
PARSER_DOWNLOAD = downloads(SETTINGS.parser.model)
CHECKPOINT_DOWNLOADS = downloads(SETTINGS.checkpoint, SETTINGS.discriminator_checkpoint)
DOWNLOADS = CHECKPOINT_DOWNLOADS + PARSER_DOWNLOAD
MEASURES = {name: row.measure for name, row in PROPERTIES.items() if row.measure}
NAMES_HERE = {
    "properties": list(NAMES.properties),
    "steered": list(NAMES.steered),
    "grouping": list(NAMES.grouping),
}
TEST_OFFSETS = {
    "offsets": {name: list(PROPERTIES[name].offsets) for name in NAMES.steered},
    "most": SETTINGS.image_test.most_edits,
}
PASS_AT = {name: PROPERTIES[name].pass_at for name in NAMES.steered}


def memory(rule):
    """Return what gives the MiB that a rule's job declares, by its method where it has one."""
    return lambda wildcards: memory_of(rule, SETTINGS, GPU, wildcards.get("method"))


def code_of(script):
    """Return the package's files that decide what a script computes: an edit reruns its rules.

    Relative paths, so that a finished folder can be moved.
    """
    behind = modules_behind(Path(workflow.basedir, "scripts", script).resolve())
    return [os.path.relpath(path) for path in behind]


def code_of_measures(script):
    """Return these files and the user's own that measure properties."""
    return code_of(script) + measure_files(SETTINGS)


def networks(stage):
    """Return the checkpoint of a stage: the imported one where the chain starts."""
    folder = "import" if stage == SETTINGS.start_from else stage
    return f"results/{folder}/networks.pth"


def population(wildcards):
    """Return the population section of the stage in the wildcards."""
    return SETTINGS.population(wildcards.stage)


def filter_of(stage):
    """Return the filter of a stage as plain values."""
    return plain(SETTINGS.population(stage))["filter"]


def shards_of(stage, count=None):
    """Return the shards that hold the first `count` images of a stage, all by default."""
    images = SETTINGS.population(stage).images if count is None else count
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


def label_params(wildcards):
    """Return what decides a stage's labels besides the images and those files."""
    labels, wanted = SETTINGS.labels, SETTINGS.attributes_of(wildcards.stage)
    if labels.source != "zero_shot":
        return {"source": labels.source, "attributes": list(wanted)}
    return {
        "source": labels.source,
        "prompts": {name: list(ATTRIBUTES[name].prompts) for name in wanted},
        "model": labels.zero_shot_model,
        "revision": labels.zero_shot_revision,
    }


def earlier_weights(wildcards):
    """Return the CNN of the stage that this one starts from, where it learned the attribute too."""
    earlier = STAGES[wildcards.stage].starts_from
    if earlier in STAGES_HERE and wildcards.attribute in SETTINGS.attributes_of(earlier):
        return f"results/{earlier}/attribute_cnn/{wildcards.attribute}.safetensors"
    return []


def ensembles_of(stage):
    """Return the attribute CNNs of a stage."""
    return expand(
        f"results/{stage}/attribute_cnn/{{attribute}}.safetensors",
        attribute=SETTINGS.attributes_of(stage),
    )


def filtered_of(stage):
    """Return the table of a stage's images that passed its filter; FineTune-v8 has none."""
    return f"results/{stage}/filtered.csv" if stage in LABELLED_STAGES else []


def regressors_of(stage):
    """Return the regressors of the properties that are learned from a stage's images."""
    parts = property_parts(SETTINGS, learned_from(SETTINGS, stage))
    return expand(f"results/{stage}/property_cnn/{{part}}.safetensors", part=parts)


REGRESSORS = [path for stage in STAGES for path in regressors_of(stage)]


def inputs_of(part):
    """Return what the regressors of some properties see, as plain values."""
    rows = {name: PROPERTIES[name].input for name in part.split("+")}
    return {
        name: [row.view.windows, row.view.max_height, row.negated] for name, row in rows.items()
    }


def numbers_of(part):
    """Return the place of some properties in the vocabulary; it decides their first weights."""
    return {name: NAMES.properties.index(name) for name in part.split("+")}


def view_of(attribute):
    """Return what the networks of an attribute see, as plain values."""
    return list(ATTRIBUTES[attribute].view)


def cnn_params(section):
    """Return what decides a network's training, of a section; tries and shares of jobs do not."""
    return plain(section, "tries", "per_job")


def finetune_params(stage):
    """Return what decides the fine-tuning into a stage besides its inputs."""
    row = STAGES[stage]
    return {
        "settings": plain(getattr(SETTINGS.finetune, row.section), "recipe"),
        "section": f"finetune.{row.section}",
        "labels": list(SETTINGS.vocabulary.labels),
        "filter": filter_of(row.starts_from),
        "fused_scale": SETTINGS.fused_scale,
        "seed": seed_of(f"{stage} training"),
        "work": f"work/{stage}",
    }


def finder_params(method):
    """Return what decides the directions that a method finds, besides the samples."""
    entry, section = METHODS[method], SETTINGS.directions
    found = {"method": method, "unit": section.unit, "names": NAMES_HERE}
    if not entry.draws:
        return found | {"svm": SVM_OPTIONS}
    found |= {"seed": seed_of("directions"), "validation_faces": section.validation_faces}
    found |= {"test_offsets": TEST_OFFSETS, "fused_scale": SETTINGS.fused_scale}
    if entry.keeps:
        found |= {"tries": section.tries, "fit_steps": section.fit_steps, "parser": PARSER}
    return found


SVM_OPTIONS = {
    "class_share": SETTINGS.directions.class_share,
    "validation_share": SETTINGS.directions.validation_share,
    "c": SETTINGS.directions.svm_c,
    "seed": seed_of("svm"),
}


def picture_labels(wildcards, figure):
    """Return the row of a stage's figure in Snakemake's report, which sorts rows by name."""
    number = list(STAGES).index(wildcards.stage) + 1
    return {"stage": f"{number} {wildcards.stage}", "figure": figure}


def image_test_shards(edit, kind="shards"):
    """Return the shards of the image test, or its `latents`, by one way of editing.

    `edit` is `edit` or `straight`.
    """
    shards = shard_names(SETTINGS.image_test.faces, SETTINGS.image_test.shard_size)
    return expand(f"results/image_test/{kind}/{edit}_{{shard}}.npz", shard=shards)


def compare_shards(faces):
    """Return the shards that hold the first `faces` faces of the comparison."""
    return shard_names(min(faces, SETTINGS.compare.faces), SETTINGS.compare.shard_size)


def compare_range(wildcards):
    """Return the first face of a shard and how many it holds."""
    return shard_range(wildcards.shard, SETTINGS.compare.faces, SETTINGS.compare.shard_size)


def outside_range(shard):
    """Return the first face of a shard that a judge from outside sees, and how many it holds."""
    compare = SETTINGS.compare
    return shard_range(shard, min(compare.outside.faces, compare.faces), compare.shard_size)


def outside_images(wildcards):
    """Return what decides the images of such a shard, besides the bundle."""
    return {
        "seed": seed_of("compare"),
        "range": outside_range(wildcards.shard),
        "test_offsets": TEST_OFFSETS,
    }


def found_by(method):
    """Return the folder of the directions that a method found: the chain's own are not found twice."""
    own = method == SETTINGS.directions.method
    return "results/directions" if own else f"results/compare/{method}"


def bundle_of(method):
    """Return the bundle of a method's directions."""
    own = method == SETTINGS.directions.method
    return "results/vectorfind_v8.pt" if own else f"results/compare/{method}/bundle.pt"


def second_scorer_parts(ending):
    """Return the files of the second scorer, which learns what the parser measures of new faces."""
    if not MEASURES:
        raise WorkflowError(
            "compare_directions needs judges: give at least one property a `measure`."
        )
    parts = property_parts(SETTINGS, list(MEASURES))
    return expand(f"results/compare/second_scorer/{{part}}.{ending}", part=parts)
