import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.published import GROUPS, STEERED
from helpers.toy_world import ToyGenerator, toy_directions, toy_faces, toy_samples

from vectorfind.directions.directions import (
    Directions,
    describe_directions,
    from_state,
    read_directions,
    write_direction,
    write_directions,
)
from vectorfind.directions.dual import DualFinder
from vectorfind.directions.edits import TEST_OFFSETS
from vectorfind.directions.score_model import new_score_model
from vectorfind.errors import InputError
from vectorfind.samples.population import Population
from vectorfind.samples.vectors import read_vectors, write_vectors
from vectorfind.vocabulary import PUBLISHED_NAMES


@pytest.fixture(scope="module")
def world():
    generator = ToyGenerator()
    return generator, toy_directions(DualFinder(), *toy_samples(generator), "dual", unit=0.5)


def of_one_group(score_model=None):
    """Directions of two properties, one of them new, without any grouping."""
    rng = np.random.default_rng(0)
    rows = {name: rng.normal(size=(1, 5)).astype(np.float32) for name in ("smile", "eyes")}
    zeros, ones = np.zeros(3, np.float32), np.ones(3, np.float32)
    population = Population(
        zeros, ones, np.stack([-ones, ones]), np.zeros(5, np.float32), np.eye(5, dtype=np.float32)
    )
    return Directions(
        method="svm",
        unit=0.7,
        vectors=rows,
        cutoffs={},
        properties=("eyes", "mouth", "smile"),
        population=population,
        score_model=score_model,
    )


def assert_same(one, other):
    assert (one.method, one.unit, one.cutoffs) == (other.method, other.unit, other.cutoffs)
    assert one.properties == other.properties and one.names == other.names
    assert list(one.vectors) == list(other.vectors)
    for name, rows in one.vectors.items():
        assert np.array_equal(rows, other.vectors[name]) and rows.dtype == np.float32
    for name, values in vars(one.population).items():
        assert np.array_equal(values, getattr(other.population, name))


def test_names_are_those_of_its_parts(world):
    assert world[1].names == PUBLISHED_NAMES
    names = of_one_group().names
    assert names.steered == ("smile", "eyes") and names.own == [2, 0]
    assert names.grouping == () and names.groups == ("all",)


@pytest.mark.parametrize("make", [lambda world: world[1], lambda world: of_one_group()])
def test_directions_survive_the_disk(world, make, tmp_path):
    directions = make(world)
    write_directions(tmp_path / "directions.npz", directions)
    read = read_directions(tmp_path / "directions.npz")
    assert_same(read, directions)
    assert read.score_model is None
    vectors = read_vectors(tmp_path / "directions.npz")
    assert list(vectors) == list(directions.vectors)
    assert all(np.array_equal(vectors[name], directions.vectors[name]) for name in vectors)


def test_the_file_has_an_array_per_property_that_numpy_reads(world, tmp_path):
    write_directions(tmp_path / "directions.npz", world[1])
    with np.load(tmp_path / "directions.npz", allow_pickle=False) as file:
        assert tuple(file["groups"]) == GROUPS and tuple(file["steered"]) == STEERED
        assert file["eyes"].shape == (16, 24)
        assert float(file["unit"]) == 0.5 and str(file["method"]) == "dual"


def test_directions_and_model_share_a_file(world, tmp_path):
    generator, directions = world
    path = tmp_path / "directions.npz"
    model = new_score_model(directions.population, directions.names, TEST_OFFSETS, np.ones(2), 4)
    bent = replace(directions, method="surrogate", score_model=model)
    write_directions(path, bent)
    w, stored = generator.mapping(toy_faces(4)), read_directions(path)
    assert_same(stored, bent)
    assert torch.equal(stored.score_model(stored.score_model.whiten(w)), model(model.whiten(w)))
    where = torch.tensor([0, 1, 2, 3]), torch.full((4, 1, 3), 0.7)
    assert torch.equal(stored.edit(w, *where), bent.edit(w, *where))
    assert not torch.allclose(stored.edit(w, *where), stored.straight(w, *where))
    assert torch.equal(directions.edit(w, *where), directions.straight(w, *where))


def test_a_method_that_bends_needs_its_model(world):
    without = replace(world[1], method="surrogate")
    with pytest.raises(InputError, match="surrogate: the model of the scores is missing"):
        without.edit  # noqa: B018


def test_vectors_alone_survive_the_disk(tmp_path):
    vectors = of_one_group().vectors
    write_vectors(tmp_path / "vectors.npz", vectors, ("all",))
    read = read_vectors(tmp_path / "vectors.npz")
    assert list(read) == ["smile", "eyes"]
    assert all(np.array_equal(read[name], vectors[name]) for name in vectors)


def test_a_direction_is_a_row_of_numbers(world, tmp_path):
    write_direction(tmp_path / "eyes_hhhh.csv", world[1].vectors["eyes"][0])
    row = np.loadtxt(tmp_path / "eyes_hhhh.csv", delimiter=",", dtype=np.float32)
    assert np.array_equal(row, world[1].vectors["eyes"][0])


def test_damaged_directions_get_one_message(tmp_path):
    path = tmp_path / "directions.npz"
    path.write_bytes(b"nothing")
    for read in (read_directions, read_vectors):
        with pytest.raises(InputError, match=r"directions\.npz: not a readable file"):
            read(path)
    write_vectors(path, of_one_group().vectors, ("all",))
    with pytest.raises(InputError, match=r"directions\.npz: not a readable file"):
        read_directions(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"eyes": np.zeros((1, 4), np.float32)}, r"shapes \[\(1, 4\), \(1, 5\)\] for 1 groups"),
        ({"eyes": np.zeros((2, 5)), "smile": np.zeros((2, 5))}, r"shapes \[\(2, 5\)\] for 1 group"),
    ],
)
def test_vectors_that_do_not_fit_together_are_refused(tmp_path, change, says):
    state = of_one_group().state()
    state["vectors"] = state["vectors"] | change
    with pytest.raises(InputError, match=says):
        from_state(state)
    whole = of_one_group()
    write_directions(tmp_path / "directions.npz", replace(whole, vectors=state["vectors"]))
    with pytest.raises(InputError, match=rf"directions\.npz: .*{says}"):
        read_directions(tmp_path / "directions.npz")


def test_directions_are_described_in_json():
    rows = {name: np.eye(4, 5, dtype=np.float32) for name in ("eyes", "smile")}
    rows["smile"] = np.roll(rows["eyes"], 1, axis=1)
    rows["mouth"] = np.repeat(2 * rows["eyes"][:1], 4, axis=0)
    directions = replace(of_one_group(), vectors=rows, cutoffs={"eyes": 0.0, "mouth": 1.0})
    gain = dict.fromkeys(rows, np.arange(4.0))
    figures = describe_directions(directions, gain)
    assert json.loads(json.dumps(figures)) == figures
    assert figures["gain"]["smile"] == {"hh": 0, "hl": 1, "lh": 2, "ll": 3}
    assert figures["cosine_between_groups"] == {"eyes": 0, "smile": 0, "mouth": 1}
    assert figures["cosine_between_properties"] == {
        "eyes and smile": 0,
        "eyes and mouth": 0.25,
        "smile and mouth": 0,
    }


def test_one_group_is_like_itself():
    gain = {name: np.ones(1) for name in ("smile", "eyes")}
    figures = describe_directions(of_one_group(), gain)
    assert figures["cosine_between_groups"] == {"smile": 1.0, "eyes": 1.0}
    assert set(figures["cosine_between_properties"]) == {"smile and eyes"}
