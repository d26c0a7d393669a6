"""The demo through a real SLURM: whatever happens to its jobs, the files are a local run's."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster import Cluster
from helpers.comparing import differing_results
from helpers.running import SMALL, environment_of, make_project, run_snakemake

from vectorfind.config import lay_over

pytestmark = pytest.mark.slurm
PROFILE = ("--profile", "profiles/slurm", "--configfile", "small.yaml")


@contextmanager
def on_the_cluster(project: Path, *words: str) -> Iterator[subprocess.Popen]:
    """Run Snakemake with the cluster's profile beside the block, and not longer."""
    run = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *PROFILE, *words],
        cwd=project,
        env=environment_of(project),
        stdout=(project / "snakemake.log").open("a"),
        stderr=subprocess.STDOUT,
    )
    try:
        yield run
    finally:
        run.kill()


def said(project: Path) -> str:
    return (project / "snakemake.log").read_text()


def attempts(project: Path, rule: str) -> int:
    """Return how many SLURM jobs a rule took."""
    submitted = project / ".snakemake/slurm_logs" / f"rule_{rule}"
    return said(project).count(f"(log: {submitted}/")


def test_the_demo_with_a_cancelled_job_and_a_crashed_node(
    cluster: Cluster, local: tuple[Path, float], crash: Callable[[], None], tmp_path
):
    project = make_project(tmp_path, {"device": "cpu"})
    before = time.monotonic()
    with on_the_cluster(project, "--set-resources", "train_attribute_cnn:gpu=1") as run:
        cluster.wait_for(lambda: cluster.running(project, "train_attribute_cnn"), 300)
        job = cluster.running(project, "train_attribute_cnn")[0]
        # Written with a colon before SLURM 23.
        assert re.search("gres[:/]gpu", cluster.ask("scontrol", "show", "job", job))
        cluster.ask("scancel", job)
        cluster.wait_for(lambda: (project / "work/finetune_v1/checkpoint.pt").exists(), 900)
        crash()
        assert run.wait() == 0, said(project)[-6000:]
    seconds = time.monotonic() - before
    print(f"\nlocal {local[1]:.0f} s, SLURM {seconds:.0f} s, {seconds / local[1]:.2f} times")
    assert "continues at step" in (project / "results/logs/finetune_v1.log").read_text()
    assert differing_results(local[0], project) == []


def test_a_training_cut_off_three_times_by_its_time_limit(cluster, tmp_path):
    longer = {"retries": 60, "v1": {"steps": 1600, "monitor_interval": 400}}
    alone, cut = (tmp_path / name for name in ("alone", "cut"))
    alone.mkdir()
    make_project(alone, lay_over(SMALL, {"device": "cpu", "finetune": longer}))
    target, words = "results/finetune_v1/networks.pth", ("--configfile", "small.yaml", "--cores")
    run_snakemake(alone, *words, "2", "--omit-from", "finetune_v1", "--", target)
    shutil.copytree(alone, cut, symlinks=True)
    short = ("--set-resources", "finetune_v1:runtime=1", "--", target)
    with on_the_cluster(cut, *short) as run:
        run_snakemake(alone, *words, "2", "--", target)
        assert run.wait() == 0, said(cut)[-6000:]
    assert attempts(cut, "finetune_v1") > 3
    networks = [place / "results/finetune_v1/networks.pth" for place in (alone, cut)]
    assert networks[0].read_bytes() == networks[1].read_bytes()
