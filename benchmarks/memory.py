"""Compare the memory that every rule declares with what a finished run used.

`python -m benchmarks.memory [FOLDER]` reads FOLDER/results: the jobs' logs, which end with their
peak, and Snakemake's benchmark files, which also count the processes that a job starts. `used` has
Snakemake's own processes on a cluster beside the job. It exits with 1 where a rule used more than
it declares, or declares more than twice as much.
"""

import argparse
import csv
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import yaml

from vectorfind.config import resolve_config
from vectorfind.directions.methods import METHODS
from vectorfind.workflow.memory import SNAKEMAKE, memory_of
from vectorfind.workflow.plan import gpus_per_job
from vectorfind.workflow.sizes import FACTS, imported_sizes

MOST = 2.0
"""Declared over used."""


class Job(NamedTuple):
    """MiB that a job used, Snakemake's processes included, and declared."""

    rule: str
    name: str
    used: float
    declared: int

    @property
    def ratio(self) -> float:
        """Declared over used."""
        return self.declared / self.used

    @property
    def fits(self) -> bool:
        """Whether it used no more than it declared, and at least half."""
        return 1 <= self.ratio <= MOST


def largest_jobs(folder: Path) -> list[Job]:
    """Return the job of each rule, and method, that used most of what it declared, by rule."""
    config = resolve_config(yaml.safe_load((folder / "results/config.yaml").read_text()))
    gpu, sizes = gpus_per_job(config), imported_sizes(folder / FACTS)
    found: dict[tuple[str, str | None], Job] = {}
    for path in sorted((folder / "results/benchmarks").rglob("*.tsv")):
        rule, method, used = _rule_of(path, folder), _method_of(path), _used(path, folder)
        if used is None:
            continue
        own = method if rule.startswith("compare_") else None
        declared = memory_of(rule, config, gpu, own, sizes)
        job = Job(rule, path.stem, used + SNAKEMAKE, declared)
        if (rule, own) not in found or job.used > found[rule, own].used:
            found[rule, own] = job
    return list(found.values())


def _rule_of(path: Path, folder: Path) -> str:
    return path.relative_to(folder / "results/benchmarks").with_suffix("").parts[0]


def _method_of(path: Path) -> str | None:
    return next((name for name in METHODS if path.stem.split("_")[0] == name), None)


def _used(path: Path, folder: Path) -> float | None:
    """Return the larger of what Snakemake saw and what the job says; None without either."""
    seen = [row["max_rss"] for row in csv.DictReader(path.open(), delimiter="\t")]
    log = (
        folder
        / "results/logs"
        / path.relative_to(folder / "results/benchmarks").with_suffix(".log")
    )
    said = re.findall(r"peak memory (\d+) MiB", log.read_text()) if log.exists() else []
    # A job that ended between two looks has "-" or "NA".
    figures = [float(figure) for figure in seen + said if re.fullmatch(r"[\d.]+", figure)]
    return max(figures, default=None)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    folder = parser.parse_args().folder
    # The checkpoint and the parser are named relative to it.
    os.chdir(folder)
    jobs = largest_jobs(Path())
    print("| rule | job | used MiB | declared MiB | ratio |\n| --- | --- | --- | --- | --- |")
    for job in jobs:
        remark = "" if job.fits else " !"
        cells = (job.rule, job.name, f"{job.used:,.0f}", f"{job.declared:,}", f"{job.ratio:.2f}")
        print(f"| {' | '.join(cells)}{remark} |")
    sys.exit(not jobs or not all(job.fits for job in jobs))


if __name__ == "__main__":
    main()
