import numpy as np
import pytest

from vectorfind.directions.storage import read_directions, write_direction, write_directions
from vectorfind.directions.svm import SvmFinder, fit_svms
from vectorfind.directions.svm_files import read_svm, write_svm
from vectorfind.directions.unit import resolve_unit
from vectorfind.errors import InputError
from vectorfind.names import CONTROLLED, GROUPS, PROPERTIES


@pytest.fixture(scope="module")
def world():
    """Samples whose scores are known linear functions of w."""
    rng = np.random.default_rng(3)
    w = rng.normal(size=(8000, 24)).astype(np.float32) * np.linspace(0.5, 2, 24, dtype=np.float32)
    normals = rng.normal(size=(8, 24))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    scores = (w @ normals.T).astype(np.float32)
    groups = rng.integers(0, 16, size=len(w))
    return w, scores, groups, normals


@pytest.fixture(scope="module")
def finder(world):
    w, scores, groups, _ = world
    return SvmFinder(seed=5).fit(w, scores, groups)


def test_directions_are_unit_vectors_towards_higher_score(world, finder):
    normals = world[3]
    for name in CONTROLLED:
        directions = finder.directions_[name]
        assert directions.shape == (16, 24) and directions.dtype == np.float32
        assert np.allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
        assert (directions @ normals[PROPERTIES.index(name)]).min() > 0.9


def test_figures_of_each_fit(world, finder):
    for name in CONTROLLED:
        for group, fit in enumerate(finder.fits_[name]):
            assert fit.samples == np.sum(world[2] == group)
            assert fit.validation_accuracy > 0.9
            assert 0.6 < fit.gain < 1.1


def test_only_the_extremes_of_a_group_train_its_svm(world):
    w, scores, groups, _ = world
    changed = scores.copy()
    column = PROPERTIES.index("eyes")
    for group in range(16):
        rows = np.flatnonzero(groups == group)
        order = rows[np.argsort(changed[rows, column])]
        middle = order[len(order) // 4 : -(len(order) // 4)]
        changed[middle, column] = np.median(changed[rows, column])
    before, after = (fit_svms(w, table, groups, "eyes", seed=5) for table in (scores, changed))
    assert all(np.array_equal(a.direction, b.direction) for a, b in zip(before, after, strict=True))


def test_split_follows_the_seed(world):
    w, scores, groups, _ = world
    first, again, other = (fit_svms(w, scores, groups, "pose", seed=s)[0] for s in (1, 1, 2))
    assert np.array_equal(first.direction, again.direction)
    assert not np.array_equal(first.direction, other.direction)


def test_a_poor_group_is_named(world):
    w, scores, groups, _ = world
    groups = groups.copy()
    groups[np.flatnonzero(groups == 5)[9:]] = 6
    with pytest.raises(InputError, match=rf"{GROUPS[5]} has 9 samples.*sampling\.samples"):
        fit_svms(w, scores, groups, "eyes")


def test_bad_samples_are_refused(world):
    w, scores, groups, _ = world
    with pytest.raises(InputError, match="length"):
        fit_svms(w[:-1], scores, groups, "eyes")
    broken = w.copy()
    broken[3, 3] = np.nan
    with pytest.raises(InputError, match="w are NaN"):
        fit_svms(broken, scores, groups, "eyes")
    broken = scores.copy()
    broken[3, 3] = np.inf
    with pytest.raises(InputError, match="scores are NaN"):
        fit_svms(w, broken, groups, "eyes")


def test_an_svm_survives_the_disk_and_applies_to_raw_w(world, finder, tmp_path):
    w, fit = world[0], finder.fits_["mouth"][2]
    write_svm(tmp_path / "mouth_hhlh.skops", fit.model)
    read = read_svm(tmp_path / "mouth_hhlh.skops")
    assert np.array_equal(read.decision_function(w[:50]), fit.model.decision_function(w[:50]))
    normal = read.coef_[0] / np.linalg.norm(read.coef_[0])
    assert np.allclose(normal, fit.direction, atol=1e-6)


def test_a_damaged_svm_gets_one_message(tmp_path):
    (tmp_path / "svm.skops").write_bytes(b"PK no archive")
    with pytest.raises(InputError, match=r"svm\.skops"):
        read_svm(tmp_path / "svm.skops")


def test_directions_survive_the_disk(finder, tmp_path):
    write_directions(tmp_path / "directions.npz", finder.directions_)
    read = read_directions(tmp_path / "directions.npz")
    assert all(np.array_equal(read[name], finder.directions_[name]) for name in CONTROLLED)
    write_direction(tmp_path / "eyes_hhhh.csv", finder.directions_["eyes"][0])
    row = np.loadtxt(tmp_path / "eyes_hhhh.csv", delimiter=",", dtype=np.float32)
    assert np.array_equal(row, finder.directions_["eyes"][0])


def test_damaged_directions_get_one_message(tmp_path):
    (tmp_path / "directions.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"directions\.npz"):
        read_directions(tmp_path / "directions.npz")


def test_auto_unit_is_two_standard_deviations(world):
    w = world[0]
    axis = np.zeros((16, 24), np.float32)
    axis[:, 7] = 1
    unit = resolve_unit("auto", dict.fromkeys(CONTROLLED, axis), w)
    assert unit * 1.8 == pytest.approx(2 * w[:, 7].std(), rel=1e-4)
    assert resolve_unit(1.0, dict.fromkeys(CONTROLLED, axis), w) == 1.0
