"""What all tests share."""

from pathlib import Path

import pytest
import torch
from helpers.places import DATA, REPOSITORY
from xdist.scheduler import LoadScopeScheduling


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def fixtures_dir() -> Path:
    """The reference data."""
    return DATA / "reference"


def pytest_collection_modifyitems(items):
    """The longest tests come first."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


class _ByPlace(LoadScopeScheduling):
    """Share the tests among processes by file, but keep a folder with fixtures of its own whole."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        shared = file.parent.name != "tests" and (REPOSITORY / file.parent / "conftest.py").exists()
        return str(file.parent if shared else file)


def pytest_xdist_make_scheduler(config, log):
    """Return the scheduler for `-n`."""
    return _ByPlace(config, log)
