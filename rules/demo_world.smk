"""The embedded demo world: what made resources/demo/; no other target asks for it."""


rule demo_world:
    output:
        networks="results/demo_world/stylegan.pth",
        annotator="results/demo_world/annotator.safetensors",
        parser=multiext(
            "results/demo_world/parser/",
            "config.json",
            "model.safetensors",
            "preprocessor_config.json",
        ),
        figures="results/demo_world/figures.json",
        pictures=multiext("results/demo_world/pictures/", "pairs.png", "sweep.png", "parses.png"),
    log:
        "results/logs/demo_world.log",
    benchmark:
        "results/benchmarks/demo_world.tsv"
    conda:
        ENVIRONMENT
    threads: 16
    resources:
        gpu=GPU,
        mem_mb=memory("demo_world"),
    params:
        effort=1.0,
        faces=200000,
        batch=32,
        work="work/demo_world",
    script:
        "../scripts/demo_world.py"
