"""The property scorer learns, is differentiable, merges, saves and resumes."""

import numpy as np
import pandas as pd
import pytest
import torch
from killing import kill_three_times

from vectorfind.config import PropertyCnnConfig
from vectorfind.errors import InputError
from vectorfind.names import PROPERTIES
from vectorfind.scoring import (
    PropertyScorer,
    load_scorer,
    merge_scorers,
    save_scorer,
    score_images,
)
from vectorfind.scoring.property_training import train_property_scorer
from vectorfind.scoring.windows import PROPERTY_VIEWS, crop, input_size

CPU = torch.device("cpu")
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


def train(folder, config=CONFIG, **named):
    images, scores = faces()
    return train_property_scorer(
        images, scores, config, seed=5, work_folder=folder, device=CPU, **named
    )


def untrained(*properties, size=64):
    torch.manual_seed(0)
    names = properties or PROPERTIES
    sizes = {name: input_size(PROPERTY_VIEWS[name], size, size) for name in names}
    return PropertyScorer(sizes).eval()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(tmp_path_factory.mktemp("property"))


def test_learns_and_reports_held_out_correlation(trained):
    scorer, figures = trained
    assert scorer.properties == ("mouth", "background_mean")
    assert (figures["images"], figures["held_out"]) == (300, 60)
    images, scores = faces(seed=1)
    predicted = score_images(scorer, images)
    assert predicted.dtype == np.float32
    for column, name in enumerate(scorer.properties):
        assert np.corrcoef(predicted[:, column], scores[name])[0, 1] > 0.95
        assert figures["properties"][name]["correlation"] > 0.95


def test_regressors_trained_apart_equal_those_trained_together(trained, tmp_path):
    scorer, figures = trained
    parts = [train(tmp_path, properties=(name,)) for name in ("background_mean", "mouth")]
    merged = merge_scorers(*(part for part, _ in parts))
    assert merged.properties == scorer.properties
    for name, value in scorer.state_dict().items():
        assert torch.equal(merged.state_dict()[name], value), name
    assert parts[1][1]["properties"]["mouth"] == figures["properties"]["mouth"]


def test_merging_the_same_property_twice_is_refused():
    with pytest.raises(ValueError, match="both scorers have eyes"):
        merge_scorers(untrained("eyes"), untrained("eyes", "mouth"))


@pytest.mark.parametrize("size", [32, 48, 64, 100, 256])
def test_any_resolution_and_gradients_inside_the_windows_only(size):
    scorer = untrained(size=size)
    images = torch.rand(2, 3, size, size, requires_grad=True)
    scores = scorer(images)
    assert scores.shape == (2, 8)
    for name, score in zip(scorer.properties, scores.T, strict=True):
        gradient = torch.autograd.grad(score.sum(), images, retain_graph=True)[0]
        inside = crop(gradient, PROPERTY_VIEWS[name]).abs().sum()
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
    assert again.properties == PROPERTIES
    assert (score_images(again, images) == score_images(scorer, images)).all()


def test_bad_targets_are_named(tmp_path):
    images, scores = faces(30)
    scores.loc[3, "mouth"] = np.nan
    arguments = {"seed": 1, "work_folder": tmp_path, "device": CPU}
    with pytest.raises(InputError, match="missing in mouth"):
        train_property_scorer(images, scores, CONFIG, **arguments)
    with pytest.raises(InputError, match="10 images are too few"):
        train_property_scorer(images[:10], scores[:10], CONFIG, **arguments)


def test_three_kills_leave_no_trace(trained, tmp_path):
    kill_three_times(train, tmp_path)
    resumed, figures = train(tmp_path)
    assert figures == trained[1]
    for name, value in trained[0].state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name
