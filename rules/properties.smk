"""Parsing, property scores and the scorer (system.md 1.5, 1.6, 1.11, 1.13)."""


rule measure_properties:
    input:
        images="results/{stage}/images/{shard}.zip",
        filtered=lambda wildcards: filtered_of(wildcards.stage),
        scores=lambda wildcards: [
            path
            for wanted in own_scores(SETTINGS, wildcards.stage).values()
            for path in if_there(wanted)
        ],
        parser=PARSER_DOWNLOAD,
        code=code_of_measures("measure_properties.py"),
    output:
        "results/{stage}/raw_properties/{shard}.csv",
    log:
        "results/logs/measure_properties/{stage}_{shard}.log",
    benchmark:
        "results/benchmarks/measure_properties/{stage}_{shard}.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("measure_properties"),
    params:
        parser=PARSER,
        measures=MEASURES,
        scores=lambda wildcards: own_scores(SETTINGS, wildcards.stage),
    script:
        "../scripts/measure_properties.py"


rule normalise_properties:
    input:
        scores=lambda wildcards: expand(
            "results/{{stage}}/raw_properties/{shard}.csv",
            shard=shards_of(wildcards.stage),
        ),
        code=code_of("normalise_properties.py"),
    output:
        properties="results/{stage}/properties.csv",
        normalisation="results/{stage}/normalisation.json",
    log:
        "results/logs/normalise_properties/{stage}.log",
    benchmark:
        "results/benchmarks/normalise_properties/{stage}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("normalise_properties"),
    script:
        "../scripts/normalise_properties.py"


rule train_property_cnn:
    input:
        images=lambda wildcards: images_of(wildcards.stage),
        properties="results/{stage}/properties.csv",
        code=code_of("train_property_cnn.py"),
    output:
        weights="results/{stage}/property_cnn/{part}.safetensors",
        figures="results/{stage}/property_cnn/{part}.json",
        held_out="results/{stage}/property_cnn/{part}.csv",
    log:
        "results/logs/train_property_cnn/{stage}_{part}.log",
    benchmark:
        "results/benchmarks/train_property_cnn/{stage}_{part}.tsv"
    priority: CHAIN
    retries: 1
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("train_property_cnn"),
    params:
        settings=cnn_params(SETTINGS.property_cnn),
        inputs=lambda wildcards: inputs_of(wildcards.part),
        numbers=lambda wildcards: numbers_of(wildcards.part),
        seed=seed_of("property_cnn"),
        work="work/property_cnn/{stage}_{part}",
    script:
        "../scripts/train_property_cnn.py"


rule merge_scorer:
    input:
        weights=REGRESSORS,
        figures=[path.replace(".safetensors", ".json") for path in REGRESSORS],
        code=code_of("merge_scorer.py"),
    output:
        weights="results/scorer/scorer.safetensors",
        figures="results/scorer/correlations.csv",
    log:
        "results/logs/merge_scorer.log",
    benchmark:
        "results/benchmarks/merge_scorer.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("merge_scorer"),
    params:
        order=list(PROPERTIES),
    script:
        "../scripts/merge_scorer.py"


rule score_properties:
    input:
        images=lambda wildcards: images_of(wildcards.stage),
        filtered=lambda wildcards: filtered_of(wildcards.stage),
        weights=lambda wildcards: (
            regressors_of("original")
            if wildcards.stage == "original"
            else ["results/scorer/scorer.safetensors"]
        ),
        code=code_of("score_properties.py"),
    output:
        "results/{stage}/property_scores.csv",
    log:
        "results/logs/score_properties/{stage}.log",
    benchmark:
        "results/benchmarks/score_properties/{stage}.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    threads: SCORING_CORES
    resources:
        gpu=GPU,
        mem_mb=memory("score_properties"),
    script:
        "../scripts/score_properties.py"
