"""What the tests of the photo-like world share."""

import pytest
import torch

from vectorfind.photo.teacher import Teacher


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A teacher that was never taught, as the package saves its own."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("teacher") / "weights.tar"
    torch.save({"netG_state_dict": Teacher().state_dict()}, path)
    return path
