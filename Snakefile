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
include: "rules/outside_judge.smk"
include: "rules/compare.smk"
include: "rules/field_figures.smk"
include: "rules/pictures.smk"
include: "rules/report.smk"
include: "rules/demo_world.smk"


if DOWNLOADS:

    include: "rules/downloads.smk"


report: "docs/captions/workflow.rst"


onstart:
    if workflow.non_local_exec and SETTINGS.device == "auto":
        raise WorkflowError(
            "device: auto looks at the machine that plans, and the jobs run on others: "
            "add `--config device=cuda`, or device=cpu."
        )
    if seconds := take_back_future(["results", "work"]):
        print(f"Files were {seconds:.0f} s ahead of the clock: set back.", file=sys.stderr)


onerror:
    for words in last_words("results/logs", STARTED):
        print(f"\nThe run waits for you: {words}", file=sys.stderr)


wildcard_constraints:
    stage="|".join(STAGES),
    shard=r"\d\d\d\d+",  # more digits from the 10,000th on
    attribute="|".join(ATTRIBUTES),
    part=r"[a-z0-9_]+(\+[a-z0-9_]+)*",


# Seconds on one core: on a cluster they wait for no queue.
localrules:
    all,
    write_config,
    import_checkpoint,
    filter_images,
    normalise_properties,
    merge_scorer,
    cut_groups,
    bundle,
    compare_pass_shares,
    report_page,
    summarise_image_test,
    picture_generated,
    picture_filtered,
    compare_directions,
    compare_bundles,
    compare_summaries,
    compare_methods,
    compare_outside,
    compare_strength_figures,
    merge_second_scorer,


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
