import numpy as np
import pytest
import torch
from helpers.published import GROUPING, GROUPS, STEERED
from helpers.small_bundle import directions, scorer_in, vectors

from vectorfind.bundle import load_bundle, save_bundle
from vectorfind.directions.edits import linear_edit
from vectorfind.directions.score_model import ScoreModel
from vectorfind.directions.surrogate_edit import surrogate_edit
from vectorfind.errors import InputError
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.images import to_network_range
from vectorfind.judges.judge import scorer_judge
from vectorfind.scoring import load_scorer
from vectorfind.stylegan import build_generator, draw_latents
from vectorfind.vocabulary import PUBLISHED_NAMES


@pytest.fixture
def scorer_file(tmp_path):
    return scorer_in(tmp_path)


def save(path, scorer_file, **changed):
    generator = build_generator(32, 16, 16, 64, 8, label_dim=7, seed=3)
    facts = {"unit_why": "because", "seeds": {"samples": 3}, "figures": {"eyes": [0.9]}}
    save_bundle(path, generator, scorer_file, directions(**changed), facts)
    return path, generator


@pytest.fixture
def saved(tmp_path, scorer_file):
    return save(tmp_path / "vectorfind_v8.pt", scorer_file)


def test_a_bundle_draws_what_its_generator_draws(saved):
    path, generator = saved
    face = load_bundle(path)
    z = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    w = generator.eval().mapping(z, torch.zeros(3, 7))
    with torch.inference_mode():
        wanted = ((generator.synthesis(w) + 1) * 127.5).clamp(0, 255).round().permute(0, 2, 3, 1)
    drawn = face.generate(z)
    assert drawn.shape == (3, 32, 32, 3) and drawn.dtype == np.uint8
    assert np.abs(drawn.astype(int) - wanted.numpy()).max() <= 1
    assert not np.array_equal(face.generate(z, eyes=2.0), drawn)


def test_a_bundle_keeps_everything_it_was_given(saved):
    face = load_bundle(saved[0])
    for name in STEERED:
        assert np.array_equal(face.directions.vectors[name], vectors()[name])
    assert face.directions.unit == 0.5 and face.directions.method == "svm" and not face.bends
    assert face.facts["seeds"] == {"samples": 3} and face.facts["unit_why"] == "because"
    assert face.names == PUBLISHED_NAMES and face.directions.cutoffs == dict.fromkeys(GROUPING, 0.0)
    assert face.scorer.negated == ("pose",)
    assert np.array_equal(face.population.w_covariance, np.eye(16))


def test_the_file_is_plain_data(saved):
    content = torch.load(saved[0], weights_only=True)
    assert content["format_version"] == 3 and content["groups"] == list(GROUPS)
    assert content["directions"]["eyes"].shape == (16, 16)
    assert content["generator"]["label_dim"] == 7


def test_the_embedded_scorer_scores_as_its_file(saved, scorer_file):
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    with torch.inference_mode():
        wanted = load_scorer(scorer_file)(to_network_range(images))
        found = load_bundle(saved[0]).scorer(to_network_range(images))
    assert torch.equal(found, wanted)


def test_closed_loop_and_image_test_run_on_a_bundle(saved):
    face = load_bundle(saved[0])
    z, label = draw_latents(3, 0, 2, 16, 7)
    steered = face.steer(z, eyes=0.1, label=label)
    assert steered.images.shape == (2, 32, 32, 3) and np.isfinite(steered.error).all()
    judges = [scorer_judge(face.scorer)]
    edit, cutoffs = face.directions.edit, face.directions.cutoffs
    results = measure_faces(face.generator, edit, judges, cutoffs, z, label)
    assert results.judges["scorer"].slopes.shape == (2, 8, 3)


def test_a_direction_moves_w_by_the_unit(saved):
    face = load_bundle(saved[0])
    w = face.map(np.zeros((1, 16)))
    offsets = torch.tensor([[[0.0, 2.0, 0.0]]])
    moved = face.directions.edit(w, torch.tensor([5]), offsets)[0, 0]
    assert np.allclose(moved - w[0], 0.5 * 2.0 * vectors()["mouth"][5], atol=1e-6)


def test_a_bundle_carries_the_model_that_bends_its_edits(tmp_path, scorer_file):
    torch.manual_seed(4)
    model = ScoreModel(16, 12, 3).eval()
    model.own.copy_(torch.tensor([0, 3, 4]))
    bent = {"method": "surrogate", "score_model": model}
    path, _ = save(tmp_path / "vectorfind_v8.pt", scorer_file, **bent)
    face = load_bundle(path)
    assert face.bends
    w, groups, offsets = face.map(np.ones((2, 16))), torch.tensor([5, 6]), torch.ones(2, 4, 3)
    straight = linear_edit(vectors(), 0.5)
    wanted = surrogate_edit(model, straight)(w, groups, offsets)
    assert torch.equal(face.directions.edit(w, groups, offsets), wanted)
    found = face.directions.straight(w, groups, offsets)
    assert torch.equal(found, straight(w, groups, offsets)) and not torch.allclose(found, wanted)


def test_a_bundle_without_the_model_it_needs_is_refused(tmp_path, scorer_file):
    path, _ = save(tmp_path / "vectorfind_v8.pt", scorer_file, method="surrogate")
    with pytest.raises(InputError, match="model of the scores"):
        load_bundle(path).generate(np.zeros(16))


def test_a_bundle_without_groups_steers_what_it_names(tmp_path, scorer_file):
    rows = {"hair_color": vectors()["eyes"][:1]}
    path, _ = save(tmp_path / "vectorfind_v8.pt", scorer_file, vectors=rows, cutoffs={})
    face = load_bundle(path)
    assert face.names.steered == ("hair_color",) and face.names.groups == ("all",)
    z = draw_latents(3, 0, 2, 16, 0)[0]
    assert not np.array_equal(face.generate(z, hair_color=3.0), face.generate(z))
    with pytest.raises(InputError, match="'eyes' is not steered"):
        face.generate(z, eyes=1.0)


def without(key):
    return lambda content: content.pop(key)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("directions"), "incomplete or damaged"),
        (without("scorer"), "incomplete or damaged"),
        (lambda c: c["generator"]["weights"].pop("synthesis.layer0.const"), "const"),
        (lambda c: c["directions"].update(eyes=torch.zeros(16, 5)), "directions"),
        (lambda c: c["directions"].update(mouth=torch.zeros(8, 16)), "for 16 groups"),
        (lambda c: c["population"].pop("w_mean"), "incomplete or damaged"),
        (lambda c: c.update(format_version=99), "format 99"),
        (lambda c: c.update(format_version=2), "format 2, .*build the bundle again"),
        (lambda c: c.update(format="something"), "not a VectorFind bundle"),
    ],
)
def test_a_damaged_bundle_gets_one_message(saved, change, message):
    content = torch.load(saved[0], weights_only=True)
    change(content)
    torch.save(content, saved[0])
    with pytest.raises(InputError, match=message) as caught:
        load_bundle(saved[0])
    assert str(saved[0]) in str(caught.value)


def test_files_that_are_no_bundle_get_one_message(saved, tmp_path):
    half = tmp_path / "half.pt"
    half.write_bytes(saved[0].read_bytes()[:5000])
    with pytest.raises(InputError, match="truncated or damaged"):
        load_bundle(half)
    with pytest.raises(InputError, match="no such file"):
        load_bundle(tmp_path / "none.pt")
