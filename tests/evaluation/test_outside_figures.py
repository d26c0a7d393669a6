import json

import numpy as np
import pandas as pd
import pytest
from helpers.published import PASS_AT, STEERED

from vectorfind.directions.edits import TEST_OFFSETS
from vectorfind.evaluation.outside import measure_answers, outside_table, summarise_outside
from vectorfind.judges.outside import image_numbers

K = len(TEST_OFFSETS)


def answers(faces=4, columns=STEERED, signs=(1, 1, 1), mix=0.0):
    """Answers that follow their own offset exactly, and another's by `mix`."""
    rng = np.random.default_rng(0)
    moved = np.vstack([np.zeros((1, 3)), TEST_OFFSETS]) * signs
    moved = moved + mix * np.roll(moved, 1, axis=1)
    values = (rng.normal(size=(faces, 1, 3)) + moved).reshape(-1, 3)
    table = pd.DataFrame(values, index=image_numbers(K, 5, faces), columns=list(STEERED))
    return table[list(columns)]


def summary_of(table, judge="landmarks"):
    return summarise_outside(
        measure_answers(table, TEST_OFFSETS), judge, "svm", 2.5, "chosen", PASS_AT
    )


def test_what_follows_its_offsets_passes():
    summary = summary_of(answers())
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["mean_r"] == pytest.approx(dict.fromkeys(STEERED, 1))
    assert summary["pass_share"] == summary["faces_measured"] == summary["images_measured"] == 1
    assert summary["leakage_rms"] == pytest.approx(0, abs=1e-7)
    assert summary["intervals_95"]["pass_share"] == [1, 1]
    assert (summary["judge"], summary["faces"], summary["unit"]) == ("landmarks", 4, 2.5)
    assert summary["pass_rule"] == {**PASS_AT, "signed": True}


def test_the_sign_counts():
    summary = summary_of(answers(signs=(1, 1, -1)))
    assert summary["mean_r"]["pose"] == pytest.approx(-1) and summary["pass_share"] == 0


def test_a_leak_shows_in_response_and_leakage():
    summary = summary_of(answers(mix=0.5))
    spread = answers().iloc[:: K + 1].std()
    assert summary["response"]["eyes"]["pose"] == pytest.approx(0.5 / spread["eyes"])
    assert summary["leakage_rms"] > 0.1 and summary["mean_r"]["eyes"] < 0.99


def test_properties_that_are_not_measured_are_left_out():
    whole, part = summary_of(answers()), summary_of(answers(columns=("mouth",)))
    assert part["mean_r"] == {"mouth": pytest.approx(1)} and part["pass_share"] == 1
    assert part["pass_rule"] == {"mouth": PASS_AT["mouth"], "signed": True}
    assert part["gain"]["mouth"] == pytest.approx(whole["gain"]["mouth"])
    assert part["response"]["mouth"] == pytest.approx(whole["response"]["mouth"])
    table = outside_table({"svm": part})
    assert "eyes_r" not in table and table.loc[0, "mean_r"] == table.loc[0, "mouth_r"]


def test_images_that_were_not_measured_are_left_out_of_the_correlation():
    table = answers()
    table.iloc[1 : K // 5 + 1, 1] = np.nan
    # What the others have at these images would spoil their r.
    table.iloc[1 : K // 5 + 1, 0] = 1e6
    summary = summary_of(table)
    assert summary["faces_measured"] == 1 and summary["mean_r"]["eyes"] == pytest.approx(1)
    assert summary["images_measured"] == pytest.approx(1 - K // 5 / (4 * (K + 1)))


def test_a_face_with_too_few_images_neither_passes_nor_fails():
    table = answers(signs=(1, 1, -1))
    good = answers()
    # The second face would pass, and is not measured; the third lacks its unedited image.
    table.iloc[K + 1 : 2 * (K + 1)] = good.iloc[K + 1 : 2 * (K + 1)]
    table.iloc[K + 2 : K + 2 + K // 5 + 1] = np.nan
    table.iloc[2 * (K + 1)] = np.nan
    summary = summary_of(table)
    assert summary["faces"] == 4 and summary["faces_measured"] == 0.5
    assert summary["pass_share"] == 0


def test_without_a_measured_face_there_are_no_figures():
    table = answers()
    table.loc[:] = np.nan
    nothing = summary_of(table)
    assert json.loads(json.dumps(nothing, allow_nan=False)) == nothing
    assert nothing["faces_measured"] == 0 and nothing["pass_share"] is None
    rows = outside_table({"svm": nothing, "dual": summary_of(answers())})
    assert rows["pass_share"].isna().tolist() == [True, False]
    assert list(rows["method"]) == ["svm", "dual"] and set(rows["judge"]) == {"landmarks"}
    columns = {"faces_measured", "eyes_r", "eyes_r_low", "pass_share_high", "pose_gain"}
    assert columns <= set(rows)
