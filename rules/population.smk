"""From a checkpoint to images (system.md 1.1, 1.2, 1.8, 1.13)."""


rule write_config:
    output:
        "results/config.yaml",
    params:
        config=plain(SETTINGS),
    log:
        "results/logs/write_config.log",
    benchmark:
        "results/benchmarks/write_config.tsv"
    conda:
        ENVIRONMENT
    script:
        "../scripts/write_config.py"


rule import_checkpoint:
    input:
        checkpoint=if_there(SETTINGS.checkpoint),
    output:
        networks="results/import/networks.pth",
        facts="results/import/checkpoint.json",
    params:
        checkpoint=SETTINGS.checkpoint,
        fused_scale=SETTINGS.fused_scale,
        start_from=SETTINGS.start_from,
    log:
        "results/logs/import_checkpoint.log",
    benchmark:
        "results/benchmarks/import_checkpoint.tsv"
    resources:
        mem_mb=4000,
    conda:
        ENVIRONMENT
    script:
        "../scripts/import_checkpoint.py"


rule generate_images:
    input:
        networks=lambda wildcards: networks(wildcards.stage),
        code=modules("stylegan/generator.py", "stylegan/sampling.py", "images.py"),
    output:
        images="results/{stage}/images/{shard}.zip",
        latents="results/{stage}/images/{shard}.npz",
    params:
        seed=lambda wildcards: seed_of(wildcards.stage),
        range=lambda wildcards: shard_range(
            wildcards.shard, population(wildcards).images, POPULATIONS.shard_size
        ),
        batch_size=POPULATIONS.batch_size,
        fused_scale=SETTINGS.fused_scale,
        device=SETTINGS.device,
    log:
        "results/logs/generate_images/{stage}_{shard}.log",
    benchmark:
        "results/benchmarks/generate_images/{stage}_{shard}.tsv"
    resources:
        gpu=GPU,
        mem_mb=4000,
    conda:
        ENVIRONMENT
    script:
        "../scripts/generate_images.py"
