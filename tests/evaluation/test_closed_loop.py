import numpy as np
import pandas as pd
import pytest
from helpers.published import PROPERTIES, STEERED
from helpers.toy_world import (
    ToyGenerator,
    ToyScorer,
    toy_directions,
    toy_faces,
    toy_judge,
    toy_samples,
)

from vectorfind.directions.dual import DualFinder
from vectorfind.evaluation.closed_loop import (
    FACES_AT_ONCE,
    closed_loop_errors,
    closed_loop_table,
    reachable_offsets,
)
from vectorfind.evaluation.results import Measurements
from vectorfind.judges.judge import Judge
from vectorfind.steering.face import SteerableFace


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_samples(generator)


def face_of(world, unit=1.0):
    generator, (samples, cutoffs) = world
    directions = toy_directions(DualFinder(), samples, cutoffs, "dual", unit)
    return SteerableFace(generator, ToyScorer(), directions)


def measured(judge, columns=PROPERTIES):
    """What an image test keeps of a judge's scores; correlations and slopes are not asked for."""
    return Measurements(columns, np.empty(0), np.empty(0), judge)


def test_reach_ends_where_faces_leave_the_population(world):
    faces, offsets = toy_faces(200), np.arange(0.5, 12, 0.5)
    near = reachable_offsets(face_of(world), faces, None, offsets)
    far = reachable_offsets(face_of(world, unit=0.5), faces, None, offsets)
    assert tuple(near) == STEERED
    for name in STEERED:
        assert 1.0 <= near[name] <= 8 and far[name] == pytest.approx(2 * near[name], abs=1.0)


def test_nothing_is_reached_where_the_first_offset_leads_out(world):
    reach = reachable_offsets(face_of(world), toy_faces(50), None, np.array([50.0]))
    assert reach == dict.fromkeys(STEERED, 0.0)


def test_the_closed_loop_hits_requests_within_the_population(world):
    samples, _ = world[1]
    scores = samples.scores
    second = Judge("second", PROPERTIES, lambda images: 3 * toy_judge().measure(images) + 2)
    blind = Judge("colours", ("skin",), lambda images: np.zeros((len(images), 1)))
    tested = {"scorer": measured(scores), "second": measured(3 * scores + 2)}
    table = closed_loop_table(face_of(world), toy_faces(25), None, [second, blind], tested)
    assert table["reached"].all() and len(table) == 25 > FACES_AT_ONCE
    errors = closed_loop_errors(table, STEERED, ["scorer", "second", "colours"])
    assert set(errors) == {"scorer", "second"}
    assert errors["scorer"]["mean"] < 0.06 and errors["second"]["mean"] < 0.06
    own = PROPERTIES.index("eyes")
    standard = (scores[:, own] - scores[:, own].mean()) / scores[:, own].std()
    assert table["eyes_requested"].between(*np.percentile(standard, [4.9, 95.1])).all()


def test_requests_follow_the_seed(world):
    scores = world[1][0].scores
    first, again, other = (
        closed_loop_table(
            face_of(world), toy_faces(2), None, [], {"scorer": measured(scores)}, seed=seed
        )
        for seed in (1, 1, 2)
    )
    assert first.equals(again) and not np.allclose(first["eyes_requested"], other["eyes_requested"])


def test_errors_are_means_of_magnitudes_by_judge_and_property():
    table = pd.DataFrame(
        {
            "eyes_requested": [1.0, -1.0],
            "big_eyes_requested": [0.0, 0.0],
            "eyes_scorer": [1.5, -1.1],
            "big_eyes_scorer": [0.2, -0.4],
            "eyes_second scorer": [0.0, 0.0],
            "big_eyes_second scorer": [0.0, 0.0],
            "eyes_left_scorer": [5.0, 5.0],
            "reached": [True, False],
        }
    )
    errors = closed_loop_errors(table, ("eyes", "big_eyes"), ["scorer", "second scorer"])
    assert errors["scorer"] == pytest.approx({"eyes": 0.3, "big_eyes": 0.3, "mean": 0.3})
    assert errors["second scorer"] == pytest.approx({"eyes": 1.0, "big_eyes": 0.0, "mean": 0.5})
