"""What the configuration names as `hf:..`: files of the Hugging Face hub."""


rule download_file:
    output:
        multiext("results/downloads/files/{repo}/{revision}/{file}", "", ".sha256"),
    log:
        "results/logs/download/{repo}/{revision}/{file}.log",
    wildcard_constraints:
        repo="[^/]+/[^/]+",
        revision="[^/]+",
    # A result of the cache has no benchmark.
    cache: "omit-software"
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("download_file"),
    script:
        "../scripts/download.py"


rule download_model:
    output:
        directory("results/downloads/models/{repo}/{revision}"),
    log:
        "results/logs/download/{repo}/{revision}.log",
    wildcard_constraints:
        repo="[^/]+/[^/]+",
        revision="[^/]+",
    # A result of the cache has no benchmark.
    cache: "omit-software"
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("download_model"),
    script:
        "../scripts/download.py"
