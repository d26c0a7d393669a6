import numpy as np
import pandas as pd
import pytest
from helpers.published import GROUPING, GROUPS, PROPERTIES

from vectorfind.samples.groups import assign_groups, group_cutoffs
from vectorfind.vocabulary import group_names


def table(count, seed=0):
    scores = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    return pd.DataFrame(scores, columns=list(PROPERTIES))


def test_group_letters_follow_the_medians():
    scores = table(999)
    cutoffs = group_cutoffs(scores, GROUPING)
    groups = assign_groups(scores, cutoffs)
    assert list(cutoffs) == list(GROUPING) and groups.dtype == np.int64
    for (_, row), group in zip(scores[:100].iterrows(), groups[:100], strict=True):
        letters = "".join("h" if row[name] >= cutoffs[name] else "l" for name in GROUPING)
        assert GROUPS[group] == letters


def test_a_score_equal_to_the_median_is_high():
    scores = table(101)
    at_the_cut = pd.DataFrame(np.zeros((1, 8), np.float32), columns=list(PROPERTIES))
    cutoffs = group_cutoffs(scores, GROUPING)
    for name in GROUPING:
        at_the_cut[name] = cutoffs[name]
    assert GROUPS[assign_groups(at_the_cut, cutoffs)[0]] == "hhhh"


def test_a_table_is_read_by_name_not_by_position():
    scores = table(50)
    turned = scores.iloc[:, ::-1]
    cutoffs = group_cutoffs(scores, GROUPING)
    assert group_cutoffs(turned, GROUPING) == cutoffs
    assert np.array_equal(assign_groups(turned, cutoffs), assign_groups(scores, cutoffs))


def test_missing_columns_are_named():
    scores = table(3).drop(columns="hairstyle")
    with pytest.raises(KeyError, match="hairstyle"):
        group_cutoffs(scores, GROUPING)
    with pytest.raises(KeyError, match="hairstyle"):
        assign_groups(scores, dict.fromkeys(GROUPING, 0.0))


def test_without_grouping_all_are_in_one_group():
    scores = table(40)
    cutoffs = group_cutoffs(scores, ())
    assert cutoffs == {} and group_names(()) == ("all",)
    assert np.array_equal(assign_groups(scores, cutoffs), np.zeros(40))


def test_one_property_makes_two_groups_of_a_half():
    scores = table(40)
    cutoffs = group_cutoffs(scores, ("mouth",))
    assert cutoffs == {"mouth": pytest.approx(np.median(scores["mouth"]))}
    groups = assign_groups(scores, cutoffs)
    assert group_names(("mouth",)) == ("h", "l")
    assert np.array_equal(groups == 0, scores["mouth"] >= cutoffs["mouth"])
    assert np.array_equal(np.bincount(groups), [20, 20])


def test_five_properties_make_32_groups():
    scores, grouping = table(2000), PROPERTIES[:5]
    cutoffs, names = group_cutoffs(scores, grouping), group_names(grouping)
    assert len(set(names)) == 32 and (names[0], names[1], names[-1]) == ("hhhhh", "hhhhl", "lllll")
    groups = assign_groups(scores, cutoffs)
    assert set(groups) == set(range(32))
    high = scores[list(grouping)] >= pd.Series(cutoffs)
    for row, group in zip(high[:200].to_numpy(), groups[:200], strict=True):
        assert names[group] == "".join("h" if above else "l" for above in row)
