import numpy as np
import pytest
from helpers.published import STEERED
from PIL import Image

from vectorfind.pictures.steered import draw_candidates, draw_steered, in_turn


def drawn(path):
    """The picture's pixels; it must show something."""
    image = np.asarray(Image.open(path).convert("RGB"))
    assert image.std() > 5
    return image


def test_steered_faces_show_the_images_in_their_place(tmp_path):
    images = {name: np.zeros((2, 3, 8, 8, 3), np.uint8) for name in STEERED}
    images["mouth"][1, 2] = (255, 0, 0)
    offsets = dict.fromkeys(STEERED, (-1.2, 0.0, 1.2))
    draw_steered(tmp_path / "steered.png", images, offsets, ["case 1", "case 2"])
    image = drawn(tmp_path / "steered.png").astype(int)
    red = np.argwhere((image[..., 0] > 200) & (image[..., 1] < 60))
    assert len(red) > 100
    height, width = image.shape[:2]
    assert red[:, 0].mean() > height / 2 and width / 3 < red[:, 1].mean() < 0.75 * width


def test_candidates_may_be_none(tmp_path):
    draw_candidates(tmp_path / "none.png", np.zeros((0, 8, 8, 3), np.uint8), [])
    draw_candidates(tmp_path / "some.png", np.zeros((9, 8, 8, 3), np.uint8), ["case"] * 9)
    assert drawn(tmp_path / "some.png").shape[0] > drawn(tmp_path / "none.png").shape[0]


@pytest.mark.parametrize("names", [("smile",), tuple("abcde")])
def test_any_number_of_properties_is_drawn(names, tmp_path):
    images = {name: np.zeros((1, 2, 8, 8, 3), np.uint8) for name in names}
    draw_steered(tmp_path / "steered.png", images, dict.fromkeys(names, (-1.0, 1.0)), ["case 1"])
    assert drawn(tmp_path / "steered.png").shape[1] == round((0.95 * 2 * len(names) + 1.2) * 150)


def test_sweeps_of_the_same_faces_take_turns():
    first = {"eyes": np.arange(12).reshape(2, 3, 1, 1, 2)}
    second = {"eyes": 100 + first["eyes"]}
    both = in_turn([first, second])["eyes"]
    assert both.shape == (4, 3, 1, 1, 2)
    for row, (sweep, face) in enumerate([(first, 0), (second, 0), (first, 1), (second, 1)]):
        assert np.array_equal(both[row], sweep["eyes"][face])
