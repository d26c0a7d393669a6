"""A judge from outside: a program of the user's measures the comparison's faces, if one is named."""

OUTSIDE = SETTINGS.compare.outside
OUTSIDE_SHARDS = compare_shards(OUTSIDE.faces)
OUTSIDE_RESULTS = (
    [
        "results/compare/outside.csv",
        *expand("results/compare/{method}/outside.json", method=SETTINGS.compare.methods),
    ]
    if OUTSIDE.command
    else []
)


rule compare_outside_images:
    input:
        bundle=lambda wildcards: bundle_of(wildcards.method),
        code=code_of("compare_outside_images.py"),
    output:
        temp("results/compare/{method}/outside/{shard}.zip"),
    log:
        "results/logs/compare_outside_images/{method}_{shard}.log",
    benchmark:
        "results/benchmarks/compare_outside_images/{method}_{shard}.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("compare_outside_images"),
    params:
        images=outside_images,
    script:
        "../scripts/compare_outside_images.py"


rule compare_outside_answers:
    input:
        images="results/compare/{method}/outside/{shard}.zip",
        code=code_of("compare_outside_answers.py"),
    output:
        "results/compare/{method}/outside/{shard}.csv",
    log:
        "results/logs/compare_outside_answers/{method}_{shard}.log",
    benchmark:
        "results/benchmarks/compare_outside_answers/{method}_{shard}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("compare_outside_answers"),
    params:
        command=OUTSIDE.command,
        # The archive is temporary: a change of what decides it must be seen here.
        images=outside_images,
        names=NAMES_HERE,
    script:
        "../scripts/compare_outside_answers.py"


rule compare_outside:
    input:
        found=[f"{found_by(method)}/directions.json" for method in SETTINGS.compare.methods],
        answers=expand(
            "results/compare/{method}/outside/{shard}.csv",
            method=SETTINGS.compare.methods,
            shard=OUTSIDE_SHARDS,
        ),
        code=code_of("compare_outside.py"),
    output:
        table=report(
            "results/compare/outside.csv",
            caption="../docs/captions/outside.rst",
            category="5 Comparison",
            labels={"method": "all", "figure": "a judge from outside"},
        ),
        summaries=expand("results/compare/{method}/outside.json", method=SETTINGS.compare.methods),
    log:
        "results/logs/compare_outside.log",
    benchmark:
        "results/benchmarks/compare_outside.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("compare_outside"),
    params:
        methods=SETTINGS.compare.methods,
        name=OUTSIDE.name,
        ranges=[outside_range(shard) for shard in OUTSIDE_SHARDS],
        test_offsets=TEST_OFFSETS,
        names=NAMES_HERE,
        pass_at=PASS_AT,
    script:
        "../scripts/compare_outside.py"
