"""`snakemake compare_directions`: every method on the same new faces, by the same judges."""

COMPARE = SETTINGS.compare
ANNOTATOR = SETTINGS.labels.annotator if SETTINGS.labels.source == "demo" else []
# Those that measure properties and are not the one that finds directions; figures are theirs.
INDEPENDENT_JUDGES = ["parser", "second scorer"]


wildcard_constraints:
    method="|".join(COMPARE.methods),


rule compare_directions:
    input:
        "results/compare/comparison.csv",
        "results/compare/faces.png",
        "results/compare/field_figures.png",
        OUTSIDE_RESULTS,
        expand("results/compare/{method}/summary.json", method=COMPARE.methods),


use rule find_directions as compare_finders with:
    input:
        w="results/samples/w.npy",
        scores="results/samples/scores.npy",
        groups="results/samples/groups.npy",
        sums=SAMPLE_SUMS,
        networks=networks("finetune_v8"),
        checkpoint="results/import/checkpoint.json",
        scorer="results/scorer/scorer.safetensors",
        cutoffs="results/directions/cutoffs.json",
        attributes=KEPT_ATTRIBUTES,
        parser=PARSER_DOWNLOAD,
        resolved="results/directions/directions.json",
        code=code_of("find_directions.py"),
    output:
        directions="results/compare/{method}/directions.npz",
        vectors=expand(
            "results/compare/{{method}}/directions/{property}_{group}.csv",
            property=NAMES.steered,
            group=NAMES.groups,
        ),
        figures="results/compare/{method}/directions.json",
    log:
        "results/logs/compare_finders/{method}.log",
    benchmark:
        "results/benchmarks/compare_finders/{method}.tsv"
    resources:
        gpu=lambda wildcards: GPU * METHODS[wildcards.method].draws,
        mem_mb=memory("compare_finders"),
    params:
        finder=lambda wildcards: finder_params(wildcards.method),


use rule bundle as compare_bundles with:
    input:
        networks=networks("finetune_v8"),
        source="results/import/checkpoint.json",
        directions="results/compare/{method}/directions.npz",
        figures="results/compare/{method}/directions.json",
        counts="results/samples/group_counts.csv",
        scorer="results/scorer/scorer.safetensors",
        svm_figures=expand("results/svm/{property}.csv", property=NAMES.steered),
        code=code_of("bundle.py"),
    output:
        "results/compare/{method}/bundle.pt",
    log:
        "results/logs/compare_bundles/{method}.log",
    benchmark:
        "results/benchmarks/compare_bundles/{method}.tsv"


rule compare_faces:
    input:
        bundle=lambda wildcards: bundle_of(wildcards.method),
        second="results/compare/second_scorer.safetensors",
        attributes=SECOND_ATTRIBUTES,
        annotator=ANNOTATOR,
        parser=PARSER_DOWNLOAD,
        code=code_of_measures("compare_faces.py"),
    output:
        "results/compare/{method}/shards/{shard}.npz",
    log:
        "results/logs/compare_faces/{method}_{shard}.log",
    benchmark:
        "results/benchmarks/compare_faces/{method}_{shard}.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("compare_faces"),
    params:
        seed=seed_of("compare"),
        noise_seed=None,
        range=compare_range,
        test_offsets=TEST_OFFSETS,
        parser=PARSER,
        measures=MEASURES,
        identity=plain(COMPARE.identity),
    script:
        "../scripts/compare_faces.py"


use rule compare_faces as compare_again with:
    input:
        bundle=lambda wildcards: bundle_of(wildcards.method),
        second="results/compare/second_scorer.safetensors",
        attributes=[],
        annotator=[],
        parser=PARSER_DOWNLOAD,
        code=code_of_measures("compare_faces.py"),
    output:
        "results/compare/{method}/again/{shard}.npz",
    log:
        "results/logs/compare_again/{method}_{shard}.log",
    benchmark:
        "results/benchmarks/compare_again/{method}_{shard}.tsv"
    params:
        seed=seed_of("compare"),
        noise_seed=seed_of("compare again"),
        range=compare_range,
        test_offsets=TEST_OFFSETS,
        parser=PARSER,
        measures=MEASURES,
        identity={"model": None},


rule compare_closed_loop:
    input:
        bundle=lambda wildcards: bundle_of(wildcards.method),
        second="results/compare/second_scorer.safetensors",
        shards=expand(
            "results/compare/{{method}}/shards/{shard}.npz", shard=compare_shards(COMPARE.faces)
        ),
        parser=PARSER_DOWNLOAD,
        code=code_of_measures("compare_closed_loop.py"),
    output:
        table="results/compare/{method}/closed_loop.csv",
        figures="results/compare/{method}/closed_loop.json",
    log:
        "results/logs/compare_closed_loop/{method}.log",
    benchmark:
        "results/benchmarks/compare_closed_loop/{method}.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("compare_closed_loop"),
    params:
        seed=seed_of("compare"),
        request_seed=seed_of("compare requests"),
        faces=min(COMPARE.closed_loop_faces, COMPARE.faces),
        parser=PARSER,
        measures=MEASURES,
    script:
        "../scripts/compare_closed_loop.py"


use rule summarise_image_test as compare_summaries with:
    input:
        found=lambda wildcards: f"{found_by(wildcards.method)}/directions.json",
        shards=expand(
            "results/compare/{{method}}/shards/{shard}.npz", shard=compare_shards(COMPARE.faces)
        ),
        code=code_of("summarise_image_test.py"),
    output:
        cases="results/compare/{method}/cases.csv",
        judges="results/compare/{method}/judges.csv",
        summary="results/compare/{method}/summary.json",
        correlations="results/compare/{method}/correlations.png",
        responses=report(
            "results/compare/{method}/responses.png",
            caption="../docs/captions/responses.rst",
            category="5 Comparison",
            labels={"method": "{method}", "figure": "response matrices"},
        ),
    log:
        "results/logs/compare_summaries/{method}.log",
    benchmark:
        "results/benchmarks/compare_summaries/{method}.tsv"


rule compare_methods:
    input:
        summaries=expand("results/compare/{method}/summary.json", method=COMPARE.methods),
        judges=expand("results/compare/{method}/judges.csv", method=COMPARE.methods),
        closed_loops=expand("results/compare/{method}/closed_loop.json", method=COMPARE.methods),
        first=expand(
            "results/compare/{method}/shards/{shard}.npz",
            method=COMPARE.methods,
            shard=compare_shards(COMPARE.retest_faces),
        ),
        again=expand(
            "results/compare/{method}/again/{shard}.npz",
            method=COMPARE.methods,
            shard=compare_shards(COMPARE.retest_faces),
        ),
        code=code_of("compare_methods.py"),
    output:
        table=report(
            "results/compare/comparison.csv",
            caption="../docs/captions/comparison.rst",
            category="5 Comparison",
            labels={"method": "all", "figure": "table"},
        ),
        figures="results/compare/comparison.json",
        correlations=report(
            "results/compare/correlations.png",
            caption="../docs/captions/correlations.rst",
            category="5 Comparison",
            labels={"method": "all", "figure": "correlations"},
        ),
        responses=report(
            "results/compare/responses.png",
            caption="../docs/captions/responses.rst",
            category="5 Comparison",
            labels={"method": "all", "figure": "response matrices"},
        ),
    log:
        "results/logs/compare_methods.log",
    benchmark:
        "results/benchmarks/compare_methods.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("compare_methods"),
    params:
        methods=COMPARE.methods,
        pass_at=PASS_AT,
    script:
        "../scripts/compare_methods.py"


rule compare_pictures:
    input:
        bundles=[bundle_of(method) for method in COMPARE.methods],
        code=code_of("compare_pictures.py"),
    output:
        report(
            "results/compare/faces.png",
            caption="../docs/captions/compared_faces.rst",
            category="5 Comparison",
            labels={"method": "all", "figure": "the same faces"},
        ),
    log:
        "results/logs/compare_pictures.log",
    benchmark:
        "results/benchmarks/compare_pictures.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("compare_pictures"),
    params:
        methods=COMPARE.methods,
        seed=seed_of("compare"),
    script:
        "../scripts/compare_pictures.py"
