import json

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.published import GROUPING, GROUPS, PASS_AT, PROPERTIES, STEERED
from helpers.toy_world import ToyGenerator, toy_faces, toy_judge, toy_samples

from vectorfind.directions.edits import TEST_OFFSETS, combine_offsets, linear_edit
from vectorfind.errors import InputError
from vectorfind.evaluation.image_test import draw_edits, measure_faces
from vectorfind.evaluation.responses import responses
from vectorfind.evaluation.results import merge_results, read_results, write_results
from vectorfind.evaluation.summary import (
    best_first,
    cases_table,
    judgements_table,
    passes_rule,
    response_matrix,
    summarise,
)
from vectorfind.judges.judge import Judge
from vectorfind.stylegan import build_generator
from vectorfind.vocabulary import Names


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_samples(generator)


def dual_directions(generator):
    """The directions that move one score and no other: rows of the pseudo-inverse."""
    basis = torch.linalg.pinv(generator.normals).T.numpy()
    rows = [basis[PROPERTIES.index(name)] for name in STEERED]
    return {
        name: np.repeat(row[None] / np.linalg.norm(row), 16, 0)
        for name, row in zip(STEERED, rows, strict=True)
    }


def run(world, directions, judges, count=12, **options):
    generator, (_, cutoffs) = world
    return measure_faces(
        generator, linear_edit(directions, 1.0), judges, cutoffs, toy_faces(count), None, **options
    )


@pytest.fixture(scope="module")
def results(world):
    return run(world, dual_directions(world[0]), [toy_judge()])


def test_offsets_are_the_published_factorial():
    assert TEST_OFFSETS.shape == (50, 3) and len(np.unique(TEST_OFFSETS, axis=0)) == 50
    levels = [sorted(set(column.tolist())) for column in TEST_OFFSETS.T]
    wanted = [[-1.2, 1.2], [-1.8, -0.9, 0, 0.9, 1.8], [-1.8, -1.2, -0.6, 0, 0.6]]
    assert all(np.allclose(a, b) for a, b in zip(levels, wanted, strict=True))


def test_clean_directions_pass_and_do_not_leak(results):
    table = cases_table(results, PASS_AT)
    assert list(table) == ["case", "group", "eyes_corr", "mouth_corr", "pose_corr", "passed"]
    assert table["passed"].all() and (table[["eyes_corr", "mouth_corr", "pose_corr"]] > 0.98).all(
        axis=None
    )
    assert np.abs(response_matrix(results.judges["scorer"])[1]).max() < 0.02


def test_overlapping_directions_leak(world, results):
    rows = world[0].normals.numpy()
    normals = {name: np.repeat(rows[[PROPERTIES.index(name)]], 16, 0) for name in STEERED}
    leaky = summarise(run(world, normals, [toy_judge()]), "svm", 1.0, "", PASS_AT)
    clean = summarise(results, "dual", 1.0, "", PASS_AT)
    for figure in ("leakage_rms", "leakage_correlations", "leakage_per_face"):
        assert leaky["judges"]["scorer"][figure] > 3 * clean["judges"]["scorer"][figure]


def test_groups_come_from_the_unedited_image(world, results):
    generator, (_, cutoffs) = world
    scores = generator.scores(generator.mapping(toy_faces(12))).numpy()
    for row, group in zip(scores, results.groups, strict=True):
        letters = GROUPS[group]
        for letter, name in zip(letters, cutoffs, strict=True):
            distance = row[PROPERTIES.index(name)] - cutoffs[name]
            assert abs(distance) < 0.03 or (distance >= 0) == (letter == "h")


def test_shards_and_batches_change_nothing(world, results, tmp_path):
    directions = dual_directions(world[0])
    generator, (_, cutoffs) = world
    z, edit = toy_faces(12), linear_edit(directions, 1.0)
    for name, rows in (("a", slice(0, 5)), ("b", slice(5, 12))):
        part = measure_faces(
            generator,
            edit,
            [toy_judge()],
            cutoffs,
            z[rows],
            None,
            first_case=rows.start,
            batch_size=200,
        )
        write_results(tmp_path / f"{name}.npz", part)
    merged = merge_results([read_results(tmp_path / f"{name}.npz") for name in "ab"])
    assert np.array_equal(merged.cases, np.arange(12))
    assert np.array_equal(merged.groups, results.groups)
    for field in ("correlations", "slopes", "unedited"):
        ours, theirs = (getattr(r.judges["scorer"], field) for r in (merged, results))
        assert np.allclose(ours, theirs, atol=1e-5)


def test_drawn_edits_are_those_that_are_measured(world):
    seen = []

    def keep(images):
        seen.append(images.numpy())
        return np.zeros((len(images), 1), np.float32)

    directions, (_, (_, cutoffs)) = dual_directions(world[0]), world
    measured = run(world, directions, [toy_judge(), Judge("eye", ("eyes",), keep)], 3)
    drawn = np.stack(
        list(
            draw_edits(
                world[0], linear_edit(directions, 1.0), toy_judge(), cutoffs, toy_faces(3), None
            )
        )
    ).reshape(3, 1 + len(TEST_OFFSETS), *seen[0].shape[1:])
    assert np.array_equal(drawn[:, 0], seen[0])
    assert np.array_equal(drawn[:, 1:].reshape(-1, *drawn.shape[2:]), np.concatenate(seen[1:]))
    assert len(measured.cases) == 3


def test_identity_falls_with_the_length_of_the_edits(world, tmp_path):
    def embed(images):
        return images.float().flatten(1).numpy() - 127.5

    directions = dual_directions(world[0])
    far = run(world, directions, [toy_judge()], count=3, embed=embed)
    near = run(
        world,
        {name: 0.1 * rows for name, rows in directions.items()},
        [toy_judge()],
        3,
        embed=embed,
    )
    assert (far.identity < near.identity).all() and (near.identity > 0.95).all()
    write_results(tmp_path / "far.npz", far)
    assert np.array_equal(read_results(tmp_path / "far.npz").identity, far.identity)
    assert np.array_equal(merge_results([far, near]).identity[3:], near.identity)


def test_a_retest_draws_fresh_noise_that_its_seed_decides():
    generator = build_generator(32, 16, 16, 64, 8, seed=1).eval()
    for name, parameter in generator.named_parameters():
        if name.endswith("apply_noise.weight"):
            torch.nn.init.constant_(parameter, 0.5)
    z = torch.randn(2, 16, generator=torch.Generator().manual_seed(0))
    directions = {name: np.eye(16, dtype=np.float32) for name in STEERED}
    cutoffs = dict.fromkeys(GROUPING, 0.0)
    first, again, other = (
        measure_faces(
            generator,
            linear_edit(directions, 1.0),
            [toy_judge()],
            cutoffs,
            z,
            None,
            noise_seed=seed,
        ).judges["scorer"]
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first.slopes, again.slopes)
    assert not np.array_equal(first.slopes, other.slopes)


def test_responses_match_numpy():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(2, 50, 4))
    scores[1, :, 2] = 3.0
    correlations, slopes = responses(TEST_OFFSETS, scores)
    assert correlations[0, 1, 2] == pytest.approx(
        np.corrcoef(scores[0, :, 1], TEST_OFFSETS[:, 2])[0, 1]
    )
    design = np.c_[np.ones(50), TEST_OFFSETS]
    assert np.allclose(slopes[0, 3], np.linalg.lstsq(design, scores[0, :, 3], rcond=None)[0][1:])
    assert np.array_equal(correlations[1, 2], np.zeros(3))


def test_summary_has_both_judges_and_is_json(world):
    blind = Judge("parser", PROPERTIES, lambda x: np.zeros((len(x), 8), np.float32))
    attributes = Judge("attributes", ("gender",), lambda x: np.zeros((len(x), 1), np.float32))
    results = run(world, dual_directions(world[0]), [toy_judge(), blind, attributes], count=4)
    summary = summarise(results, "dual", 0.4, "chosen", PASS_AT)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["faces"] == 4 and summary["unit"] == 0.4 and summary["method"] == "dual"
    assert set(summary["judges"]) == {"scorer", "parser"}
    for judge in summary["judges"].values():
        assert {"mean_r", "pass_share", "leakage_rms"} <= set(judge)
    assert summary["judges"]["scorer"]["pass_share"] == 1
    assert summary["judges"]["parser"]["pass_share"] == 0
    assert list(summary["bystanders"]["attributes"]["response"]) == ["gender"]
    low, high = summary["judges"]["scorer"]["intervals_95"]["mean_r"]["eyes"]
    assert low <= summary["judges"]["scorer"]["mean_r"]["eyes"] <= high
    assert len(judgements_table(results, PASS_AT)) == 8


def test_a_direction_that_points_down_fails(world):
    directions = dual_directions(world[0])
    directions["mouth"] = -directions["mouth"]
    table = cases_table(run(world, directions, [toy_judge()], count=3), PASS_AT)
    assert (table["mouth_corr"] < -0.9).all() and not table["passed"].any()


def test_published_faces_pass_by_the_published_rule(fixtures_dir):
    table = pd.read_csv(fixtures_dir / "E3_v8_test_result.csv")
    correlations = -table[["eyes_corr", "mouth_corr", "pose_corr"]].to_numpy()
    passed = passes_rule(correlations, PASS_AT)
    assert len(table) == 2000 and passed.sum() == 49
    assert np.array_equal(passed, table["passed"].astype(bool))
    assert np.allclose(correlations.mean(0), [0.8744, 0.8465, 0.8735], atol=5e-5)


def test_a_damaged_shard_gets_one_message(tmp_path):
    (tmp_path / "0000.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"0000\.npz"):
        read_results(tmp_path / "0000.npz")


def test_other_names_and_offsets(world, tmp_path):
    generator, (samples, _) = world
    names = Names(PROPERTIES, ("hair_color", "pose"), ("mouth",))
    cutoffs = {"mouth": float(np.median(samples.score("mouth")))}
    basis = torch.linalg.pinv(generator.normals).T.numpy()
    directions = {name: np.repeat(basis[[PROPERTIES.index(name)]], 2, 0) for name in names.steered}
    offsets = combine_offsets({"hair_color": (-1, 0.5, 1), "pose": (0, 1)})
    results = measure_faces(
        generator,
        linear_edit(directions, 1.0),
        [toy_judge()],
        cutoffs,
        toy_faces(6),
        None,
        names=names,
        offsets=offsets,
        first_case=30,
    )
    write_results(tmp_path / "0.npz", results)
    results = read_results(tmp_path / "0.npz")
    assert results.names == names and np.array_equal(results.cases, np.arange(30, 36))
    assert results.own_columns("scorer") == [PROPERTIES.index(name) for name in names.steered]
    assert results.judges["scorer"].slopes.shape == (6, 8, 2)
    assert (results.own_correlations("scorer") > 0.98).all()
    table = cases_table(results, {"hair_color": 0.9, "pose": 0.9})
    assert list(table) == ["case", "group", "hair_color_corr", "pose_corr", "passed"]
    assert set(table["group"]) <= {"h", "l"} and table["passed"].all()
    summary = summarise(results, "dual", 1.0, "", {"hair_color": 0.9, "pose": 0.9})
    assert set(summary["judges"]["scorer"]["mean_r"]) == {"hair_color", "pose"}
    assert summary["judges"]["scorer"]["leakage_rms"] < 0.02


def test_the_rule_of_each_property_counts():
    correlations = np.array([[0.95, 0.7], [0.7, 0.95], [0.9, 0.6], [np.nan, 1]])
    assert passes_rule(correlations, {"a": 0.9, "b": 0.6}).tolist() == [True, False, True, False]


def test_passed_faces_come_first_and_then_the_surest():
    cases = pd.DataFrame(
        {
            "case": [0, 1, 2, 3],
            "eyes_corr": [0.9, 0.99, 0.95, 0.97],
            "pose_corr": [0.99, 0.1, 0.96, 0.98],
            "passed": [1, 0, 1, 1],
        }
    )
    assert best_first(cases)["case"].tolist() == [3, 2, 0, 1]
    assert best_first(cases)["least"].tolist() == [0.97, 0.95, 0.9, 0.1]
