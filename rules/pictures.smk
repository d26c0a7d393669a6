"""Pictures of every stage, for the eye and for the report."""


rule picture_generated:
    input:
        images=lambda wildcards: images_of(wildcards.stage, 64),
        code=code_of("picture_images.py"),
    output:
        report(
            "results/pictures/{stage}_generated.png",
            caption="../docs/captions/generated.rst",
            category="1 Images",
            labels=lambda wildcards: picture_labels(wildcards, "generated"),
        ),
    log:
        "results/logs/picture_generated/{stage}.log",
    benchmark:
        "results/benchmarks/picture_generated/{stage}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("picture_generated"),
    script:
        "../scripts/picture_images.py"


rule picture_filtered:
    input:
        images=lambda wildcards: images_of(wildcards.stage),
        filtered="results/{stage}/filtered.csv",
        code=code_of("picture_images.py"),
    output:
        report(
            "results/pictures/{stage}_filtered.png",
            caption="../docs/captions/filtered.rst",
            category="1 Images",
            labels=lambda wildcards: picture_labels(wildcards, "filtered"),
        ),
    log:
        "results/logs/picture_filtered/{stage}.log",
    benchmark:
        "results/benchmarks/picture_filtered/{stage}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("picture_filtered"),
    script:
        "../scripts/picture_images.py"


rule picture_steered:
    input:
        bundle="results/vectorfind_v8.pt",
        published="results/svm/directions.npz",
        cases="results/image_test/cases.csv",
        code=code_of("picture_steered.py"),
    output:
        steered=report(
            "results/pictures/steered_faces.png",
            caption="../docs/captions/steered.rst",
            category="3 Steering",
            labels={"figure": "faces steered"},
        ),
        candidates=report(
            "results/pictures/candidates.png",
            caption="../docs/captions/candidates.rst",
            category="3 Steering",
            labels={"figure": "candidates"},
        ),
    log:
        "results/logs/picture_steered.log",
    benchmark:
        "results/benchmarks/picture_steered.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("picture_steered"),
    params:
        seed=seed_of("image test"),
    script:
        "../scripts/picture_steered.py"
