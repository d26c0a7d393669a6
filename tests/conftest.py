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
