"""Groups, samples, SVMs, directions and the bundle (system.md 1.13, 1.14, 1.16)."""

SAMPLE_SHARDS = shard_names(SETTINGS.sampling.samples, SETTINGS.sampling.shard_size)
SVMS = expand("results/svm/{property}_{group}.skops", property=CONTROLLED, group=GROUPS)
SVM_OPTIONS = {
    "class_share": SETTINGS.directions.class_share,
    "validation_share": SETTINGS.directions.validation_share,
    "c": SETTINGS.directions.svm_c,
}
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
    script:
        "../scripts/cut_groups.py"


rule sample_w:
    input:
        networks=networks("finetune_v8"),
        scorer="results/scorer/scorer.safetensors",
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
        mem_mb=4000,
    params:
        seed=seed_of("sampling"),
        range=lambda wildcards: shard_range(
            wildcards.shard, SETTINGS.sampling.samples, SETTINGS.sampling.shard_size
        ),
        batch_size=SETTINGS.sampling.batch_size,
        fused_scale=SETTINGS.fused_scale,
        device=SETTINGS.device,
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
    log:
        "results/logs/group_samples.log",
    benchmark:
        "results/benchmarks/group_samples.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
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
        figures=expand("results/svm/{property}.csv", property=CONTROLLED),
        directions="results/svm/directions.npz",
    log:
        "results/logs/train_svms.log",
    benchmark:
        "results/benchmarks/train_svms.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        mem_mb=6000,
    params:
        svm=SVM_OPTIONS,
        svm_seed=seed_of("svm"),
    script:
        "../scripts/train_svms.py"


rule find_directions:
    input:
        w="results/samples/w.npy",
        scores="results/samples/scores.npy",
        groups="results/samples/groups.npy",
        networks=networks("finetune_v8"),
        scorer="results/scorer/scorer.safetensors",
        cutoffs="results/directions/cutoffs.json",
        attributes=KEPT_ATTRIBUTES,
        code=code_of("find_directions.py"),
    output:
        directions="results/directions/directions.npz",
        vectors=expand(
            "results/directions/{property}_{group}.csv",
            property=CONTROLLED,
            group=GROUPS,
        ),
        population="results/directions/population.npz",
        figures="results/directions/directions.json",
    log:
        "results/logs/find_directions.log",
    benchmark:
        "results/benchmarks/find_directions.tsv"
    priority: CHAIN
    conda:
        ENVIRONMENT
    resources:
        gpu=0 if SETTINGS.directions.method == "svm" else GPU,
        mem_mb=6000,
    params:
        directions=plain(SETTINGS.directions),
        svm=SVM_OPTIONS,
        svm_seed=seed_of("svm"),
        seed=seed_of("directions"),
        parser=plain(SETTINGS.parser),
        fused_scale=SETTINGS.fused_scale,
        device=SETTINGS.device,
    script:
        "../scripts/find_directions.py"


rule bundle:
    input:
        networks=networks("finetune_v8"),
        source="results/import/checkpoint.json",
        directions="results/directions/directions.npz",
        population="results/directions/population.npz",
        figures="results/directions/directions.json",
        cutoffs="results/directions/cutoffs.json",
        counts="results/samples/group_counts.csv",
        scorer="results/scorer/scorer.safetensors",
        svm_figures=expand("results/svm/{property}.csv", property=CONTROLLED),
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
        mem_mb=4000,
    params:
        config=bundled_config(),
        seeds={name: seed_of(name) for name in ("sampling", "directions", "image test")},
    script:
        "../scripts/bundle.py"
