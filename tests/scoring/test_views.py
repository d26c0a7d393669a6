import json

import numpy as np
import pytest
import torch

from vectorfind.images import window
from vectorfind.scoring.views import (
    AT_ONCE,
    KEPT_HEIGHT,
    crop,
    crop_pictures,
    input_size,
    keep_views,
    read_view,
)
from vectorfind.vocabulary import PUBLISHED, View

TWO = View(((1 / 2, 1, 0, 3 / 8), (1 / 2, 1, 5 / 8, 1)), 16)


def test_windows_are_joined_side_by_side():
    images = torch.arange(2 * 64 * 32).reshape(2, 1, 64, 32)
    view = crop(images, TWO)
    assert view.shape == (2, 1, 32, 24)
    for part, fractions in zip(view.split(12, dim=3), TWO.windows, strict=True):
        assert torch.equal(part, window(images, *fractions))


def test_pictures_are_cut_alike_and_own_their_memory():
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    view = crop_pictures(images, TWO)
    planes = crop(torch.from_numpy(images).permute(0, 3, 1, 2), TWO)
    assert torch.equal(view, planes.permute(0, 2, 3, 1)) and view.is_contiguous()
    before = view.clone()
    images[:] = 0
    assert torch.equal(view, before)


@pytest.mark.parametrize(
    ("most", "size"), [(64, (32, 48)), (32, (32, 48)), (16, (16, 24)), (5, (5, 8))]
)
def test_a_view_higher_than_its_limit_is_reduced_in_proportion(most, size):
    assert input_size(TWO._replace(max_height=most), 64, 64) == size


@pytest.mark.parametrize("name", [*PUBLISHED.properties, *PUBLISHED.attributes])
def test_views_survive_json(name):
    view = (PUBLISHED.properties | PUBLISHED.attributes)[name].view
    assert read_view(json.loads(json.dumps(view))) == view


class Decoded:
    """Images that say how many of them were asked for at once."""

    def __init__(self, images):
        self.images, self.shape, self.most = images, images.shape, 0

    def __len__(self):
        return len(self.images)

    def __getitem__(self, rows):
        self.most = max(self.most, rows.stop - rows.start)
        return self.images[rows]


def test_views_are_kept_of_a_few_images_at_a_time():
    images = np.random.default_rng(0).integers(0, 256, (AT_ONCE + 7, 32, 32, 3), dtype=np.uint8)
    decoded, whole = Decoded(images), View(((0, 1, 0, 1),), 16)
    kept = keep_views(decoded, {TWO, whole})
    assert decoded.most == AT_ONCE
    assert torch.equal(kept[TWO], crop_pictures(images, TWO))
    assert torch.equal(kept[whole], torch.from_numpy(images))


def test_of_a_large_image_no_more_is_kept_than_its_networks_need():
    images = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
    small, large = View(((0, 1, 0, 1),), 32), View(((0, 1, 0, 1),), 128)
    kept = keep_views(images, [small, large])
    assert kept[small].shape == (3, KEPT_HEIGHT, KEPT_HEIGHT, 3) and kept[large].shape[1] == 128
    means = images.reshape(3, 64, 4, 64, 4, 3).mean((2, 4))
    np.testing.assert_allclose(kept[small], means, atol=0.51)
