"""What all tests share."""

from pathlib import Path

import pytest
import torch
from helpers.places import DATA


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def fixtures_dir() -> Path:
    """The reference data."""
    return DATA / "reference"


SHARED_RUNS = ("finished", "brows", "older")
"""Fixtures that run the chain: what uses one of them stays in one process."""


def pytest_collection_modifyitems(items):
    """Share the tests among processes by file or by the run they look at, the longest first."""
    for item in items:
        run = next((name for name in SHARED_RUNS if name in item.fixturenames), None)
        item.add_marker(pytest.mark.xdist_group(run or item.path.name))
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)
