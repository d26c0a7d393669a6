"""The configuration, the checkpoint, and the images of a stage (system.md 1.1, 1.8, 1.13)."""


rule write_config:
    output:
        "results/config.yaml",
    log:
        "results/logs/write_config.log",
    benchmark:
        "results/benchmarks/write_config.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("write_config"),
    params:
        config=plain(SETTINGS),
    script:
        "../scripts/write_config.py"


rule import_checkpoint:
    # The user's files are no inputs, but their contents are params: a disk that was unmounted after
    # the import plans nothing anew.
    input:
        downloads=CHECKPOINT_DOWNLOADS,
        code=code_of("import_checkpoint.py"),
    output:
        networks="results/import/networks.pth",
        facts="results/import/checkpoint.json",
    log:
        "results/logs/import_checkpoint.log",
    benchmark:
        "results/benchmarks/import_checkpoint.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("import_checkpoint"),
    params:
        checkpoint=lambda wildcards: content_of(SETTINGS.checkpoint),
        discriminator=lambda wildcards: content_of(SETTINGS.discriminator_checkpoint),
        fused_scale=SETTINGS.fused_scale,
        start_from=SETTINGS.start_from,
    script:
        "../scripts/import_checkpoint.py"


rule generate_images:
    input:
        networks=lambda wildcards: networks(wildcards.stage),
        code=code_of("generate_images.py"),
    output:
        images="results/{stage}/images/{shard}.zip",
        latents="results/{stage}/images/{shard}.npz",
    log:
        "results/logs/generate_images/{stage}_{shard}.log",
    benchmark:
        "results/benchmarks/generate_images/{stage}_{shard}.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    # Images are encoded beside a GPU's drawing.
    threads: 8 if GPU else 1
    resources:
        gpu=GPU,
        mem_mb=memory("generate_images"),
    params:
        seed=lambda wildcards: seed_of(wildcards.stage),
        range=lambda wildcards: shard_range(
            wildcards.shard, population(wildcards).images, POPULATIONS.shard_size
        ),
        fused_scale=SETTINGS.fused_scale,
    script:
        "../scripts/generate_images.py"
