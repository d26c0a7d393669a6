"""The comparison's judges that no finder has asked: trained on other images, from other seeds."""

SECOND_ATTRIBUTES = (
    expand(
        "results/compare/second_attributes/{attribute}.safetensors",
        attribute=SETTINGS.attributes_of("finetune_v1"),
    )
    if "finetune_v1" in STAGES_HERE
    else []
)


use rule train_property_cnn as train_second_scorer with:
    input:
        images=images_of("finetune_v8"),
        properties="results/finetune_v8/properties.csv",
        code=code_of("train_property_cnn.py"),
    output:
        weights="results/compare/second_scorer/{part}.safetensors",
        figures="results/compare/second_scorer/{part}.json",
        held_out="results/compare/second_scorer/{part}.csv",
    log:
        "results/logs/train_second_scorer/{part}.log",
    benchmark:
        "results/benchmarks/train_second_scorer/{part}.tsv"
    params:
        settings=cnn_params(SETTINGS.property_cnn),
        inputs=lambda wildcards: inputs_of(wildcards.part),
        numbers=lambda wildcards: numbers_of(wildcards.part),
        seed=seed_of("second scorer"),
        work="work/second_scorer/{part}",


use rule merge_scorer as merge_second_scorer with:
    input:
        weights=lambda wildcards: second_scorer_parts("safetensors"),
        figures=lambda wildcards: second_scorer_parts("json"),
        code=code_of("merge_scorer.py"),
    output:
        weights="results/compare/second_scorer.safetensors",
        figures="results/compare/second_scorer.csv",
    log:
        "results/logs/merge_second_scorer.log",
    benchmark:
        "results/benchmarks/merge_second_scorer.tsv"
    params:
        order=list(MEASURES),


use rule train_attribute_cnn as train_second_attribute_cnn with:
    input:
        images=images_of("finetune_v1", POPULATIONS.finetune_v1.labelled),
        labels="results/finetune_v1/labels.csv",
        initial=[],
        code=code_of("train_attribute_cnn.py"),
    output:
        weights="results/compare/second_attributes/{attribute}.safetensors",
        figures="results/compare/second_attributes/{attribute}.json",
        held_out="results/compare/second_attributes/{attribute}.csv",
    log:
        "results/logs/train_second_attribute_cnn/{attribute}.log",
    benchmark:
        "results/benchmarks/train_second_attribute_cnn/{attribute}.tsv"
    params:
        settings=cnn_params(SETTINGS.attribute_cnn),
        view=lambda wildcards: view_of(wildcards.attribute),
        seed=lambda wildcards: seed_of(f"second {wildcards.attribute}"),
        work="work/second_attributes/{attribute}",
