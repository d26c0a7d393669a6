import numpy as np
import pandas as pd
import pytest

from vectorfind.data.filters import passes
from vectorfind.errors import InputError

V8_FILTER = {
    "gender_score": {"min": 0.92},
    "quality_score": {"min": 0.9},
    "age_score": {"max": 0.008},
    "glass_score": {"max": 0.01},
}


def test_published_filter_keeps_4930_rows(fixtures_dir):
    table = pd.read_csv(fixtures_dir / "E1_scores_all_15k.csv")
    assert passes(table, V8_FILTER).sum() == 6497
    assert passes(table, {**V8_FILTER, "img_no": {"min": 2000}}).sum() == 4930


def test_bounds_are_inclusive_and_keep_the_index():
    table = pd.DataFrame({"age": [0.1, 0.2, 0.3, 0.4]}, index=[9, 7, 5, 3])
    passing = passes(table, {"age": {"min": 0.2, "max": 0.3}})
    assert passing.dtype == bool
    assert passing.to_dict() == {9: False, 7: True, 5: True, 3: False}


def test_nan_never_passes_even_without_a_limit():
    table = pd.DataFrame({"age": [np.nan, 0.5]})
    assert passes(table, {"age": {}}).tolist() == [False, True]
    assert passes(table, {"age": {"min": None, "max": 1}}).tolist() == [False, True]
    assert passes(table.convert_dtypes(), {"age": {"max": 1}}).tolist() == [False, True]


def test_no_condition_passes_all():
    assert passes(pd.DataFrame({"age": [np.nan, 0.5]}), {}).tolist() == [True, True]


@pytest.mark.parametrize(
    ("conditions", "words"),
    [({"gendr": {"min": 0}}, "'gendr' is not a column"), ({"age": {"minimum": 0}}, "use `min`")],
)
def test_misspelt_filter_is_refused(conditions, words):
    with pytest.raises(InputError, match=words):
        passes(pd.DataFrame({"age": [0.5]}), conditions)
