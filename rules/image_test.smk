"""The test of every direction on new faces (system.md 1.15)."""


wildcard_constraints:
    edit="edit|straight",


# What `generate` does, and what adding the exported vectors does, where that is something else.
TESTED_EDIT = "edit" if SETTINGS.directions.method in BENT else "straight"


rule test_faces:
    input:
        bundle="results/vectorfind_v8.pt",
        code=code_of("test_faces.py"),
    output:
        "results/image_test/shards/{edit}_{shard}.npz",
    log:
        "results/logs/test_faces/{edit}_{shard}.log",
    benchmark:
        "results/benchmarks/test_faces/{edit}_{shard}.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=4000,
    params:
        seed=seed_of("image test"),
        range=lambda wildcards: shard_range(
            wildcards.shard, SETTINGS.image_test.faces, SETTINGS.image_test.shard_size
        ),
        parser=plain(SETTINGS.parser),
        device=SETTINGS.device,
    script:
        "../scripts/test_faces.py"


rule summarise_image_test:
    input:
        found="results/directions/directions.json",
        shards=image_test_shards(TESTED_EDIT),
        straight=image_test_shards("straight"),
        code=code_of("summarise_image_test.py"),
    output:
        cases=report(
            "results/image_test/cases.csv",
            caption="../docs/captions/cases.rst",
            category="4 Image test",
            labels={"figure": "every face"},
        ),
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
    params:
        pass_at=plain(SETTINGS.image_test.pass_at),
    script:
        "../scripts/summarise_image_test.py"
