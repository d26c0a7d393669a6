"""VectorFind: from a StyleGAN face checkpoint to directions that steer its faces."""

from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


# Beside the Snakefile, whatever the working directory is.
configfile: Path(workflow.basedir, "config", "config.yaml")


include: "rules/common.smk"
include: "rules/population.smk"
include: "rules/attributes.smk"
include: "rules/properties.smk"
include: "rules/finetune.smk"
include: "rules/directions.smk"
include: "rules/image_test.smk"
include: "rules/second_judges.smk"
include: "rules/compare.smk"
include: "rules/field_figures.smk"
include: "rules/pictures.smk"
include: "rules/demo_world.smk"


report: "docs/captions/workflow.rst"


wildcard_constraints:
    stage="|".join(STAGES),
    shard=r"\d{4}",
    attribute="|".join(ATTRIBUTES),
    part=r"[a-z0-9_]+(\+[a-z0-9_]+)*",


localrules:
    all,


rule all:
    default_target: True
    input:
        "results/config.yaml",
        "results/vectorfind_v8.pt",
        "results/image_test/summary.json",
        "results/pictures/steered_faces.png",
        expand("results/pictures/{stage}_generated.png", stage=STAGES_HERE),
        expand("results/pictures/{stage}_filtered.png", stage=LABELLED_STAGES),
        SVMS,
        PASS_SHARE_RESULTS,
