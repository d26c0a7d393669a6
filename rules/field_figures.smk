"""The field's figures of a comparison: over edit strength, and layer by layer."""


rule compare_strengths:
    input:
        bundle=lambda wildcards: bundle_of(wildcards.method),
        second="results/compare/second_scorer.safetensors",
        attributes=SECOND_ATTRIBUTES,
        annotator=ANNOTATOR,
        parser=PARSER_DOWNLOAD,
        code=code_of_measures("compare_strengths.py"),
    output:
        "results/compare/{method}/strengths/{shard}.npz",
    log:
        "results/logs/compare_strengths/{method}_{shard}.log",
    benchmark:
        "results/benchmarks/compare_strengths/{method}_{shard}.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("compare_strengths"),
    params:
        seed=seed_of("compare"),
        range=compare_range,
        parser=PARSER,
        measures=MEASURES,
        identity=plain(COMPARE.identity),
    script:
        "../scripts/compare_strengths.py"


rule compare_layers:
    input:
        bundle=lambda wildcards: bundle_of(wildcards.method),
        code=code_of("compare_layers.py"),
    output:
        "results/compare/{method}/layers.csv",
    log:
        "results/logs/compare_layers/{method}.log",
    benchmark:
        "results/benchmarks/compare_layers/{method}.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("compare_layers"),
    params:
        seed=seed_of("compare"),
    script:
        "../scripts/compare_layers.py"


rule compare_strength_figures:
    input:
        shards=expand(
            "results/compare/{method}/strengths/{shard}.npz",
            method=COMPARE.methods,
            shard=compare_shards(COMPARE.strength_faces),
        ),
        layers=expand("results/compare/{method}/layers.csv", method=COMPARE.methods),
        code=code_of("compare_strength_figures.py"),
    output:
        strength=report(
            "results/compare/strength.csv",
            caption="../docs/captions/field_figures.rst",
            category="5 Comparison",
            labels={"method": "all", "figure": "over edit strength"},
        ),
        dependency="results/compare/attribute_dependency.csv",
        linearity="results/compare/linearity.csv",
        layers="results/compare/layers.csv",
        picture=report(
            "results/compare/field_figures.png",
            caption="../docs/captions/field_figures.rst",
            category="5 Comparison",
            labels={"method": "all", "figure": "the field's figures"},
        ),
    log:
        "results/logs/compare_strength_figures.log",
    benchmark:
        "results/benchmarks/compare_strength_figures.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("compare_strength_figures"),
    params:
        methods=COMPARE.methods,
        judges=INDEPENDENT_JUDGES,
    script:
        "../scripts/compare_strength_figures.py"
