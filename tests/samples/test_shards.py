import numpy as np
import pytest
from helpers.published import PROPERTIES
from helpers.toy_world import ToyGenerator, ToyScorer, toy_samples

from vectorfind.directions.dual import DualFinder
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.samples.files import join_samples, open_samples, write_samples
from vectorfind.samples.moments import group_moments
from vectorfind.samples.samples import Samples
from vectorfind.samples.shards import collect_shard, kept_rows, sample_blocks
from vectorfind.vocabulary import PUBLISHED_NAMES

COUNT, KEPT = 4000, (1, 5)


@pytest.fixture(scope="module", autouse=True)
def _small_blocks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vectorfind.samples.shards.CHUNK", 300)
        yield


@pytest.fixture(scope="module")
def cutoffs():
    return toy_samples(ToyGenerator())[1]


def drawn(start, count, kept, cutoffs=None):
    blocks = sample_blocks(ToyGenerator(), ToyScorer(), 5, start, count, 100)
    return collect_shard(blocks, kept, PROPERTIES, cutoffs)


def joined(folder, shard_size, kept, cutoffs):
    """Draw shards of a size into a folder, join them and open what comes out."""
    folder.mkdir()
    starts = range(0, COUNT, shard_size)
    for start in starts:
        rows = drawn(start, min(shard_size, COUNT - start), kept, cutoffs if kept[1] > 1 else None)
        write_samples(folder / f"{start}.npz", *rows)
    paths = [folder / name for name in ("w.npy", "scores.npy", "groups.npy")]
    named = {f"{path.stem}_path": path for path in paths}
    sums = folder / "sums.npy" if kept[1] > 1 else None
    named |= {"counts_path": folder / "counts.csv", "sums_path": sums}
    join_samples([folder / f"{start}.npz" for start in starts], PROPERTIES, cutoffs, **named)
    return open_samples(*paths, PUBLISHED_NAMES, sums)


@pytest.fixture(scope="module")
def everything(tmp_path_factory, cutoffs):
    return joined(tmp_path_factory.mktemp("all") / "of", 1500, (1, 1), cutoffs)


@pytest.fixture(scope="module", params=[1500, 700, 4000])
def some(request, tmp_path_factory, cutoffs):
    return joined(tmp_path_factory.mktemp("some") / "of", request.param, KEPT, cutoffs)


def test_kept_rows_are_those_of_all_whatever_the_shards(everything, some):
    rows = np.arange(4, COUNT, 5)
    assert len(everything) == everything.drawn == some.drawn == COUNT and len(some) == 800
    assert np.array_equal(some.w, everything.w[rows])
    assert np.array_equal(some.scores, everything.scores[rows])
    assert np.array_equal(some.groups, everything.groups[rows])


def test_sums_tell_of_all_samples_what_their_rows_do(everything, some):
    pooled, groups = group_moments(everything)
    streamed, streamed_groups = group_moments(some)
    for one, other in zip([pooled, *groups], [streamed, *streamed_groups], strict=True):
        assert one.count == other.count
        assert np.allclose(one.covariance, other.covariance, atol=2e-5)
        assert np.allclose(one.cross, other.cross, atol=2e-5)
    for name, values in vars(everything.population).items():
        if name != "score_range":
            assert np.allclose(values, getattr(some.population, name), atol=2e-5), name


def test_the_dual_basis_is_that_of_all_samples(everything, some):
    of_all, of_some = DualFinder().fit(everything), DualFinder().fit(some)
    of_rows = DualFinder().fit(Samples(some.w, some.scores, some.groups))
    for name, vectors in of_all.directions_.items():
        assert np.abs(vectors - of_some.directions_[name]).max() < 1e-5
        assert np.allclose(of_all.gain_[name], of_some.gain_[name], rtol=1e-4)
        assert np.abs(vectors - of_rows.directions_[name]).max() > 1e-3


def test_svms_are_those_of_the_kept_rows(some):
    alone = SvmFinder().fit(Samples(some.w, some.scores, some.groups)).directions_
    for name, vectors in SvmFinder().fit(some).directions_.items():
        assert np.array_equal(vectors, alone[name])


def test_too_few_kept_rows_for_an_svm_are_explained(some):
    few = Samples(some.w[:9], some.scores[:9], some.groups[:9], sums=some.sums)
    with pytest.raises(InputError, match=r"9 samples are too few .*sampling\.kept"):
        SvmFinder().fit(few)


@pytest.mark.parametrize(("kept", "total"), [(7, 100), (1, 3), (99, 100), (100, 100), (60, 1000)])
def test_shards_of_any_size_keep_as_many_as_asked_for(kept, total):
    for size in (1, 8, 33, total):
        rows = [
            start + kept_rows(start, min(size, total - start), (kept, total))
            for start in range(0, total, size)
        ]
        assert np.array_equal(np.concatenate(rows), kept_rows(0, total, (kept, total)))
    assert sum(map(len, rows)) == kept


@pytest.mark.parametrize("share", [240_000, 2_399_999_999])
def test_billions_of_samples_are_counted_without_overflow(share):
    total = 2_400_000_000
    numbers = range(total - 20_000, total)
    kept = [k for k in numbers if (k + 1) * share // total > k * share // total]
    assert (numbers[0] + kept_rows(numbers[0], len(numbers), (share, total))).tolist() == kept


def test_sums_that_do_not_fit_are_refused(some):
    with pytest.raises(InputError, match=r"sums of shape \(16, 5, 5\) where \(16, 33, 33\)"):
        Samples(some.w, some.scores, some.groups, sums=np.ones((16, 5, 5)))


def test_sums_that_are_not_finite_name_their_shard(tmp_path, some, cutoffs):
    names = ("w", "scores", "groups", "counts", "sums")
    paths = {f"{name}_path": tmp_path / name for name in names}
    write_samples(tmp_path / "0.npz", some.w, some.scores, some.sums)
    write_samples(tmp_path / "1.npz", some.w, some.scores, some.sums * np.nan)
    with pytest.raises(InputError, match=r"1\.npz: some scores or w are not finite"):
        join_samples([tmp_path / "0.npz", tmp_path / "1.npz"], PROPERTIES, cutoffs, **paths)
