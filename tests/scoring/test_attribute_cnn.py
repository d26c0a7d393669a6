"""Attribute CNNs learn, stop, are retried, resume, and say what is wrong with the labels."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from helpers.killing import kill_three_times
from sklearn.metrics import roc_auc_score

from vectorfind.config.scoring import AttributeCnnConfig
from vectorfind.errors import InputError
from vectorfind.scoring import (
    AttributeEnsemble,
    load_ensemble,
    save_ensemble,
    score_attributes,
)
from vectorfind.scoring.attribute_training import train_attribute
from vectorfind.scoring.views import input_size
from vectorfind.vocabulary import PUBLISHED, View

CPU = torch.device("cpu")
GLASS = PUBLISHED.attributes["glass"].view
CONFIG = AttributeCnnConfig(
    folds=2, epochs=12, patience=12, batch_size=16, learning_rate=5e-3, tries=2
)


def faces_with_glasses(count=120, share=0.2, seed=0, size=32):
    """Noise with a dark bar in the window of `glass` where the label is 1."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) < share * count).astype(np.int64)
    rng.shuffle(labels)
    images = rng.integers(90, 200, (count, size, size, 3), dtype=np.uint8)
    images[labels == 1, size * 3 // 8 : size * 7 // 16, size // 4 : size * 3 // 4] //= 2
    return images, labels


def train(folder, config=CONFIG, **named):
    images, labels = faces_with_glasses()
    named = {"view": GLASS, "seed": 3, "work_folder": folder, "device": CPU} | named
    return train_attribute("glass", images, labels, config, **named)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(tmp_path_factory.mktemp("glass"))


def test_learns_what_it_can_see(trained):
    ensemble, figures, _ = trained
    images, labels = faces_with_glasses(seed=1)
    scores = score_attributes(ensemble, images)
    assert scores.dtype == np.float32
    assert scores[labels == 1].min() > scores[labels == 0].max()
    assert figures["validation_auroc"] > 0.98
    assert figures["positives"] == 24
    assert [fold["positives"] for fold in figures["folds"]] == [12, 12]
    assert all(fold["validation_loss"] < fold["guessing_loss"] for fold in figures["folds"])


def test_every_image_is_scored_once_by_the_fold_that_did_not_learn_it(trained):
    _, figures, held_out = trained
    _, labels = faces_with_glasses()
    assert sorted(held_out.place) == list(range(120))
    assert (held_out.label == labels[held_out.place]).all()
    for number, fold in enumerate(figures["folds"], 1):
        own = held_out[held_out.fold == number]
        assert roc_auc_score(own.label, own.score) == pytest.approx(fold["validation_auroc"])


def test_scores_do_not_depend_on_batches_and_ignore_train_mode(trained):
    ensemble, *_ = trained
    images, _ = faces_with_glasses(seed=2)
    whole = score_attributes(ensemble.train(), images, batch_size=256)
    np.testing.assert_allclose(score_attributes(ensemble, images, batch_size=7), whole, atol=1e-5)


def test_score_is_the_mean_of_the_folds(trained):
    ensemble, *_ = trained
    images = torch.rand(3, 3, 32, 32)
    view = images[:, :, 10:16, 8:24]
    folds = torch.stack([torch.sigmoid(network(view)) for network in ensemble.networks])
    torch.testing.assert_close(ensemble(images), folds.mean(0))


def test_larger_images_are_seen_reduced(trained):
    ensemble, *_ = trained
    images, _ = faces_with_glasses(seed=2)
    enlarged = images.repeat(4, axis=1).repeat(4, axis=2)
    np.testing.assert_allclose(
        score_attributes(ensemble, enlarged), score_attributes(ensemble, images), atol=1e-4
    )


@pytest.mark.parametrize("size", [32, 64, 128, 256])
@pytest.mark.parametrize("attribute", PUBLISHED.attributes)
def test_one_network_fits_every_window(attribute, size):
    view = PUBLISHED.attributes[attribute].view
    ensemble = AttributeEnsemble(attribute, input_size(view, size, size), 1, view)
    assert ensemble.size[0] <= 64
    assert ensemble.eval()(torch.rand(2, 3, size, size)).shape == (2,)


def test_only_the_view_it_was_made_for_is_seen(tmp_path):
    """An attribute of the user's own: two windows beside each other, reduced."""
    view = View(((0, 1 / 4, 0, 1), (3 / 4, 1, 0, 1)), max_height=4)
    torch.manual_seed(0)
    ensemble = AttributeEnsemble("hat", input_size(view, 32, 32), 2, view).eval()
    assert ensemble.size == (4, 32)
    images = torch.rand(2, 3, 32, 32, requires_grad=True)
    gradient = torch.autograd.grad(ensemble(images).sum(), images)[0].abs().sum((0, 1, 3))
    assert (gradient[8:24] == 0).all() and (gradient[:8] > 0).any() and (gradient[24:] > 0).any()
    save_ensemble(tmp_path / "hat.safetensors", ensemble)
    again = load_ensemble(tmp_path / "hat.safetensors")
    assert again.view == view and torch.equal(again(images), ensemble(images))


def test_saved_ensemble_scores_the_same(trained, tmp_path):
    # Files keep weights in the plain layout, in which the last digit may be rounded otherwise.
    ensemble = deepcopy(trained[0]).to(memory_format=torch.contiguous_format)
    images, _ = faces_with_glasses(seed=2)
    save_ensemble(tmp_path / "glass.safetensors", trained[0])
    again = load_ensemble(tmp_path / "glass.safetensors")
    assert not again.training and again.attribute == "glass"
    assert again.view == GLASS and again.size == ensemble.size
    assert (score_attributes(again, images) == score_attributes(ensemble, images)).all()


def test_warm_start_begins_where_the_earlier_one_ended(trained, tmp_path):
    ensemble, figures, _ = trained
    config = CONFIG.model_copy(update={"epochs": 1, "warm_start_learning_rate": 1e-5})
    _, warm, _ = train(tmp_path, config, initial=ensemble)
    for fold, before in zip(warm["folds"], figures["folds"], strict=True):
        assert fold["validation_loss"] < before["validation_loss"] + 0.05


def test_weights_to_start_from_must_fit(tmp_path):
    other = AttributeEnsemble("glass", (12, 32), 2, GLASS)
    with pytest.raises(InputError, match="start without them"):
        train(tmp_path, initial=other)


def test_too_few_of_a_class_is_said(tmp_path):
    images, labels = faces_with_glasses(share=0.01)
    with pytest.raises(InputError, match=r"labels\.csv: glass has 2 .* 118 .*5 folds"):
        train_attribute(
            "glass",
            images,
            labels,
            AttributeCnnConfig(),
            view=GLASS,
            seed=1,
            work_folder=tmp_path,
            device=CPU,
            source="labels.csv",
        )


def test_labels_that_mean_nothing_fail_after_the_tries(tmp_path, caplog):
    images, labels = faces_with_glasses(count=60)
    shuffled = np.random.default_rng(9).permutation(labels)
    # One step at a huge rate: no fold can be better than the base rate.
    config = CONFIG.model_copy(update={"epochs": 1, "learning_rate": 100.0})
    with pytest.raises(InputError, match=r"glass, fold 1 of 2.*2 tries.*12 .*labelled 1 and 48"):
        named = {"view": GLASS, "seed": 1, "work_folder": tmp_path, "device": CPU}
        train_attribute("glass", images, shuffled, config, **named)
    assert caplog.text.count("no better than guessing in try") == 2


def test_other_file_is_refused(tmp_path):
    (tmp_path / "x.safetensors").write_text("text")
    with pytest.raises(InputError, match=r"x\.safetensors"):
        load_ensemble(tmp_path / "x.safetensors")
    with pytest.raises(InputError, match="none"):
        load_ensemble(tmp_path / "none")


def test_three_kills_leave_no_trace(trained, tmp_path):
    kill_three_times(train, tmp_path)
    resumed, figures, held_out = train(tmp_path)
    assert figures == trained[1] and held_out.equals(trained[2])
    for name, value in trained[0].state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name
