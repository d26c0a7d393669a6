"""Fine-tuning of the GAN, and what it did (system.md 1.7, 1.12)."""


rule finetune_v1:
    input:
        networks=networks("original"),
        images=images_of("original"),
        filtered="results/original/filtered.csv",
        labels="results/original/property_scores.csv",
        attributes=ensembles_of("original"),
        scorer=regressors_of("original"),
        code=code_of("finetune.py"),
    output:
        networks="results/finetune_v1/networks.pth",
        metrics="results/finetune_v1/metrics.jsonl",
        curves=report(
            "results/finetune_v1/curves.png",
            caption="../docs/captions/curves.rst",
            category="2 Fine-tuning",
            labels={"stage": "2 finetune_v1", "figure": "training curves"},
        ),
        strip=report(
            "results/finetune_v1/strip.png",
            caption="../docs/captions/strip.rst",
            category="2 Fine-tuning",
            labels={"stage": "2 finetune_v1", "figure": "the same faces over time"},
        ),
    log:
        "results/logs/finetune_v1.log",
    benchmark:
        "results/benchmarks/finetune_v1.tsv"
    priority: LONG
    retries: SETTINGS.finetune.retries
    conda:
        ENVIRONMENT
    threads: 1 if GPU else SETTINGS.finetune.cores.v1
    resources:
        gpu=GPU * SETTINGS.finetune.gpus,
        mem_mb=memory("finetune_v1"),
    params:
        **finetune_params("finetune_v1"),
    script:
        "../scripts/finetune.py"


use rule finetune_v1 as finetune_v8 with:
    input:
        networks=networks("finetune_v1"),
        images=images_of("finetune_v1"),
        filtered="results/finetune_v1/filtered.csv",
        attributes=ensembles_of("finetune_v1"),
        # Of FineTune-v1's own images hairstyle would be added, too late: v8 would wait for it.
        scorer=regressors_of(STAGES_HERE[0]),
        code=code_of("finetune.py"),
    output:
        networks="results/finetune_v8/networks.pth",
        metrics="results/finetune_v8/metrics.jsonl",
        curves=report(
            "results/finetune_v8/curves.png",
            caption="../docs/captions/curves.rst",
            category="2 Fine-tuning",
            labels={"stage": "3 finetune_v8", "figure": "training curves"},
        ),
        strip=report(
            "results/finetune_v8/strip.png",
            caption="../docs/captions/strip.rst",
            category="2 Fine-tuning",
            labels={"stage": "3 finetune_v8", "figure": "the same faces over time"},
        ),
    log:
        "results/logs/finetune_v8.log",
    benchmark:
        "results/benchmarks/finetune_v8.tsv"
    threads: 1 if GPU else SETTINGS.finetune.cores.v8
    resources:
        gpu=GPU * SETTINGS.finetune.gpus,
        mem_mb=memory("finetune_v8"),
    params:
        **finetune_params("finetune_v8"),


rule measure_pass_share:
    input:
        networks=lambda wildcards: networks(wildcards.stage),
        attributes=ensembles_of("finetune_v1"),
        scorer="results/scorer/scorer.safetensors",
        code=code_of("measure_pass_share.py"),
    output:
        scores="results/pass_share/{stage}.csv",
    log:
        "results/logs/measure_pass_share/{stage}.log",
    benchmark:
        "results/benchmarks/measure_pass_share/{stage}.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("measure_pass_share"),
    params:
        images=SETTINGS.pass_share.images,
        seed=lambda wildcards: seed_of(f"pass share {wildcards.stage}"),
        fused_scale=SETTINGS.fused_scale,
    script:
        "../scripts/measure_pass_share.py"


rule compare_pass_shares:
    input:
        scores=expand("results/pass_share/{stage}.csv", stage=STAGES_HERE),
        metrics=expand("results/{stage}/metrics.jsonl", stage=STAGES_HERE[1:]),
        code=code_of("compare_pass_shares.py"),
    output:
        table=report(
            "results/pass_share/pass_share.csv",
            caption="../docs/captions/pass_share.rst",
            category="2 Fine-tuning",
            labels={"stage": "4 all", "figure": "before and after, table"},
        ),
        picture=report(
            "results/pictures/pass_share.png",
            caption="../docs/captions/pass_share.rst",
            category="2 Fine-tuning",
            labels={"stage": "4 all", "figure": "before and after"},
        ),
    log:
        "results/logs/compare_pass_shares.log",
    benchmark:
        "results/benchmarks/compare_pass_shares.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("compare_pass_shares"),
    params:
        stages=STAGES_HERE,
        filter=filter_of("finetune_v1"),
        properties=list(PROPERTIES),
    script:
        "../scripts/compare_pass_shares.py"
