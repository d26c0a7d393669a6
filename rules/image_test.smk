"""The test of every direction on new faces (system.md 1.15)."""


wildcard_constraints:
    edit="edit|straight",


# What `generate` does, and what adding the exported vectors does, where that is something else.
TESTED_EDIT = "edit" if METHODS[SETTINGS.directions.method].bends else "straight"


rule judge_edits:
    input:
        bundle="results/vectorfind_v8.pt",
        parser=PARSER_DOWNLOAD,
        code=code_of_measures("judge_edits.py"),
    output:
        results="results/image_test/shards/{edit}_{shard}.npz",
        latents="results/image_test/latents/{edit}_{shard}.npz",
    log:
        "results/logs/judge_edits/{edit}_{shard}.log",
    benchmark:
        "results/benchmarks/judge_edits/{edit}_{shard}.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("judge_edits"),
    params:
        seed=seed_of("image test"),
        range=lambda wildcards: shard_range(
            wildcards.shard, SETTINGS.image_test.faces, SETTINGS.image_test.shard_size
        ),
        test_offsets=TEST_OFFSETS,
        parser=PARSER,
        measures=MEASURES,
    script:
        "../scripts/judge_edits.py"


rule summarise_image_test:
    input:
        found="results/directions/directions.json",
        shards=image_test_shards(TESTED_EDIT),
        straight=image_test_shards("straight") if TESTED_EDIT == "edit" else [],
        latents=image_test_shards(TESTED_EDIT, "latents"),
        code=code_of("summarise_image_test.py"),
    output:
        cases=report(
            "results/image_test/cases.csv",
            caption="../docs/captions/cases.rst",
            category="4 Image test",
            labels={"figure": "every face"},
        ),
        latents="results/image_test/latents.npz",
        judges="results/image_test/judges.csv",
        summary="results/image_test/summary.json",
        correlations=report(
            "results/image_test/correlations.png",
            caption="../docs/captions/correlations.rst",
            category="4 Image test",
            labels={"figure": "correlations"},
        ),
        responses=report(
            "results/image_test/responses.png",
            caption="../docs/captions/responses.rst",
            category="4 Image test",
            labels={"figure": "response matrices"},
        ),
    log:
        "results/logs/summarise_image_test.log",
    benchmark:
        "results/benchmarks/summarise_image_test.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("summarise_image_test"),
    params:
        pass_at=PASS_AT,
    script:
        "../scripts/summarise_image_test.py"
