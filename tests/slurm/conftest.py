"""A cluster, and the demo run without it."""

import tempfile
import time
from pathlib import Path

import pytest
from cluster import Cluster, running_cluster
from helpers.running import make_project, run_snakemake


@pytest.fixture(scope="session")
def cluster():
    """A SLURM of one node with two GPUs that compute nothing."""
    # Not below pytest's own folder: a socket's path is short.
    with (
        tempfile.TemporaryDirectory(prefix="slurm") as folder,
        running_cluster(Path(folder), gpus=2) as started,
    ):
        yield started


@pytest.fixture(scope="session")
def local(tmp_path_factory) -> tuple[Path, float]:
    """The demo after a run on this machine alone, and how many seconds it took."""
    project = make_project(tmp_path_factory.mktemp("local"), {"device": "cpu"})
    before = time.monotonic()
    run_snakemake(project, "--configfile", "small.yaml", "--cores", "all")
    return project, time.monotonic() - before


@pytest.fixture
def crash(cluster: Cluster):
    """Return what makes the node crash, with all that runs on it, and come back."""

    def crash_node() -> None:
        cluster.kill("slurmd")
        cluster.kill_jobs()
        cluster.wait_for(lambda: not cluster.is_up(), 120)
        cluster.start("slurmd")
        cluster.wait_for(cluster.is_up, 120)

    return crash_node
