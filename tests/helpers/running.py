"""Run the workflow as a user does, in a folder that has what a clone has, only smaller."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from helpers.places import REPOSITORY

SHORT = {"steps": 20, "warmup_steps": 5, "monitor_interval": 10, "must_learn": False}
SMALL: dict[str, Any] = {
    "populations": {
        "shard_size": 500,
        "original": {"images": 750, "labelled": 400},
        "finetune_v1": {"images": 1500, "labelled": 300},
        "finetune_v8": {"images": 300},
    },
    "attribute_cnn": {"epochs": 8, "patience": 3},
    "property_cnn": {"epochs": 6, "patience": 3},
    "finetune": {
        "v1": SHORT,
        "v8": SHORT,
    },
    "pass_share": {"images": 200},
    "sampling": {"samples": 6000, "shard_size": 6000},
    "directions": {"tries": 300, "fit_steps": 300, "validation_faces": 4},
    "image_test": {"faces": 6, "shard_size": 3},
    "compare": {
        "methods": ["svm", "surrogate"],
        "faces": 6,
        "shard_size": 3,
        "retest_faces": 3,
        "closed_loop_faces": 2,
        "strength_faces": 6,
    },
}
"""Enough for every rule to do its work; the figures are not judged here."""
UNSHARED: dict[str, Any] = {
    "populations": {"shard_size": 2000},
    "attribute_cnn": {"folds": 3},
    "image_test": {"faces": 4, "shard_size": 4},
}
"""Laid over SMALL: fewer, larger jobs, where a chain is not about them."""


def make_project(folder: Path, config: dict[str, Any]) -> Path:
    """Put into `folder` what a clone has and write `config` as its small.yaml."""
    for name in ("config", "resources", "profiles", "docs", "envs"):
        (folder / name).symlink_to(REPOSITORY / name)
    shutil.copy2(REPOSITORY / "Snakefile", folder)
    leave_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("rules", "scripts", "src"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=leave_out)
    (folder / "small.yaml").write_text(yaml.safe_dump(config))
    return folder


def environment_of(folder: Path) -> dict[str, str]:
    """Return the environment in which a folder's own package is imported."""
    return dict(os.environ) | {"COLUMNS": "200", "PYTHONPATH": str(folder / "src")}


def run_snakemake(folder: Path, *words: str, check: bool = True) -> str:
    """Run snakemake in the folder, with its own package, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment_of(folder),
        check=False,
    )
    output = done.stdout + done.stderr
    assert not check or done.returncode == 0, output[-6000:]
    return output


def planned_rules(output: str) -> set[str]:
    """Return the rules in the job table of a dry run."""
    return set(re.findall(r"^(\w+) +\d+$", output, re.MULTILINE)) - {"total"}
