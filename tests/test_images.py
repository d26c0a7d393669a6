import numpy as np
import pytest
import torch
from PIL import Image

from vectorfind.images import regrouped, to_network_range, to_uint8, to_unit_range, window
from vectorfind.pictures.sheets import contact_sheet, save_png


def test_every_uint8_value_survives_the_round_trip():
    images = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    network = to_network_range(images)
    assert network.shape == (1, 3, 16, 16)
    assert network.min() == -1 and network.max() == 1
    np.testing.assert_array_equal(to_uint8(network).numpy(), images)


def test_to_uint8_clips_and_rounds_to_nearest():
    values = torch.tensor([-3.0, -1.0, 0.6 / 127.5 - 1, 0.4 / 127.5 - 1, 1.0, 9.0])
    images = values.reshape(1, 1, 1, 6).expand(1, 3, 1, 6)
    assert to_uint8(images)[0, 0, :, 0].tolist() == [0, 0, 1, 0, 255, 255]


def test_ranges_leave_their_input_alone():
    images = torch.full((1, 4, 4, 3), 51, dtype=torch.uint8)
    assert to_unit_range(images).unique().item() == pytest.approx(0.2)
    assert images.unique().item() == 51


def test_window_takes_fractions_of_height_and_width():
    images = torch.arange(64 * 32).reshape(1, 1, 64, 32)
    eyes = window(images, 3 / 8, 9 / 16, 1 / 4, 3 / 4)
    assert eyes.shape == (1, 1, 12, 16)
    assert eyes[0, 0, 0, 0] == 24 * 32 + 8


def test_contact_sheet_places_images_in_reading_order():
    images = np.stack([np.full((2, 2, 3), value, np.uint8) for value in (10, 20, 30)])
    sheet = contact_sheet(images, columns=2, scale=3)
    assert sheet.shape == (12, 12, 3)
    assert [sheet[0, 0, 0], sheet[0, 6, 0], sheet[6, 0, 0], sheet[6, 6, 0]] == [10, 20, 30, 255]


def test_save_png_keeps_the_pixels(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    save_png(tmp_path / "folder" / "face.png", image)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "folder" / "face.png")), image)
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["face.png"]


def test_rows_are_regrouped_without_loss():
    rows = np.arange(23).reshape(-1, 1)
    parts = np.split(rows, [4, 4, 15])
    found = list(regrouped(parts, 5))
    assert [len(part) for part in found] == [5, 5, 5, 5, 3]
    assert (np.concatenate(found) == rows).all() and list(regrouped([], 5)) == []
