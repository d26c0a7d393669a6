import numpy as np
import pandas as pd
import pytest
from helpers.published import GROUPS, PROPERTIES
from helpers.toy_world import ToyGenerator, toy_samples

from vectorfind.directions.dual import DualFinder
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.samples.samples import Samples
from vectorfind.vocabulary import Names


@pytest.fixture(scope="module")
def samples():
    return toy_samples(ToyGenerator(), count=200)[0]


def test_a_table_is_read_by_name_not_by_position(samples):
    table = pd.DataFrame(samples.scores, columns=list(PROPERTIES)).iloc[:, ::-1]
    again = Samples(samples.w, table.assign(other=0.0), samples.groups)
    assert np.array_equal(again.scores, samples.scores) and again.scores.dtype == np.float32
    assert np.array_equal(again.score("pose"), table["pose"].to_numpy())


def test_counts_are_those_of_every_group(samples):
    assert len(samples) == 200 and samples.counts().sum() == 200
    assert len(samples.counts()) == len(GROUPS)
    few = Samples(samples.w[:0], samples.scores[:0], samples.groups[:0])
    assert np.array_equal(few.counts(), np.zeros(16))


def test_arrays_that_do_not_fit_together_are_refused(samples):
    w, scores, groups = samples.w, samples.scores, samples.groups
    with pytest.raises(InputError, match="length"):
        Samples(w[:-1], scores, groups)
    with pytest.raises(InputError, match="length"):
        Samples(w, scores, groups[:-1])
    with pytest.raises(InputError, match=r"\(200, 7\) for 8 properties \(eyes, .*hairstyle\)"):
        Samples(w, scores[:, :7], groups)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(samples, bad):
    w, scores = samples.w.copy(), samples.scores.copy()
    w[3, 3] = bad
    with pytest.raises(InputError, match="w are NaN"):
        Samples(w, scores, samples.groups)
    scores[3, 3] = bad
    with pytest.raises(InputError, match="scores are NaN"):
        Samples(samples.w, scores, samples.groups)


@pytest.mark.parametrize("bad", [-1, 16])
def test_a_group_that_does_not_exist_is_refused(samples, bad):
    groups = samples.groups.copy()
    groups[7] = bad
    with pytest.raises(InputError, match=r"not all in 0\.\.15"):
        Samples(samples.w, samples.scores, groups)


def test_names_decide_columns_and_groups(samples):
    names = Names(("eyes", "smile"), ("smile",), ("eyes",))
    own = Samples(samples.w, samples.scores[:, :2], samples.groups % 2, names=names)
    assert np.array_equal(own.score("smile"), samples.scores[:, 1])
    assert names.groups == ("h", "l") and names.own == [1] and len(own.counts()) == 2
    with pytest.raises(InputError, match=r"not all in 0\.\.1"):
        Samples(samples.w, samples.scores[:, :2], samples.groups, names=names)


def test_scores_without_spread_are_refused_by_name_and_group(samples):
    samples.require_spread()
    column, group = PROPERTIES.index("mouth"), int(samples.groups[0])
    own = samples.groups == group
    for values, says in (
        (np.zeros(len(samples)), "all have the same score of mouth"),
        (np.where(own, 1.0, samples.scores[:, column]), f"group {GROUPS[group]} .* of mouth"),
        # One face in twenty yawns: a class at the top would be drawn from those who do not.
        (
            np.where(own, np.arange(len(samples)) == own.argmax(), samples.scores[:, column]),
            "mouth",
        ),
    ):
        scores = samples.scores.copy()
        scores[:, column] = values
        with pytest.raises(InputError, match=says):
            Samples(samples.w, scores, samples.groups).require_spread()
    scores = samples.scores.copy()
    scores[:, PROPERTIES.index("hairstyle")] = 0.45
    for finder in (SvmFinder(), DualFinder()):
        with pytest.raises(InputError, match="same score of hairstyle"):
            finder.fit(Samples(samples.w, scores, samples.groups))
