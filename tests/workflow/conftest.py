"""The whole chain on the embedded demo, only smaller, run once for all tests of this folder."""

import shutil
from pathlib import Path

import pytest
from helpers.running import SMALL, make_project, run_snakemake


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A folder that has what a clone has, by links."""
    return make_project(tmp_path_factory.mktemp("project"), SMALL)


@pytest.fixture(scope="session")
def finished(project):
    """The folder after the whole chain has run once."""
    run_snakemake(project, "--configfile", "small.yaml", "--cores", "2")
    return project


@pytest.fixture(scope="session")
def moved(finished, tmp_path_factory):
    """A copy of the finished folder in another place."""
    place = tmp_path_factory.mktemp("elsewhere") / "deeper" / "moved"
    return Path(shutil.copytree(finished, place, symlinks=True))
