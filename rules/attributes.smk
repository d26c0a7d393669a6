"""Labels, attribute CNNs and filters (system.md 1.2 to 1.4 and 1.8 to 1.10)."""


rule label_images:
    input:
        images=lambda wildcards: images_of(wildcards.stage, population(wildcards).labelled),
        source=label_sources,
        code=code_of("label_images.py"),
    output:
        "results/{stage}/labels.csv",
    log:
        "results/logs/label_images/{stage}.log",
    benchmark:
        "results/benchmarks/label_images/{stage}.tsv"
    priority: CHAIN
    localrule: SETTINGS.labels.source != "zero_shot"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU if SETTINGS.labels.source == "zero_shot" else 0,
        mem_mb=memory("label_images"),
    params:
        labelled=lambda wildcards: population(wildcards).labelled,
        labels=label_params,
    script:
        "../scripts/label_images.py"


rule train_attribute_cnn:
    input:
        images=lambda wildcards: images_of(wildcards.stage, population(wildcards).labelled),
        labels="results/{stage}/labels.csv",
        initial=earlier_weights,
        code=code_of("train_attribute_cnn.py"),
    output:
        weights="results/{stage}/attribute_cnn/{attribute}.safetensors",
        figures="results/{stage}/attribute_cnn/{attribute}.json",
        held_out="results/{stage}/attribute_cnn/{attribute}.csv",
    log:
        "results/logs/train_attribute_cnn/{stage}_{attribute}.log",
    benchmark:
        "results/benchmarks/train_attribute_cnn/{stage}_{attribute}.tsv"
    priority: CHAIN
    retries: 1
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("train_attribute_cnn"),
    params:
        settings=cnn_params(SETTINGS.attribute_cnn),
        view=lambda wildcards: view_of(wildcards.attribute),
        seed=lambda wildcards: seed_of(f"{wildcards.stage} {wildcards.attribute}"),
        work="work/attribute_cnn/{stage}_{attribute}",
    script:
        "../scripts/train_attribute_cnn.py"


rule score_attributes:
    input:
        images=lambda wildcards: images_of(wildcards.stage),
        labels="results/{stage}/labels.csv",
        weights=lambda wildcards: ensembles_of(wildcards.stage),
        code=code_of("score_attributes.py"),
    output:
        "results/{stage}/attribute_scores.csv",
    log:
        "results/logs/score_attributes/{stage}.log",
    benchmark:
        "results/benchmarks/score_attributes/{stage}.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    threads: SCORING_CORES
    resources:
        gpu=GPU,
        mem_mb=memory("score_attributes"),
    script:
        "../scripts/score_attributes.py"


rule filter_images:
    input:
        scores="results/{stage}/attribute_scores.csv",
        labels="results/{stage}/labels.csv",
        code=code_of("filter_images.py"),
    output:
        "results/{stage}/filtered.csv",
    log:
        "results/logs/filter_images/{stage}.log",
    benchmark:
        "results/benchmarks/filter_images/{stage}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("filter_images"),
    params:
        filter=lambda wildcards: filter_of(wildcards.stage),
        exclude_labelled=lambda wildcards: population(wildcards).exclude_labelled,
    script:
        "../scripts/filter_images.py"
