"""`make report`: one page of a finished run that opens offline."""

EXPLAINED = (
    expand(
        "results/{stage}/{table}.csv",
        stage=LABELLED_STAGES,
        table=["labels", "attribute_scores", "filtered"],
    )
    + [path.replace(".safetensors", ".csv") for path in REGRESSORS]
    + [
        path.replace(".safetensors", ending)
        for stage in LABELLED_STAGES
        for path in ensembles_of(stage)
        for ending in (".json", ".csv")
    ]
    + expand(
        "results/{stage}/{file}",
        stage=[stage for stage in STAGES_HERE if regressors_of(stage)],
        file=["properties.csv", "normalisation.json"],
    )
    + expand("results/{stage}/{file}", stage=STAGES_HERE[1:], file=["metrics.jsonl", "strip.png"])
    + expand("results/pass_share/{stage}.csv", stage=STAGES_HERE if PASS_SHARE_RESULTS else [])
    + expand("results/samples/{name}.npy", name=["w", "scores", "groups"])
    + expand("results/svm/{property}.csv", property=NAMES.steered)
    + expand("results/pictures/{stage}_generated.png", stage=STAGES_HERE)
    + expand("results/pictures/{stage}_filtered.png", stage=LABELLED_STAGES)
    + [
        "results/import/checkpoint.json",
        "results/samples/group_counts.csv",
        "results/directions/directions.npz",
        "results/image_test/summary.json",
        "results/image_test/cases.csv",
        "results/image_test/judges.csv",
        "results/pictures/steered_faces.png",
        "results/pictures/candidates.png",
    ]
)


rule report_page:
    # Benchmarks and logs are read as far as they are there.
    input:
        results=EXPLAINED,
        characters=lambda wildcards: sorted(map(str, Path("characters").glob("*.safetensors"))),
        code=code_of("report_page.py"),
    output:
        "results/report.html",
    log:
        "results/logs/report_page.log",
    benchmark:
        "results/benchmarks/report_page.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory("report_page"),
    params:
        # The page shows all of it.
        config=plain(SETTINGS),
    script:
        "../scripts/report_page.py"
