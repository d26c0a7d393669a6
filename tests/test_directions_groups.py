import numpy as np
import pandas as pd
import pytest

from vectorfind.directions.groups import assign_groups, group_cutoffs, score_matrix
from vectorfind.errors import InputError
from vectorfind.names import GROUPING, GROUPS, PROPERTIES


def test_group_letters_follow_the_medians():
    scores = np.random.default_rng(0).normal(size=(999, 8)).astype(np.float32)
    cutoffs = group_cutoffs(scores)
    groups = assign_groups(scores, cutoffs)
    for row, group in zip(scores[:100], groups[:100], strict=True):
        letters = "".join(
            "h" if row[PROPERTIES.index(name)] >= cutoffs[name] else "l" for name in GROUPING
        )
        assert GROUPS[group] == letters


def test_a_score_equal_to_the_median_is_high():
    scores = np.random.default_rng(0).normal(size=(101, 8)).astype(np.float32)
    cutoffs = group_cutoffs(scores)
    at_the_cut = np.zeros((1, 8), np.float32)
    for name in GROUPING:
        at_the_cut[0, PROPERTIES.index(name)] = cutoffs[name]
    assert GROUPS[assign_groups(at_the_cut, cutoffs)[0]] == "hhhh"


def test_a_table_is_read_by_name_not_by_position():
    scores = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    table = pd.DataFrame(scores, columns=list(PROPERTIES)).iloc[:, ::-1]
    assert np.array_equal(score_matrix(table), scores)


def test_missing_columns_are_named():
    with pytest.raises(InputError, match="hairstyle"):
        score_matrix(pd.DataFrame(np.zeros((3, 7)), columns=list(PROPERTIES[:7])))
    with pytest.raises(InputError, match=r"\(3, 7\)"):
        score_matrix(np.zeros((3, 7)))
