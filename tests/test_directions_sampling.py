import numpy as np
import pandas as pd
import pytest
from toy_world import ToyGenerator, ToyScorer, toy_faces, toy_samples

from vectorfind.directions.groups import assign_groups
from vectorfind.directions.sample_files import join_samples, read_samples, write_samples
from vectorfind.directions.sampling import sample_scores
from vectorfind.errors import InputError
from vectorfind.names import GROUPS


def test_scores_do_not_depend_on_the_batch():
    generator, z = ToyGenerator(), toy_faces(11)
    w, scores = sample_scores(generator, ToyScorer(), z, None, 4, "cpu")
    assert w.shape == (11, 24) and scores.shape == (11, 8)
    assert np.allclose(scores, generator.scores(generator.mapping(z)), atol=0.03)
    assert np.allclose(scores, sample_scores(generator, ToyScorer(), z, None, 11, "cpu")[1])


def test_shards_are_joined_in_order_and_grouped(tmp_path):
    w, scores, groups, cutoffs = toy_samples(ToyGenerator(), count=70)
    for name, rows in (("0", slice(0, 30)), ("1", slice(30, 60)), ("2", slice(60, 70))):
        write_samples(tmp_path / f"{name}.npz", w[rows], scores[rows])
    shards = [tmp_path / f"{name}.npz" for name in "012"]
    paths = {name: tmp_path / name for name in ("w.npy", "scores.npy", "groups.npy", "counts.csv")}
    join_samples(
        shards,
        cutoffs,
        w_path=paths["w.npy"],
        scores_path=paths["scores.npy"],
        groups_path=paths["groups.npy"],
        counts_path=paths["counts.csv"],
    )
    assert np.array_equal(np.load(paths["w.npy"], mmap_mode="r"), w)
    assert np.array_equal(np.load(paths["scores.npy"]), scores)
    assert np.array_equal(np.load(paths["groups.npy"]), assign_groups(scores, cutoffs))
    counts = pd.read_csv(paths["counts.csv"])
    assert tuple(counts["group"]) == GROUPS
    assert np.array_equal(counts["samples"], np.bincount(groups, minlength=16))


def test_a_damaged_shard_gets_one_message(tmp_path):
    (tmp_path / "0000.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"0000\.npz"):
        read_samples(tmp_path / "0000.npz")
