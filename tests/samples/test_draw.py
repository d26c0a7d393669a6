import numpy as np
import pandas as pd
import pytest
from helpers.published import GROUPS, PROPERTIES
from helpers.toy_world import ToyGenerator, ToyScorer, toy_faces, toy_samples

from vectorfind.errors import InputError
from vectorfind.samples.draw import sample_scores
from vectorfind.samples.files import join_samples, open_samples, read_samples, write_samples
from vectorfind.vocabulary import PUBLISHED_NAMES, Names


def test_scores_do_not_depend_on_the_batch():
    generator, z = ToyGenerator(), toy_faces(11)
    w, scores = sample_scores(generator, ToyScorer(), z, None, 4, device="cpu")
    assert w.shape == (11, 24) and scores.shape == (11, 8)
    assert np.allclose(scores, generator.scores(generator.mapping(z)), atol=0.03)
    assert np.allclose(scores, sample_scores(generator, ToyScorer(), z, None, 11, device="cpu")[1])


def test_shards_are_joined_in_order_and_grouped(tmp_path):
    samples, cutoffs = toy_samples(ToyGenerator(), count=70)
    w, scores = samples.w, samples.scores
    for name, rows in (("0", slice(0, 30)), ("1", slice(30, 60)), ("2", slice(60, 70))):
        write_samples(tmp_path / f"{name}.npz", w[rows], scores[rows], start=rows.start)
    shards = [tmp_path / f"{name}.npz" for name in "012"]
    paths = {name: tmp_path / name for name in ("w.npy", "scores.npy", "groups.npy", "counts.csv")}
    join_samples(
        shards,
        PROPERTIES,
        cutoffs,
        w_path=paths["w.npy"],
        scores_path=paths["scores.npy"],
        groups_path=paths["groups.npy"],
        counts_path=paths["counts.csv"],
    )
    assert np.array_equal(np.load(paths["w.npy"], mmap_mode="r"), w)
    assert np.array_equal(np.load(paths["scores.npy"]), scores)
    assert np.array_equal(np.load(paths["groups.npy"]), samples.groups)
    counts = pd.read_csv(paths["counts.csv"])
    assert tuple(counts["group"]) == GROUPS
    assert np.array_equal(counts["samples"], samples.counts())
    opened = open_samples(*list(paths.values())[:3], PUBLISHED_NAMES)
    assert isinstance(opened.w, np.memmap) and np.array_equal(opened.w, w)
    assert np.array_equal(opened.scores, scores) and np.array_equal(opened.groups, samples.groups)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"start": 10, "origin": "seed 2"}, r"1\.npz: is of another run \(seed 2\) than .*0\.npz"),
        ({"start": 0, "origin": "seed 1"}, r"1\.npz: begins with sample 0, after .* stands for"),
    ],
)
def test_a_shard_of_another_run_or_place_is_refused(tmp_path, second, message):
    samples, cutoffs = toy_samples(ToyGenerator(), count=10)
    rows, shards = (samples.w, samples.scores), [tmp_path / f"{name}.npz" for name in "01"]
    write_samples(shards[0], *rows, origin="seed 1")
    write_samples(shards[1], *rows, **second)
    paths = {f"{name}_path": tmp_path / name for name in ("w", "scores", "groups", "counts")}
    with pytest.raises(InputError, match=message):
        join_samples(shards, PROPERTIES, cutoffs, **paths)
    assert sorted(tmp_path.iterdir()) == shards


def test_without_groups_all_samples_are_in_one(tmp_path):
    samples, _ = toy_samples(ToyGenerator(), count=20)
    write_samples(tmp_path / "0.npz", samples.w, samples.scores)
    paths = {name: tmp_path / name for name in ("w.npy", "scores.npy", "groups.npy", "counts.csv")}
    files = {f"{path.stem}_path": path for path in paths.values()}
    join_samples([tmp_path / "0.npz"], PROPERTIES, {}, **files)
    counts = pd.read_csv(paths["counts.csv"])
    assert counts.to_dict("list") == {"group": ["all"], "samples": [20]}
    opened = open_samples(*list(paths.values())[:3], Names(PROPERTIES, ("eyes",), ()))
    assert np.array_equal(opened.groups, np.zeros(20))


def test_samples_of_other_properties_are_refused(tmp_path):
    samples, _ = toy_samples(ToyGenerator(), count=20)
    arrays = {"w": samples.w, "scores": samples.scores[:, :5], "groups": samples.groups}
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    with pytest.raises(InputError, match=r"scores of shape \(20, 5\) for 8 properties"):
        open_samples(*(tmp_path / f"{name}.npy" for name in arrays), PUBLISHED_NAMES)


def test_a_damaged_shard_gets_one_message(tmp_path):
    (tmp_path / "0000.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"0000\.npz"):
        read_samples(tmp_path / "0000.npz")
