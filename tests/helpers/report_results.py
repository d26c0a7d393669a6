"""Made-up results of a whole run: every file that the report's page reads, and no other."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from helpers.places import REPOSITORY
from vectorfind.config import Config, lay_over, resolve_config
from vectorfind.evaluation.results import FaceResults, Measurements
from vectorfind.evaluation.summary import cases_table, judgements_table, summarise
from vectorfind.files import write_csv, write_json
from vectorfind.report.run import Run
from vectorfind.samples.vectors import unit_vector, write_vectors
from vectorfind.workflow.plan import property_parts

IMAGES, LABELLED, KEPT, HELD_OUT, FACES, W = 120, 40, 30, 25, 12, 8
SMALL = {
    "populations": {
        "original": {"images": IMAGES, "labelled": LABELLED},
        "finetune_v1": {"images": IMAGES, "labelled": LABELLED},
        "finetune_v8": {"images": IMAGES},
    },
    "pass_share": {"images": IMAGES},
    "sampling": {"samples": 640},
    "image_test": {"faces": FACES},
}


def config_of(*over: dict[str, Any]) -> Config:
    """Return the demo's configuration, small, with others laid over it."""
    values = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    for more in (SMALL, *over):
        values = lay_over(values, more)
    return resolve_config(values)


def make_report_results(folder: Path, config: Config) -> Run:
    """Write the results of a run with this configuration into a folder."""
    run, rng = Run(folder, config), np.random.default_rng(0)
    write_json(run.path("import", "checkpoint.json"), CHECKPOINT)
    for stage in run.stages:
        _write_images(run, stage, rng)
    for stage in run.trained:
        _write_training(run, stage)
    if "finetune_v1" in run.stages:
        for stage in run.stages:
            write_csv(run.path("pass_share", f"{stage}.csv"), _scores(run, rng))
    _write_samples(run, rng)
    _write_test(run, rng)
    _write_jobs(run)
    return run


CHECKPOINT = {"sha256": "ab" * 32, "family": "StyleGAN v1", "resolution": 64, "w_dim": W}


def _scores(run: Run, rng: np.random.Generator) -> pd.DataFrame:
    columns = {name: rng.random(IMAGES) for name in run.config.vocabulary.attributes}
    columns |= {name: rng.normal(size=IMAGES) for name in run.names.properties}
    return pd.DataFrame({"image_id": range(IMAGES), **columns})


def _write_images(run: Run, stage: str, rng: np.random.Generator) -> None:
    scores, attributes = _scores(run, rng), list(run.config.attributes_of(stage))
    _write_sheet(run.path("pictures", f"{stage}_generated.png"), 4, 16)
    if stage in run.labelled:
        _write_sheet(run.path("pictures", f"{stage}_filtered.png"), 2, 16)
        labels = scores[["image_id", *attributes]].head(LABELLED).round().astype(int)
        write_csv(run.path(stage, "labels.csv"), labels)
        write_csv(run.path(stage, "attribute_scores.csv"), scores[["image_id", *attributes]])
        write_csv(run.path(stage, "filtered.csv"), scores[["image_id"]].tail(KEPT))
        for name in attributes:
            _write_classifier(run.path(stage, "attribute_cnn"), name, labels[name])
    if learned := run.learned(stage):
        write_csv(run.path(stage, "properties.csv"), scores[["image_id", *run.names.properties]])
        normal = {name: {"mean": 2.0, "std": 0.5} for name in run.names.properties}
        write_json(run.path(stage, "normalisation.json"), normal)
        for part in property_parts(run.config, learned):
            _write_regressors(run.path(stage, "property_cnn", f"{part}.csv"), part, rng)


def _write_sheet(path: Path, rows: int, columns: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise((16 * columns, 16 * rows), 60).convert("RGB").save(path)


def _write_classifier(folder: Path, name: str, labels: pd.Series) -> None:
    folds, scores = np.arange(LABELLED) % 2 + 1, 0.3 + 0.4 * labels
    held_out = {"image_id": range(LABELLED), "fold": folds, "label": labels, "score": scores}
    write_csv(folder / f"{name}.csv", pd.DataFrame(held_out))
    fold = {"positives": 10, "negatives": 10, "validation_auroc": 0.75, "validation_loss": 0.3}
    fold |= {"guessing_loss": 0.6, "best_epoch": 2, "epochs": 6, "tries": 1}
    figures = {"attribute": name, "images": LABELLED, "positives": int(labels.sum())}
    write_json(folder / f"{name}.json", figures | {"validation_auroc": 0.75, "folds": [fold] * 2})


def _write_regressors(path: Path, part: str, rng: np.random.Generator) -> None:
    measured = rng.normal(size=HELD_OUT)
    rows = {"image_id": range(HELD_OUT), "measured": measured, "predicted": 0.5 * measured}
    tables = [pd.DataFrame({"property": name, **rows}) for name in part.split("+")]
    write_csv(path, pd.concat(tables))


def _write_training(run: Run, stage: str) -> None:
    look = {"variety": 40.0, "gender": 0.5, "pass_share": 0.25, "objective": 0.25}
    rows = [
        {"step": 0, "seconds": 1.0, **look},
        {"step": 9, "seconds": 2.0, "d_loss": 1.3, "g_loss": 0.7, "auroc": 0.6},
        {"step": 100, "seconds": 3.0, **look, "pass_share": 0.5, "objective": 0.5},
        {"step": 200, "seconds": 4.0, **look, "pass_share": 0.5, "objective": 0.4},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    _write_sheet(run.path(stage, "strip.png"), 3, 8)
    run.path(stage, "metrics.jsonl").write_text(text)


def _write_samples(run: Run, rng: np.random.Generator) -> None:
    names, count = run.names, run.config.sampling.samples
    groups = np.arange(count) % len(names.groups)
    run.path("samples").mkdir(parents=True)
    np.save(run.path("samples", "w.npy"), rng.normal(size=(count, W)).astype(np.float32))
    scores = rng.normal(size=(count, len(names.properties))).astype(np.float32)
    np.save(run.path("samples", "scores.npy"), scores)
    np.save(run.path("samples", "groups.npy"), groups)
    sizes = np.bincount(groups)
    counts = pd.DataFrame({"group": names.groups, "samples": sizes})
    write_csv(run.path("samples", "group_counts.csv"), counts)
    for name in names.steered:
        figures = {"train_accuracy": 0.9, "validation_accuracy": 0.875, "gain": 1.0}
        table = counts.assign(**figures, pooled=False)
        write_csv(run.path("svm", f"{name}.csv"), table)
    shape = (len(names.groups), W)
    vectors = {name: unit_vector(rng.normal(size=shape)) for name in names.steered}
    write_vectors(run.path("directions", "directions.npz"), vectors, names.groups)


def _write_test(run: Run, rng: np.random.Generator) -> None:
    names = run.names
    shape = (FACES, len(names.properties), len(names.steered))
    correlations = rng.uniform(-0.2, 0.2, shape)
    correlations[:, names.own, range(len(names.steered))] = rng.uniform(0.85, 1, shape[::2])
    unedited = rng.normal(size=shape[:2])
    measured = Measurements(names.properties, correlations, correlations, unedited)
    judges = {"scorer": measured, "parser": measured}
    groups = np.arange(FACES) % len(names.groups)
    results = FaceResults(np.arange(FACES), groups, judges, names=names)
    summary = summarise(results, "surrogate", 2.5, "set in the configuration: 2.5", run.pass_at)
    summary |= {"straight": {"judges": summary["judges"]}}
    write_json(run.path("image_test", "summary.json"), summary)
    write_csv(run.path("image_test", "cases.csv"), cases_table(results, run.pass_at))
    table = judgements_table(results, run.pass_at)
    both = pd.concat([table.assign(edit="edit"), table.assign(edit="straight")])
    write_csv(run.path("image_test", "judges.csv"), both)
    for name in ("steered_faces", "candidates"):
        _write_sheet(run.path("pictures", f"{name}.png"), 2, 8)


def _write_jobs(run: Run) -> None:
    for name, seconds, memory in (("sample_w/0000", 60, "-"), ("finetune_v8", 7300, "800.5")):
        path = run.path("benchmarks", f"{name}.tsv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:01:00\t{memory}\n")
        log = run.path("logs", f"{name}.log")
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("12:00 peak memory 444 MiB\n")
