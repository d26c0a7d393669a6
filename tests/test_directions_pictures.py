import numpy as np
import pandas as pd
from PIL import Image

from vectorfind.directions.pictures import (
    draw_candidates,
    draw_correlations,
    draw_judgements,
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
    draw_responses(tmp_path / "responses.png", {"svm": summary})
    drawn(tmp_path / "correlations.png")
    one = drawn(tmp_path / "responses.png").shape
    draw_responses(tmp_path / "methods.png", {"svm": summary, "dual": summary})
    two = drawn(tmp_path / "methods.png").shape
    assert two[0] > 1.9 * one[0] and two[1] == one[1]


def test_methods_are_drawn_judge_by_judge(tmp_path):
    columns = [f"{name}_corr" for name in CONTROLLED]
    table = pd.DataFrame(np.full((4, 3), 0.9), columns=columns)
    heights = []
    for judges in (1, 2):
        table["judge"] = [f"judge {row % judges}" for row in range(4)]
        draw_judgements(tmp_path / "r.png", {"svm": table, "dual": table}, PUBLISHED_PASS)
        heights.append(drawn(tmp_path / "r.png").shape[0])
    assert heights[1] == 2 * heights[0]
