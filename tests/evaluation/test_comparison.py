import pytest
from helpers.published import PASS_AT, STEERED
from helpers.toy_world import ToyGenerator, toy_faces, toy_judge, toy_samples

from vectorfind.directions.edits import linear_edit
from vectorfind.directions.methods import Means, method_named
from vectorfind.evaluation.comparison import comparison_table, pass_again
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.evaluation.summary import summarise


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_samples(generator)


def results_of(world, method, count=8):
    generator, (samples, cutoffs) = world
    directions = method_named(method).finder(Means()).fit(samples).directions_
    edit = linear_edit(directions, 1.0)
    return measure_faces(generator, edit, [toy_judge()], cutoffs, toy_faces(count), None)


def test_the_table_has_a_row_per_method_and_judge(world):
    summaries = {
        method: summarise(results_of(world, method), method, 1.0, "", PASS_AT)
        for method in ("svm", "dual")
    }
    table = comparison_table(summaries).set_index("method")
    assert list(table.index) == ["svm", "dual"]
    assert table.loc["dual", "mean_r"] > table.loc["svm", "mean_r"]
    assert table.loc["dual", "eyes_r_low"] <= table.loc["dual", "eyes_r"]
    assert table.loc["svm", "least_r"] == min(table.loc["svm", [f"{n}_r" for n in STEERED]])


def test_faces_that_pass_again(world):
    svm, dual = results_of(world, "svm"), results_of(world, "dual")
    assert pass_again(dual, dual, PASS_AT) == {"scorer": 1.0}
    assert pass_again(dual, svm, PASS_AT) == {"scorer": 0.0}
    assert pass_again(svm, dual, PASS_AT) == {"scorer": None}
