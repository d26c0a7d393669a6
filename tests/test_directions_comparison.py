import numpy as np
import pytest
import torch
from toy_world import ToyGenerator, ToyScorer, toy_faces, toy_judge, toy_samples

from vectorfind.directions.comparison import (
    FACES_AT_ONCE,
    closed_loop_error,
    closed_loop_table,
    comparison_table,
    pass_again,
    reachable_offsets,
)
from vectorfind.directions.edits import linear_edit
from vectorfind.directions.image_test import measure_faces
from vectorfind.directions.judges import Judge, attribute_judge, both_ways_round, on_scale_of
from vectorfind.directions.methods import Means, method_named
from vectorfind.directions.population import measure_population
from vectorfind.directions.steerable import SteerableFace
from vectorfind.directions.summary import PUBLISHED_PASS, summarise
from vectorfind.names import CONTROLLED, PROPERTIES
from vectorfind.scoring import AttributeEnsemble, score_attributes


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_samples(generator)


def make_finder(name):
    return method_named(name).finder(Means())


def results_of(world, method, count=8):
    generator, (w, scores, groups, cutoffs) = world
    directions = make_finder(method).fit(w, scores, groups).directions_
    edit = linear_edit(directions, 1.0)
    return measure_faces(generator, edit, [toy_judge()], cutoffs, toy_faces(count), None)


def test_the_table_has_a_row_per_method_and_judge(world):
    summaries = {
        method: summarise(results_of(world, method), method, 1.0, "", PUBLISHED_PASS)
        for method in ("svm", "dual")
    }
    table = comparison_table(summaries).set_index("method")
    assert list(table.index) == ["svm", "dual"]
    assert table.loc["dual", "mean_r"] > table.loc["svm", "mean_r"]
    assert table.loc["dual", "eyes_r_low"] <= table.loc["dual", "eyes_r"]
    assert table.loc["svm", "least_r"] == min(table.loc["svm", [f"{n}_r" for n in CONTROLLED]])


def test_faces_that_pass_again(world):
    svm, dual = results_of(world, "svm"), results_of(world, "dual")
    assert pass_again(dual, dual, PUBLISHED_PASS) == {"scorer": 1.0}
    assert pass_again(dual, svm, PUBLISHED_PASS) == {"scorer": 0.0}
    assert pass_again(svm, dual, PUBLISHED_PASS) == {"scorer": None}


def test_reach_ends_where_faces_leave_the_population(world):
    _, (w, scores, groups, _) = world
    directions = make_finder("dual").fit(w, scores, groups).directions_
    population = measure_population(w, scores)
    faces, own = torch.as_tensor(w[:200]), torch.as_tensor(groups[:200])
    offsets = np.arange(0.5, 12, 0.5)
    near = reachable_offsets(linear_edit(directions, 1.0), faces, own, population, offsets)
    far = reachable_offsets(linear_edit(directions, 0.5), faces, own, population, offsets)
    for name in CONTROLLED:
        assert 1.0 <= near[name] <= 8 and far[name] == pytest.approx(2 * near[name], abs=1.0)


def test_the_closed_loop_hits_requests_within_the_population(world):
    generator, (w, scores, groups, cutoffs) = world
    directions = make_finder("dual").fit(w, scores, groups).directions_
    population = measure_population(w, scores)
    face = SteerableFace(generator, ToyScorer(), directions, 1.0, cutoffs, population)
    standard = (scores - population.score_mean) / population.score_std
    second = on_scale_of(toy_judge("second"), scores, standard)
    table = closed_loop_table(face, toy_faces(25), None, [second])
    assert table["reached"].all() and len(table) == 25 > FACES_AT_ONCE
    assert closed_loop_error(table, "second")["mean"] < 0.06
    own = PROPERTIES.index("eyes")
    standard = (scores[:, own] - scores[:, own].mean()) / scores[:, own].std()
    assert table["eyes_requested"].between(*np.percentile(standard, [4.9, 95.1])).all()


def test_attributes_are_judged_by_their_ensembles():
    torch.manual_seed(0)
    ensembles = [AttributeEnsemble(name, (32, 32), 2).eval() for name in ("gender", "glass")]
    images = torch.randint(0, 256, (5, 64, 64, 3), dtype=torch.uint8)
    judge = attribute_judge(ensembles)
    scores = judge.measure(images)
    assert judge.columns == ("gender", "glass") and scores.shape == (5, 2)
    assert np.allclose(scores[:, 1], score_attributes(ensembles[1], images.numpy()))


def test_a_judge_is_brought_to_anothers_scale():
    images = torch.randint(0, 256, (40, 16, 16, 3), dtype=torch.uint8)
    plain = toy_judge()
    scores = plain.measure(images)
    wanted = 3 * scores + 1
    assert np.allclose(on_scale_of(plain, scores, wanted).measure(images), wanted, atol=1e-4)


def test_a_mirrored_face_counts_with_its_pose_turned():
    columns = ("eyes", "pose")

    def measure(images):
        """Eyes: the mean; pose: how much brighter the right half is than the left one."""
        grey = images.float().mean(3)
        pose = grey[:, :, 8:].mean((1, 2)) - grey[:, :, :8].mean((1, 2))
        noise = grey[:, 0, 0]
        return torch.stack([grey.mean((1, 2)) + noise, pose], 1).numpy()

    images = torch.randint(0, 256, (6, 16, 16, 3), dtype=torch.uint8)
    once, both = measure(images), both_ways_round(Judge("", columns, measure)).measure(images)
    assert np.allclose(both[:, 1], once[:, 1], atol=1e-3)
    noise = (images[:, 0, 15].float().mean(1) - images[:, 0, 0].float().mean(1)).numpy()
    assert np.allclose(both[:, 0] - once[:, 0], noise / 2, atol=1e-3)
