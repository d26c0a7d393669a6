"""Groups, samples, SVMs, directions and the bundle (system.md 1.13, 1.14, 1.16)."""

SAMPLE_SHARDS = shard_names(SETTINGS.sampling.samples, SETTINGS.sampling.shard_size)
KEPT_SHARE = SETTINGS.sampling.kept_share
# Where only some samples stay on the disk, sums by group stand for all of them.
SUMMED_BY = "results/directions/cutoffs.json" if KEPT_SHARE < 1 else []
SAMPLE_SUMS = "results/samples/sums.npy" if KEPT_SHARE < 1 else []
SVMS = expand("results/svm/{property}_{group}.skops", property=NAMES.steered, group=NAMES.groups)
# What edits must keep, as far as this chain has learned it.
KEPT_ATTRIBUTES = ensembles_of("finetune_v1") if "finetune_v1" in STAGES_HERE else []


rule cut_groups:
    input:
        scores="results/finetune_v8/property_scores.csv",
        code=code_of("cut_groups.py"),
    output:
        "results/directions/cutoffs.json",
    log:
        "results/logs/cut_groups.log",
    benchmark:
        "results/benchmarks/cut_groups.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("cut_groups"),
    params:
        grouping=list(NAMES.grouping),
    script:
        "../scripts/cut_groups.py"


rule sample_w:
    input:
        networks=networks("finetune_v8"),
        scorer="results/scorer/scorer.safetensors",
        cutoffs=SUMMED_BY,
        code=code_of("sample_w.py"),
    output:
        "results/samples/{shard}.npz",
    log:
        "results/logs/sample_w/{shard}.log",
    benchmark:
        "results/benchmarks/sample_w/{shard}.tsv"
    priority: LONG
    conda:
        ENVIRONMENT
    resources:
        gpu=GPU,
        mem_mb=memory("sample_w"),
    params:
        seed=seed_of("sampling"),
        range=lambda wildcards: shard_range(
            wildcards.shard, SETTINGS.sampling.samples, SETTINGS.sampling.shard_size
        ),
        kept=list(KEPT_SHARE.as_integer_ratio()),
        fused_scale=SETTINGS.fused_scale,
    script:
        "../scripts/sample_w.py"


rule group_samples:
    input:
        samples=expand("results/samples/{shard}.npz", shard=SAMPLE_SHARDS),
        cutoffs="results/directions/cutoffs.json",
        code=code_of("group_samples.py"),
    output:
        w="results/samples/w.npy",
        scores="results/samples/scores.npy",
        groups="results/samples/groups.npy",
        counts="results/samples/group_counts.csv",
        sums=SAMPLE_SUMS,
    log:
        "results/logs/group_samples.log",
    benchmark:
        "results/benchmarks/group_samples.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("group_samples"),
    params:
        properties=list(PROPERTIES),
    script:
        "../scripts/group_samples.py"


rule train_svms:
    input:
        w="results/samples/w.npy",
        scores="results/samples/scores.npy",
        groups="results/samples/groups.npy",
        code=code_of("train_svms.py"),
    output:
        svms=SVMS,
        figures=expand("results/svm/{property}.csv", property=NAMES.steered),
        directions="results/svm/directions.npz",
    log:
        "results/logs/train_svms.log",
    benchmark:
        "results/benchmarks/train_svms.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("train_svms"),
    params:
        svm=SVM_OPTIONS,
        names=NAMES_HERE,
    script:
        "../scripts/train_svms.py"


rule find_directions:
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
        code=code_of("find_directions.py"),
    output:
        directions="results/directions/directions.npz",
        vectors=expand(
            "results/directions/{property}_{group}.csv",
            property=NAMES.steered,
            group=NAMES.groups,
        ),
        figures="results/directions/directions.json",
    log:
        "results/logs/find_directions.log",
    benchmark:
        "results/benchmarks/find_directions.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    # Nothing else can run meanwhile.
    threads: 1 if GPU else 2
    resources:
        gpu=GPU * METHODS[SETTINGS.directions.method].draws,
        mem_mb=memory("find_directions"),
    params:
        finder=finder_params(SETTINGS.directions.method),
    script:
        "../scripts/find_directions.py"


rule bundle:
    input:
        networks=networks("finetune_v8"),
        source="results/import/checkpoint.json",
        directions="results/directions/directions.npz",
        figures="results/directions/directions.json",
        counts="results/samples/group_counts.csv",
        scorer="results/scorer/scorer.safetensors",
        svm_figures=expand("results/svm/{property}.csv", property=NAMES.steered),
        code=code_of("bundle.py"),
    output:
        "results/vectorfind_v8.pt",
    log:
        "results/logs/bundle.log",
    benchmark:
        "results/benchmarks/bundle.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("bundle"),
    params:
        fused_scale=SETTINGS.fused_scale,
        sliders={name: PROPERTIES[name].slider for name in NAMES.steered},
        seeds={name: seed_of(name) for name in ("sampling", "directions", "image test")},
    script:
        "../scripts/bundle.py"
