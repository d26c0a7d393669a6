import numpy as np
import pytest
import torch
from helpers.published import STEERED

from vectorfind.directions.edits import (
    TEST_OFFSETS,
    combine_offsets,
    explain_unit,
    linear_edit,
    resolve_unit,
)
from vectorfind.vocabulary import PUBLISHED

FOUR = dict.fromkeys(("eyes", "mouth", "pose", "smile"), (-1.8, -0.9, 0.0, 0.9, 1.8))


def test_published_offsets_are_the_whole_factorial():
    offsets = {name: PUBLISHED.properties[name].offsets for name in STEERED}
    assert np.array_equal(combine_offsets(offsets, most=50), TEST_OFFSETS)
    assert np.array_equal(combine_offsets(offsets), TEST_OFFSETS)
    assert TEST_OFFSETS.dtype == np.float32
    centred = TEST_OFFSETS - TEST_OFFSETS.mean(0)
    assert np.abs(np.corrcoef(centred.T) - np.eye(3)).max() < 1e-6


def test_of_too_many_combinations_those_that_correlate_least_are_taken():
    found = combine_offsets(FOUR, most=60)
    assert found.shape == (60, 4) and found.dtype == np.float32
    assert len(np.unique(found, axis=0)) == 60
    every = combine_offsets(FOUR, most=625)
    assert len(every) == 625 and {*map(tuple, found)} <= {*map(tuple, every)}

    def largest(offsets):
        return np.abs(np.corrcoef(offsets.T) - np.eye(4)).max()

    rng = np.random.default_rng(7)
    chance = [largest(every[rng.choice(625, 60, replace=False)]) for _ in range(100)]
    assert largest(found) < 0.1 < np.median(chance)
    assert largest(found) <= np.quantile(chance, 0.05)
    assert np.array_equal(found, combine_offsets(FOUR, most=60))


def test_one_property_keeps_its_offsets():
    assert np.allclose(combine_offsets({"smile": (-1, 0, 2)}), [[-1], [0], [2]])
    some = combine_offsets({"smile": np.arange(30)}, most=20)
    assert some.shape == (20, 1) and len(np.unique(some)) == 20


def test_an_edit_adds_the_vectors_of_the_faces_group():
    rng = np.random.default_rng(0)
    vectors = {name: rng.normal(size=(4, 6)).astype(np.float32) for name in ("eyes", "smile")}
    w = torch.as_tensor(rng.normal(size=(3, 6)), dtype=torch.float32)
    groups, offsets = torch.tensor([2, 0, 2]), torch.as_tensor(rng.normal(size=(3, 5, 2)))
    edited = linear_edit(vectors, 0.5)(w, groups, offsets)
    assert edited.shape == (3, 5, 6) and edited.dtype == w.dtype
    for face, picture in ((0, 4), (1, 1), (2, 0)):
        moved = sum(
            0.5 * float(offset) * rows[groups[face]]
            for offset, rows in zip(offsets[face, picture], vectors.values(), strict=True)
        )
        assert np.allclose(edited[face, picture] - w[face], moved, atol=1e-6)


def test_auto_unit_is_two_standard_deviations():
    rng = np.random.default_rng(3)
    w = rng.normal(size=(8000, 24)).astype(np.float32) * np.linspace(0.5, 2, 24, dtype=np.float32)
    axis = np.zeros((16, 24), np.float32)
    axis[:, 7] = 1
    unit = resolve_unit("auto", dict.fromkeys(STEERED, axis), w)
    assert unit * 1.8 == pytest.approx(2 * w[:, 7].std(), rel=1e-4)
    assert resolve_unit(1.0, dict.fromkeys(STEERED, axis), w) == 1.0


def test_a_unit_is_explained():
    assert explain_unit("auto").startswith("auto: the largest offset, 1.8")
    assert "1.0: the published" in explain_unit(1.0)
    assert explain_unit(0.3) == "set in the configuration: 0.3"
