import numpy as np
import pandas as pd
from helpers.published import PASS_AT, PROPERTIES, STEERED
from PIL import Image

from vectorfind.pictures.judgements import draw_correlations, draw_judgements, draw_responses


def drawn(path):
    """The picture's pixels; it must show something."""
    image = np.asarray(Image.open(path).convert("RGB"))
    assert image.std() > 5
    return image


def test_figures_of_the_image_test(tmp_path):
    rng = np.random.default_rng(0)
    columns = [f"{name}_corr" for name in STEERED]
    table = pd.DataFrame(rng.uniform(0.7, 1, (40, 3)), columns=columns)
    table["judge"] = ["scorer", "parser"] * 20
    draw_correlations(tmp_path / "correlations.png", table, PASS_AT)
    response = {name: dict.fromkeys(STEERED, 0.1) for name in PROPERTIES}
    judge = {"response": response, "leakage_rms": 0.1}
    gender = {"response": {"gender": dict.fromkeys(STEERED, -0.2)}}
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
    columns = [f"{name}_corr" for name in STEERED]
    table = pd.DataFrame(np.full((4, 3), 0.9), columns=columns)
    heights = []
    for judges in (1, 2):
        table["judge"] = [f"judge {row % judges}" for row in range(4)]
        draw_judgements(tmp_path / "r.png", {"svm": table, "dual": table}, PASS_AT)
        heights.append(drawn(tmp_path / "r.png").shape[0])
    assert heights[1] == 2 * heights[0]


def test_one_property_is_enough(tmp_path):
    table = pd.DataFrame({"smile_corr": [0.1, 0.5, 0.9], "judge": "scorer"})
    draw_correlations(tmp_path / "r.png", table, {"smile": 0.88})
    draw_judgements(tmp_path / "methods.png", {"svm": table}, {"smile": 0.88})
    assert drawn(tmp_path / "r.png").shape[1] < drawn(tmp_path / "methods.png").shape[1]
