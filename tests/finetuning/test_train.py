"""Fine-tuning trains what it should, keeps the best, stops in trouble."""

import numpy as np
import pytest
import torch
from helpers.finetuning import (
    FAST,
    IMAGES,
    LABELS,
    SMALL,
    V8_PARTS,
    changed,
    rows,
    same,
    small_networks,
    train,
)

from vectorfind.config.finetune import FAST_RECIPE, FineTuneConfig
from vectorfind.errors import InputError
from vectorfind.finetuning.game import Game
from vectorfind.finetuning.train import finetune
from vectorfind.stylegan import load_networks, save_networks


def test_published_recipe_trains_only_its_parts(tmp_path):
    before, after = small_networks(), train(tmp_path, LABELS)
    in_generator = changed(before.generator, after.generator)
    assert {name.split(".")[0] for name in in_generator} == {"mapping"}
    assert "mapping.label_weight" in in_generator
    in_discriminator = changed(before.discriminator, after.discriminator)
    assert in_discriminator == {
        f"layer{i}.{part}" for i in (4, 5, 6) for part in ("weight", "bias")
    }
    assert not torch.equal(before.generator.truncation.w_avg, after.generator.truncation.w_avg)
    assert not changed(after.generator, after.generator_smooth)
    figures = {name for row in rows(tmp_path) for name in row}
    assert figures == {"step", "d_loss", "g_loss", "r1_penalty", "auroc", "variety"}
    assert (tmp_path / "curves.png").exists()


def test_v8_trains_the_4x4_layers_and_the_warm_up_the_whole_discriminator(tmp_path):
    before = small_networks()
    after = train(tmp_path, generator_parts=V8_PARTS, **FAST)
    trained = {name.rsplit(".", 1)[0] for name in changed(before.generator, after.generator)}
    assert {"synthesis.layer0", "synthesis.layer1", "mapping.dense0"} <= trained
    assert not any(name.startswith("synthesis.layer2") for name in trained)
    moved = {n.split(".")[0] for n in changed(before.discriminator, after.discriminator)}
    assert moved == {"input0", *(f"layer{index}" for index in range(7))}


def test_warm_up_leaves_the_generator_and_then_the_trunk_alone(tmp_path):
    before, warm = small_networks(), train(tmp_path / "warm", **FAST | SMALL | {"steps": 5})
    assert not changed(before.generator, warm.generator)
    after = train(tmp_path / "whole", **FAST)
    moved = changed(warm.discriminator, after.discriminator)
    assert moved and {name.split(".")[0] for name in moved} == {"layer4", "layer5", "layer6"}


def test_the_average_trails_the_generator(tmp_path):
    after = train(tmp_path, ema_decay=0.9, mapping_learning_rate=1e-2)
    start, smooth, last = (
        network.mapping.dense1.weight
        for network in (small_networks().generator, after.generator_smooth, after.generator)
    )
    assert 0 < (smooth - start).norm() < (last - start).norm()


def test_learning_from_one_drawn_batch_is_the_same_game():
    """Cached features and shared fakes give the gradients that the two losses give."""
    config = FineTuneConfig(reuse_fakes=True, style_mixing=0, betas=(0, 0.99), weight_decay=0)
    game = Game(small_networks(), config, torch.device("cpu"))
    reals, label = torch.randn(4, 3, 16, 16), torch.randn(4, 7)
    torch.manual_seed(0)
    both = game.step_both(game.features(reals).detach(), label, label, reals, 1.0)

    other = Game(small_networks(), config, torch.device("cpu"))
    torch.manual_seed(0)
    alone = other.step_discriminator(reals, label, label, 1.0)
    torch.manual_seed(0)
    g_loss = other.step_generator(label, label, 4)

    for name, value in (alone | {"g_loss": g_loss}).items():
        torch.testing.assert_close(both[name], value, rtol=1e-5, atol=1e-6)
    for name, values in game.weights().items():
        # Drawing twice moved the mean w twice.
        for key in values.keys() - {"w_avg"}:
            value = values[key]
            torch.testing.assert_close(value, other.weights()[name][key], rtol=1e-4, atol=2e-5)


def test_generator_steps_until_it_has_caught_up(tmp_path, monkeypatch):
    turns = []
    play = Game.step_generator

    def counted(*arguments):
        turns.append(1)
        return play(*arguments)

    monkeypatch.setattr(Game, "step_generator", counted)
    train(tmp_path / "never", loss_ratio=1e-6)
    assert len(turns) == 4 * SMALL["steps"]
    turns.clear()
    train(tmp_path / "at once", loss_ratio=1e6)
    assert len(turns) == SMALL["steps"]


def test_the_best_look_is_returned_and_patience_ends_the_training(tmp_path):
    shares = iter([0.1, 0.5, 0.3, 0.2])

    def monitor(images):
        return {"pass_share": next(shares)}

    best = train(tmp_path / "best", monitor=monitor, steps=400, patience=2)
    until_best = train(tmp_path / "until", steps=4)
    assert same(best, until_best)
    assert rows(tmp_path / "best")[-1]["step"] < 20


def test_a_training_that_learned_nothing_says_so_and_is_not_repeated(tmp_path, monkeypatch):
    looks = []

    def monitor(images):
        looks.append(images)
        return {"pass_share": 0.5 if len(looks) == 1 else 0.4}

    settings = {"monitor": monitor, "steps": 9, "monitor_interval": 6}
    with pytest.raises(
        InputError, match=r"none of 2 looks .* \(objective 0\.500, then at most 0\.4"
    ):
        train(tmp_path, **settings)
    monkeypatch.setattr(Game, "step_generator", None)
    kept = train(tmp_path, **settings, must_learn=False)
    assert not changed(small_networks().generator, kept.generator)


def test_the_fast_recipe_replaces_the_optimisation_keys_only():
    config = FineTuneConfig(recipe="fast", steps=7, r1_interval=3, generator_parts=V8_PARTS)
    assert config.reuse_fakes and config.r1_interval == FAST_RECIPE["r1_interval"]
    assert config.steps == 7 and config.generator_parts == V8_PARTS
    assert FineTuneConfig(**config.model_dump(mode="json")) == config


def test_networks_survive_saving_and_a_second_stage(tmp_path):
    after = train(tmp_path / "v1", LABELS, **FAST)
    save_networks(tmp_path / "v1.pth", after)
    loaded = load_networks(tmp_path / "v1.pth")
    config = FineTuneConfig(**SMALL | FAST | {"generator_parts": V8_PARTS, "steps": 5})
    again = finetune(loaded, IMAGES, None, config, 5, tmp_path / "v8")
    # The warm-up only: the generator is still the average that the second stage started from.
    assert not changed(after.generator_smooth, again.generator)


@pytest.mark.parametrize(
    "keys",
    [
        {"precision": "bfloat16", "reuse_fakes": True, "r1_interval": 4},
        {"channels_last": True},
        {"generator_labels": "random"},
    ],
)
def test_options_run_and_stay_near(tmp_path, keys):
    plain = train(tmp_path / "plain", **FAST)
    other = train(tmp_path / "other", **FAST | keys)
    distance = torch.dist(
        other.generator.mapping.dense0.weight, plain.generator.mapping.dense0.weight
    )
    assert distance < 0.1 * plain.generator.mapping.dense0.weight.norm()


def test_divergence_is_stopped_with_the_key_to_change(tmp_path):
    with pytest.raises(InputError, match=r"(d_loss|g_loss).*finetune\.v8\.\w+learning_rate"):
        train(tmp_path, discriminator_learning_rate=1e20, monitor_interval=100)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES[:, :8], None, "16 pixels"),
        (IMAGES[:3], None, "3 real images are fewer than a batch of 4"),
        (IMAGES, LABELS[:, :5], r"expected \(40, 7\)"),
        (IMAGES, np.full_like(LABELS, np.nan), "not finite"),
    ],
)
def test_unfit_input_is_explained(tmp_path, images, labels, message):
    with pytest.raises(InputError, match=message):
        finetune(small_networks(), images, labels, FineTuneConfig(**SMALL), 1, tmp_path)


def test_unknown_part_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no part 'synthesis.layer99'.*generator_parts"):
        train(tmp_path, generator_parts=("synthesis.layer99",))
