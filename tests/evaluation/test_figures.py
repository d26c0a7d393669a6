from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.published import PROPERTIES, STEERED
from helpers.toy_world import ToyGenerator, ToyScorer, toy_faces, toy_judge, toy_samples

from vectorfind.directions.dual import DualFinder
from vectorfind.directions.edits import linear_edit
from vectorfind.directions.svm import SvmFinder
from vectorfind.errors import InputError
from vectorfind.evaluation.figures import (
    TARGET_CHANGES,
    dependency_table,
    field_tables,
    kernel_distance,
    linearity_table,
    strength_table,
)
from vectorfind.evaluation.layer_responses import layer_responses
from vectorfind.evaluation.strength import (
    OFFSETS,
    STRENGTHS,
    measure_strengths,
    read_strengths,
    write_strengths,
)
from vectorfind.judges.judge import Judge
from vectorfind.samples.samples import Samples
from vectorfind.vocabulary import Names


def embed(images):
    """A face's features: what its bands show, and a constant that keeps cosines high."""
    bands = toy_judge().measure(images)
    return np.concatenate([bands, np.full((len(images), 1), 10, np.float32)], axis=1)


def probabilities(images):
    return 1 / (1 + np.exp(-toy_judge().measure(images)[:, 5:7]))


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_samples(generator)


@pytest.fixture(scope="module")
def measured(world):
    generator, (samples, cutoffs) = world
    judges = [toy_judge(), Judge("attributes", ("gender", "age"), probabilities)]
    results = {}
    for name, finder in (("svm", SvmFinder()), ("dual", DualFinder())):
        edit = linear_edit(finder.fit(samples).directions_, 1.0)
        faces = toy_faces(40)
        results[name] = measure_strengths(
            generator, edit, judges, cutoffs, embed, steered=STEERED, z=faces, label=None
        )
    return results


def test_strengths_are_measured_and_survive_the_disk(measured, tmp_path):
    results = measured["dual"]
    assert results.edited["scorer"].shape == (40, 3, len(OFFSETS), 8)
    assert results.edited["attributes"].shape == (40, 3, len(OFFSETS), 2)
    assert results.edited_features.shape == (40, 3, len(OFFSETS), 9)
    write_strengths(tmp_path / "0.npz", results)
    both = read_strengths([tmp_path / "0.npz", tmp_path / "0.npz"])
    assert both.columns == results.columns and both.steered == results.steered == STEERED
    assert np.array_equal(both.edited["scorer"][40:], results.edited["scorer"])


def test_stronger_edits_succeed_more_and_keep_less(measured):
    table = strength_table(measured["dual"], "scorer").set_index(["property", "strength"])
    assert len(table) == 3 * len(STRENGTHS)
    for name in STEERED:
        curve = table.loc[name]
        assert curve.change.is_monotonic_increasing and curve.success.is_monotonic_increasing
        assert curve.success.iloc[-1] > 0.5 and curve.identity.is_monotonic_decreasing
        assert curve.kid.iloc[-1] > curve.kid.iloc[0]
        assert curve.dependency.is_monotonic_increasing


def test_the_cleaner_method_depends_less_and_keeps_more(measured):
    tables = {name: strength_table(results, "scorer") for name, results in measured.items()}
    dependency = {name: dependency_table(table).dependency for name, table in tables.items()}
    both = pd.DataFrame(dependency).dropna()
    assert len(both) >= 6 and (both.dual < 0.5 * both.svm).all()
    assert tables["dual"].preservation.mean() > tables["svm"].preservation.mean() + 0.05


def test_dependency_is_read_off_at_changes_of_the_target(measured):
    table = strength_table(measured["svm"], "scorer")
    found = dependency_table(table).set_index(["property", "target_change"]).dependency
    curve = table[table.property == "eyes"]
    for target in TARGET_CHANGES:
        wanted = np.interp(target, np.append(0, curve.change), np.append(0, curve.dependency))
        assert found["eyes", target] == pytest.approx(wanted)
    weak = table[table.strength <= 0.5]
    assert dependency_table(weak).dependency.isna().any()


def test_straight_edits_of_a_straight_world_are_linear(measured):
    table = linearity_table(measured["dual"], "scorer")
    assert list(table.property) == list(STEERED)
    assert (table.linearity > 0.98).all() and table.identity.between(0.8, 1).all()
    harmonic = 2 / (1 / table.linearity + 1 / table.identity)
    assert np.allclose(table.harmonic_mean, harmonic)


def test_the_kernel_distance_tells_populations_apart():
    rng = np.random.default_rng(0)
    before = rng.normal(size=(400, 6)) + 2
    same, moved = rng.normal(size=(400, 6)) + 2, rng.normal(size=(400, 6)) + 2
    moved[:, :3] -= 1

    def kernel(x, y):
        return (x @ y / np.linalg.norm(x) / np.linalg.norm(y) + 1) ** 3

    by_hand = np.mean(
        [
            kernel(before[i], before[j])
            + kernel(moved[i], moved[j])
            - kernel(before[i], moved[j])
            - kernel(moved[i], before[j])
            for i in range(40)
            for j in range(40)
            if i != j
        ]
    )
    assert kernel_distance(before[:40], moved[:40]) == pytest.approx(by_hand)
    assert kernel_distance(7 * before, moved) == pytest.approx(kernel_distance(before, moved))
    assert abs(kernel_distance(before, same)) < 0.1 * kernel_distance(before, moved)


def test_without_an_embedding_identity_is_not_known(world):
    generator, (samples, cutoffs) = world
    edit = linear_edit(DualFinder().fit(samples).directions_, 1.0)
    faces = toy_faces(12)
    results = measure_strengths(
        generator, edit, [toy_judge()], cutoffs, None, steered=STEERED, z=faces, label=None
    )
    table = strength_table(results, "scorer")
    assert table[["identity", "kid"]].isna().all(axis=None) and table.change.notna().all()


def test_a_layer_that_owns_a_property_makes_its_whole_response():
    generator = ToyGenerator(layered=True)
    samples, _ = toy_samples(generator)
    directions = DualFinder().fit(samples).directions_
    table = layer_responses(
        generator,
        ToyScorer(),
        linear_edit(directions, 1.0),
        torch.as_tensor(samples.w[:30]),
        torch.as_tensor(samples.groups[:30]),
        samples.scores.std(0),
        STEERED,
    ).set_index(["property", "layer"])
    for name, owner in (("eyes", 1), ("mouth", 1), ("pose", 0)):
        own = table.loc[name][name]
        assert own[owner] == pytest.approx(own["all"], rel=0.02) and own["all"] > 0.5
        assert own.drop([owner, "all"]).abs().max() < 0.02
    assert set(PROPERTIES) <= set(table.columns)


def test_tables_of_all_methods_and_judges_that_can(measured):
    blind = {
        name: replace(results, columns={**results.columns, "blind": ("eyes",)})
        for name, results in measured.items()
    }
    tables = field_tables(blind, ["scorer", "blind", "attributes"])
    assert list(tables) == ["strength", "dependency", "linearity"]
    for table in tables.values():
        assert set(table.judge) == {"scorer"} and list(table.method.unique()) == ["svm", "dual"]
    own = tables["strength"].query("method == 'svm'").drop(columns=["method", "judge"])
    pd.testing.assert_frame_equal(own, strength_table(measured["svm"], "scorer"))
    assert set(field_tables(blind, ["blind"])["strength"].judge) == {"scorer"}


def test_strengths_of_another_property_without_groups(world):
    generator, (samples, _) = world
    names = Names(PROPERTIES, ("hair_color",), ())
    own = Samples(samples.w, samples.scores, np.zeros(len(samples)), names=names)
    edit = linear_edit(DualFinder().fit(own).directions_, 1.0)
    results = measure_strengths(
        generator,
        edit,
        [toy_judge()],
        {},
        embed,
        steered=names.steered,
        z=toy_faces(9),
        label=None,
    )
    assert results.edited["scorer"].shape == (9, 1, len(OFFSETS), 8)
    assert results.own_columns("scorer") == [PROPERTIES.index("hair_color")]
    curve = strength_table(results, "scorer")
    assert set(curve.property) == {"hair_color"} and curve.change.is_monotonic_increasing
    assert curve.change.iloc[-1] > 1 and (linearity_table(results, "scorer").linearity > 0.98).all()


def test_a_damaged_shard_gets_one_message(tmp_path):
    (tmp_path / "0000.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"0000\.npz: not a readable shard of edit strengths"):
        read_strengths([tmp_path / "0000.npz"])
