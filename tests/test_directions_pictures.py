import numpy as np
import pandas as pd
from PIL import Image

from vectorfind.directions.pictures import (
    draw_candidates,
    draw_correlations,
    draw_responses,
    draw_steered,
)
from vectorfind.directions.summary import PUBLISHED_PASS
from vectorfind.names import CONTROLLED, PROPERTIES


def drawn(path):
    """The picture's pixels; it must show something."""
    image = np.asarray(Image.open(path).convert("RGB"))
    assert image.std() > 5
    return image


def test_steered_faces_show_the_images_in_their_place(tmp_path):
    images = {name: np.zeros((2, 3, 8, 8, 3), np.uint8) for name in CONTROLLED}
    images["mouth"][1, 2] = (255, 0, 0)
    offsets = dict.fromkeys(CONTROLLED, (-1.2, 0.0, 1.2))
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


def test_figures_of_the_image_test(tmp_path):
    rng = np.random.default_rng(0)
    columns = [f"{name}_corr" for name in CONTROLLED]
    table = pd.DataFrame(rng.uniform(0.7, 1, (40, 3)), columns=columns)
    table["judge"] = ["scorer", "parser"] * 20
    draw_correlations(tmp_path / "correlations.png", table, PUBLISHED_PASS)
    response = {name: dict.fromkeys(CONTROLLED, 0.1) for name in PROPERTIES}
    judge = {"response": response, "leakage_rms": 0.1}
    gender = {"response": {"gender": dict.fromkeys(CONTROLLED, -0.2)}}
    summary = {
        "method": "svm",
        "unit": 1.0,
        "judges": {"scorer": judge},
        "bystanders": {"attributes": gender},
    }
    draw_responses(tmp_path / "responses.png", summary)
    drawn(tmp_path / "correlations.png")
    drawn(tmp_path / "responses.png")
