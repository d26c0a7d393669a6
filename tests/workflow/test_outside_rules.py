"""A judge from outside in the workflow: planned where it is named, and run with a tiny program."""

import json
import re
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.places import REPOSITORY
from helpers.planning import planned
from helpers.running import make_project, run_snakemake
from helpers.small_bundle import make_results

PROGRAM = """
import csv, sys, zipfile
import cv2, numpy as np

with zipfile.ZipFile(sys.argv[1]) as archive, open(sys.argv[2], "w") as file:
    rows = csv.writer(file)
    rows.writerow(["image_id", "mouth", "eyes"])
    for name in (name for name in archive.namelist() if name.endswith(".png")):
        image = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_COLOR)
        number = int(name[-12:-4])
        # The first face, of 51 images, cannot be measured.
        rows.writerow([number, *(("", "") if number < 51 else (image.mean(), -image.mean()))])
print(sys.argv[1], "was measured")
"""
METHODS = ["svm", "dual"]
RULES = ["compare_outside", "compare_outside_answers", "compare_outside_images"]


def jobs(monkeypatch, **outside):
    monkeypatch.chdir(REPOSITORY)
    compare = {"methods": METHODS, "faces": 8, "shard_size": 3, "outside": outside}
    plan = planned({"compare": compare}, ("compare_directions",))
    return {job: outputs for job, (_, _, outputs) in plan.items() if job[0] in RULES}


def test_nothing_is_asked_for_without_a_command(monkeypatch):
    assert jobs(monkeypatch) == {}


def test_every_methods_faces_are_shown(monkeypatch):
    planned_jobs = jobs(monkeypatch, command="measure", faces=5)
    assert sorted({rule for rule, _ in planned_jobs}) == RULES
    shards = [
        f"results/compare/{method}/outside/{n}" for method in METHODS for n in ("0000", "0001")
    ]
    made = {path for outputs in planned_jobs.values() for path in outputs}
    wanted = {f"{shard}.{ending}" for shard in shards for ending in ("zip", "csv")}
    wanted |= {f"results/compare/{method}/outside.json" for method in METHODS}
    assert made == wanted | {"results/compare/outside.csv"}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder in which a small run has found directions, by networks that learned nothing."""
    folder = make_project(tmp_path_factory.mktemp("outside"), {})
    make_results(folder / "results")
    found = {"method": "svm", "unit": 1.0, "unit_why": "published"}
    (folder / "results/directions").mkdir()
    (folder / "results/directions/directions.json").write_text(json.dumps(found))
    (folder / "measure.py").write_text(PROGRAM)
    return folder


def run(folder, command, **options):
    compare = {"methods": ["svm"], "faces": 3, "shard_size": 2}
    compare["outside"] = {"command": command, "name": "brightness"}
    values = {"device": "cpu", "directions": {"method": "svm"}, "compare": compare}
    (folder / "small.yaml").write_text(yaml.safe_dump(values))
    words = ["results/compare/outside.csv", "--configfile", "small.yaml", "--cores", "1"]
    # The bundle is there, but nothing that it would be made from.
    return run_snakemake(folder, *words, "--allowed-rules", *RULES, **options)


def test_a_program_that_fails_is_named_and_the_images_stay(project):
    output = run(project, f"{sys.executable} none.py", check=False)
    assert re.search(r"waits for you: results/compare/svm/outside/000\d\.csv: .*none\.py", output)
    assert list((project / "results/compare/svm/outside").glob("*.zip"))


def test_a_program_judges_the_comparisons_faces(project):
    run(project, f"{sys.executable} measure.py")
    assert "Nothing to be done" in run(project, f"{sys.executable} measure.py")
    folder = project / "results/compare/svm"
    assert not list(folder.rglob("*.zip"))
    answers = pd.concat(pd.read_csv(folder / f"outside/000{n}.csv") for n in (0, 1))
    assert list(answers["image_id"]) == list(range(3 * 51))
    assert (
        "was measured"
        in (project / "results/logs/compare_outside_answers/svm_0000.log").read_text()
    )
    summary = json.loads((folder / "outside.json").read_text())
    assert summary["judge"] == "brightness" and list(summary["mean_r"]) == ["eyes", "mouth"]
    assert summary["faces"] == 3 and summary["faces_measured"] == pytest.approx(2 / 3)
    table = pd.read_csv(project / "results/compare/outside.csv")
    assert len(table) == 1 and np.isclose(table.loc[0, "mouth_r"], summary["mean_r"]["mouth"])
