import filecmp
from copy import deepcopy

import numpy as np
import pytest
from helpers.published import GROUPS, PROPERTIES, STEERED

from vectorfind.directions.svm import SvmFinder
from vectorfind.directions.svm_files import figures_of, read_svm, write_svm
from vectorfind.errors import InputError
from vectorfind.samples.samples import Samples
from vectorfind.vocabulary import Names


@pytest.fixture(scope="module")
def world():
    """Samples whose scores are known linear functions of w."""
    rng = np.random.default_rng(3)
    w = rng.normal(size=(8000, 24)).astype(np.float32) * np.linspace(0.5, 2, 24, dtype=np.float32)
    normals = rng.normal(size=(8, 24))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    scores = (w @ normals.T).astype(np.float32)
    return Samples(w, scores, rng.integers(0, 16, size=len(w))), normals


@pytest.fixture(scope="module")
def finder(world):
    return SvmFinder(seed=5).fit(world[0])


def test_directions_are_unit_vectors_towards_higher_score(world, finder):
    normals = world[1]
    for name in STEERED:
        directions = finder.directions_[name]
        assert directions.shape == (16, 24) and directions.dtype == np.float32
        assert np.allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
        assert (directions @ normals[PROPERTIES.index(name)]).min() > 0.9


def test_figures_of_each_fit(world, finder):
    counts = world[0].counts()
    for name in STEERED:
        for group, fit in enumerate(finder.fits_[name]):
            assert fit.samples == counts[group] and not fit.pooled
            assert fit.validation_accuracy > 0.9
            assert 0.6 < fit.gain < 1.1


def fits_of(samples, name, scores=None, groups=None, **options):
    """Fits of one property alone."""
    names = Names(PROPERTIES, (name,), samples.names.grouping)
    scores = samples.scores if scores is None else scores
    groups = samples.groups if groups is None else groups
    return SvmFinder(**options).fit(Samples(samples.w, scores, groups, names=names)).fits_[name]


def test_only_the_extremes_of_a_group_train_its_svm(world):
    samples, groups = world[0], world[0].groups
    changed = samples.scores.copy()
    column = PROPERTIES.index("eyes")
    for group in range(16):
        rows = np.flatnonzero(groups == group)
        order = rows[np.argsort(changed[rows, column])]
        middle = order[len(order) // 4 : -(len(order) // 4)]
        changed[middle, column] = np.median(changed[rows, column])
    before, after = (fits_of(samples, "eyes", table, seed=5) for table in (samples.scores, changed))
    assert all(np.array_equal(a.direction, b.direction) for a, b in zip(before, after, strict=True))


def test_split_follows_the_seed(world):
    first, again, other = (fits_of(world[0], "pose", seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first.direction, again.direction)
    assert not np.array_equal(first.direction, other.direction)


def test_a_property_is_split_alike_whatever_else_is_steered(world, finder):
    alone = fits_of(world[0], "pose", seed=5)
    for one, other in zip(alone, finder.fits_["pose"], strict=True):
        assert np.array_equal(one.direction, other.direction)


def test_a_group_with_too_few_samples_takes_the_svm_of_all(world, caplog):
    samples = world[0]
    groups = samples.groups.copy()
    groups[np.flatnonzero(groups == 5)[9:]] = 6
    groups[groups == 7] = 6
    fits = fits_of(samples, "eyes", groups=groups, seed=5)
    assert [fit.pooled for fit in fits] == [group in (5, 7) for group in range(16)]
    assert fits[5].samples == 9 and fits[7].samples == 0
    assert fits[5].model is fits[7].model and np.array_equal(fits[5].direction, fits[7].direction)
    assert fits[5].direction @ world[1][PROPERTIES.index("eyes")] > 0.9
    [warning] = [record for record in caplog.records if record.levelname == "WARNING"]
    message = warning.getMessage()
    assert f"eyes: group {GROUPS[5]} (9), {GROUPS[7]} (0) has too few samples" in message
    assert "sampling.samples" in message
    untouched = fits_of(samples, "eyes", seed=5)
    assert all(
        np.array_equal(fits[group].direction, untouched[group].direction) for group in range(5)
    )
    pooled = figures_of(fits, GROUPS).set_index("group").pooled
    assert list(pooled[pooled].index) == [GROUPS[5], GROUPS[7]]


def test_the_svm_of_all_is_that_of_one_group(world):
    samples = world[0]
    alone = Samples(
        samples.w, samples.scores, np.zeros(len(samples)), names=Names(PROPERTIES, ("eyes",), ())
    )
    fit = SvmFinder(seed=5).fit(alone).fits_["eyes"]
    assert len(fit) == 1 and not fit[0].pooled
    assert fit[0].samples == len(samples)
    assert fit[0].direction @ world[1][PROPERTIES.index("eyes")] > 0.98


@pytest.mark.parametrize("count", [0, 10, 14])
def test_too_few_samples_in_all_are_refused(world, count):
    samples = world[0]
    few = Samples(samples.w[:count], samples.scores[:count], samples.groups[:count])
    with pytest.raises(InputError, match=rf"{count} samples are too few.*sampling\.samples"):
        SvmFinder().fit(few)


def test_an_svm_survives_the_disk_and_applies_to_raw_w(world, finder, tmp_path):
    w, fit = world[0].w, finder.fits_["mouth"][2]
    write_svm(tmp_path / "mouth_hhlh.skops", fit.model)
    read = read_svm(tmp_path / "mouth_hhlh.skops")
    assert np.array_equal(read.decision_function(w[:50]), fit.model.decision_function(w[:50]))
    normal = read.coef_[0] / np.linalg.norm(read.coef_[0])
    assert np.allclose(normal, fit.direction, atol=1e-6)
    write_svm(tmp_path / "copy.skops", deepcopy(fit.model))
    assert filecmp.cmp(tmp_path / "mouth_hhlh.skops", tmp_path / "copy.skops", shallow=False)


def test_a_damaged_svm_gets_one_message(tmp_path):
    (tmp_path / "svm.skops").write_bytes(b"PK no archive")
    with pytest.raises(InputError, match=r"svm\.skops"):
        read_svm(tmp_path / "svm.skops")
