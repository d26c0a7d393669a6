"""The property scorer learns, is differentiable, merges, saves and resumes."""

import filecmp

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.killing import kill_three_times
from helpers.published import PROPERTIES

from vectorfind.config.scoring import PropertyCnnConfig
from vectorfind.errors import InputError
from vectorfind.scoring import (
    PropertyScorer,
    load_scorer,
    merge_scorers,
    property_training,
    save_scorer,
    score_images,
)
from vectorfind.scoring.property_cnn import Look, look_of
from vectorfind.scoring.property_training import train_property_scorer
from vectorfind.scoring.views import crop
from vectorfind.vocabulary import PUBLISHED, Input, View

CPU = torch.device("cpu")
INPUTS = {name: PUBLISHED.properties[name].input for name in ("mouth", "background_mean")}
NUMBERS = {"mouth": 3, "background_mean": 5}
CONFIG = PropertyCnnConfig(
    epochs=10, patience=10, batch_size=32, learning_rate=3e-3, validation_share=0.2
)


def faces(count=300, size=32, seed=0):
    """Noise whose upper half has another brightness and whose mouth another redness."""
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((count, 2)).clip(-2, 2)
    images = 100 + 20 * rng.random((count, size, size, 3))
    images[:, : size // 2] += 25 * scores[:, 0, None, None, None]
    mouth = (slice(size * 5 // 8, size * 13 // 16), slice(size * 3 // 8, size * 5 // 8))
    images[:, *mouth, 0] += 40 * scores[:, 1, None, None]
    table = pd.DataFrame(scores, columns=["background_mean", "mouth"])
    return images.clip(0, 255).astype(np.uint8), table


def train(folder, inputs=INPUTS, config=CONFIG, numbers=NUMBERS):
    images, scores = faces()
    named = {"seed": 5, "numbers": numbers, "work_folder": folder, "device": CPU}
    return train_property_scorer(images, scores, inputs, config, **named)


def untrained(*properties, size=64):
    torch.manual_seed(0)
    names = properties or PROPERTIES
    inputs = {name: PUBLISHED.properties[name].input for name in names}
    looks = {name: look_of(seen, size, size) for name, seen in inputs.items()}
    return PropertyScorer(looks).eval()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(tmp_path_factory.mktemp("property"))


def test_learns_and_reports_held_out_correlation(trained):
    scorer, figures, _ = trained
    assert scorer.properties == ("mouth", "background_mean")
    assert scorer.negated == ()
    assert (figures["images"], figures["held_out"]) == (300, 60)
    images, scores = faces(seed=1)
    predicted = score_images(scorer, images)
    assert predicted.dtype == np.float32
    for column, name in enumerate(scorer.properties):
        assert np.corrcoef(predicted[:, column], scores[name])[0, 1] > 0.95
        assert figures["properties"][name]["correlation"] > 0.95


def test_what_was_predicted_is_kept_beside_what_was_measured(trained):
    _, figures, held_out = trained
    _, scores = faces()
    assert list(held_out.columns) == ["property", "place", "measured", "predicted"]
    for name, own in held_out.groupby("property"):
        assert len(own) == figures["held_out"]
        assert (own.measured == scores[name].to_numpy()[own.place]).all()
        correlation = np.corrcoef(own.measured, own.predicted)[0, 1]
        assert correlation == pytest.approx(figures["properties"][name]["correlation"], abs=1e-4)


def test_regressors_trained_apart_equal_those_trained_together(trained, tmp_path):
    scorer, figures, _ = trained
    names = ("background_mean", "mouth")
    parts = [train(tmp_path, {name: INPUTS[name]}) for name in names]
    merged = merge_scorers([part for part, *_ in parts], order=scorer.properties)
    assert merged.properties == scorer.properties and not merged.training
    for name, value in scorer.state_dict().items():
        assert torch.equal(merged.state_dict()[name], value), name
    assert parts[1][1]["properties"]["mouth"] == figures["properties"]["mouth"]


def test_numbers_decide_the_first_weights(trained, tmp_path):
    """By default they count the inputs, whatever these are called."""
    short = CONFIG.model_copy(update={"epochs": 1})
    (same, *_), (counted, *_), (other, *_) = (
        train(tmp_path / name, {"mouth": INPUTS["mouth"]}, short, numbers)
        for name, numbers in (("a", {"mouth": 0}), ("b", None), ("c", {"mouth": 4}))
    )
    one, two, three = (scorer.state_dict().values() for scorer in (same, counted, other))
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one, three, strict=True))


def test_merged_scorers_have_the_order_asked_for():
    parts = [untrained("pose", "eyes"), untrained("mouth")]
    merged, turned = merge_scorers(parts), merge_scorers(parts, ("mouth", "eyes", "pose"))
    assert merged.properties == ("pose", "eyes", "mouth") and merged.negated == ("pose",)
    assert turned.properties == ("mouth", "eyes", "pose") and turned.negated == ("pose",)
    images = torch.rand(3, 3, 64, 64)
    with torch.inference_mode():
        wanted = torch.cat([part(images) for part in parts], dim=1)
        assert torch.equal(merged(images), wanted)
        assert torch.equal(turned(images), wanted[:, [2, 1, 0]])
    assert turned.looks["pose"] == parts[0].looks["pose"]


def test_merging_the_same_property_twice_is_refused():
    with pytest.raises(ValueError, match=r"scorers of \['eyes', 'eyes', 'mouth'\], wanted once"):
        merge_scorers([untrained("eyes"), untrained("eyes", "mouth")])


@pytest.mark.parametrize("order", [("eyes",), ("eyes", "pose"), ("eyes", "mouth", "pose")])
def test_merging_into_other_properties_is_refused(order):
    with pytest.raises(ValueError, match=r"scorers of \['eyes', 'mouth'\], wanted once each"):
        merge_scorers([untrained("eyes"), untrained("mouth")], order)


@pytest.mark.parametrize("size", [32, 48, 64, 100, 256])
def test_any_resolution_and_gradients_inside_the_windows_only(size):
    scorer = untrained(size=size)
    images = torch.rand(2, 3, size, size, requires_grad=True)
    scores = scorer(images)
    assert scores.shape == (2, 8)
    for name, score in zip(scorer.properties, scores.T, strict=True):
        gradient = torch.autograd.grad(score.sum(), images, retain_graph=True)[0]
        inside = crop(gradient, PUBLISHED.properties[name].view).abs().sum()
        assert inside > 0
        torch.testing.assert_close(inside, gradient.abs().sum())


def test_forward_mode_and_vmap_jacobians_agree():
    scorer, image = untrained(), torch.rand(3, 64, 64)

    def score(picture):
        return scorer(picture[None])[0]

    steps = torch.randn(3, 64, 64)
    _, forward = torch.func.jvp(score, (image,), (steps,))
    reverse = torch.func.jacrev(score)(image).flatten(1) @ steps.flatten()
    torch.testing.assert_close(forward, reverse, rtol=1e-3, atol=1e-4)


def test_scores_hardly_depend_on_batches_and_ignore_train_mode():
    scorer, (images, _) = untrained(), faces(40, 64)
    whole = score_images(scorer.train(), images)
    np.testing.assert_allclose(score_images(scorer, images, batch_size=7), whole, atol=1e-5)


def test_saved_scorer_scores_the_same(tmp_path):
    scorer, (images, _) = untrained(), faces(10, 64)
    save_scorer(tmp_path / "scorer.safetensors", scorer)
    again = load_scorer(tmp_path / "scorer.safetensors")
    assert not again.training
    assert again.properties == PROPERTIES and again.looks == scorer.looks
    assert again.negated == ("pose",)
    assert (score_images(again, images) == score_images(scorer, images)).all()
    save_scorer(tmp_path / "copy.safetensors", again)
    assert filecmp.cmp(
        tmp_path / "scorer.safetensors", tmp_path / "copy.safetensors", shallow=False
    )


def test_bad_targets_are_named(tmp_path):
    images, scores = faces(30)
    scores.loc[3, "mouth"] = np.nan
    arguments = {"seed": 1, "work_folder": tmp_path, "device": CPU}
    with pytest.raises(InputError, match="missing in mouth"):
        train_property_scorer(images, scores, INPUTS, CONFIG, **arguments)
    with pytest.raises(InputError, match="10 images are too few"):
        train_property_scorer(images[:10], scores[:10], INPUTS, CONFIG, **arguments)
    with pytest.raises(ValueError, match="30 images but 29 rows"):
        train_property_scorer(images, scores[:29], INPUTS, CONFIG, **arguments)


def test_scores_that_are_not_learned_may_be_missing(tmp_path):
    images, scores = faces(30)
    scores["smile"] = np.nan
    config = CONFIG.model_copy(update={"epochs": 1})
    arguments = {"seed": 1, "work_folder": tmp_path, "device": CPU}
    inputs = {"mouth": INPUTS["mouth"]}
    scorer, figures, _ = train_property_scorer(images, scores, inputs, config, **arguments)
    assert scorer.properties == tuple(figures["properties"]) == ("mouth",)


def test_a_property_of_ones_own_is_seen_as_it_says(tmp_path):
    seen = Input(View(((0, 1 / 2, 0, 1),), max_height=8), negated=True)
    look = look_of(seen, 64, 64)
    assert look == Look(seen.view, (8, 16), True)
    torch.manual_seed(0)
    scorer = PropertyScorer({"smile": look}).eval()
    assert scorer.properties == scorer.negated == ("smile",)
    save_scorer(tmp_path / "scorer.safetensors", scorer)
    again = load_scorer(tmp_path / "scorer.safetensors")
    assert again.looks == {"smile": look}
    images = torch.rand(2, 3, 64, 64)
    assert torch.equal(again(images), scorer(images))


@pytest.mark.parametrize("negated", [True, False])
def test_pictures_are_mirrored_unless_the_score_changes_sign(negated, tmp_path, monkeypatch):
    mirrored = []
    monkeypatch.setattr(property_training, "_mirror", lambda x: mirrored.append(len(x)) or x)
    seen = INPUTS["mouth"]._replace(negated=negated)
    train(tmp_path, {"mouth": seen}, CONFIG.model_copy(update={"epochs": 1}))
    assert bool(mirrored) is not negated


def test_three_kills_leave_no_trace(trained, tmp_path):
    kill_three_times(train, tmp_path)
    resumed, figures, held_out = train(tmp_path)
    assert figures == trained[1] and held_out.equals(trained[2])
    for name, value in trained[0].state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name
