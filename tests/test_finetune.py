"""Fine-tuning trains what it should, resumes without a trace, keeps the best, stops in trouble."""

import json
import multiprocessing
import os
import signal
import time

import numpy as np
import psutil
import pytest
import torch

from vectorfind.config import FAST_RECIPE, FineTuneConfig
from vectorfind.errors import InputError
from vectorfind.stylegan import (
    Networks,
    build_discriminator,
    build_generator,
    load_networks,
    make_conditional,
    save_networks,
    silence_labels,
)
from vectorfind.stylegan.finetune import finetune
from vectorfind.stylegan.finetune_game import Game

IMAGES = np.random.default_rng(0).integers(0, 255, (40, 16, 16, 3), dtype=np.uint8)
LABELS = np.random.default_rng(1).normal(size=(40, 7)).astype(np.float32)
SMALL = {"steps": 12, "batch_size": 4, "monitor_interval": 4, "monitor_images": 8}
FAST = {"reuse_fakes": True, "r1_interval": 4, "warmup_steps": 5, "ema_decay": 0.9}
V8_PARTS = ("mapping", "synthesis.layer0", "synthesis.layer1", "synthesis.output0")


def small_networks():
    plain = Networks(build_generator(16, 16, 16, 128, 16), build_discriminator(16, 128, 16))
    return make_conditional(plain, seed=3)


def train(folder, labels=None, monitor=None, save_every_s=30.0, processes=1, **config):
    """Fine-tune the small networks; a config key overrides SMALL."""
    torch.set_num_threads(1)
    config = FineTuneConfig(**SMALL | config)
    return finetune(
        small_networks(),
        IMAGES,
        labels,
        config,
        seed=5,
        work_folder=folder,
        devices=["cpu"] * processes,
        monitor=monitor,
        name="finetune.v8",
        save_every_s=save_every_s,
    )


def rows(folder):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def changed(before, after):
    return {
        name
        for name, value in before.named_parameters()
        if not torch.equal(value, after.get_parameter(name))
    }


def same(first, second):
    return all(
        torch.equal(value, other)
        for name in ("generator", "discriminator", "generator_smooth")
        for value, other in zip(
            getattr(first, name).state_dict().values(),
            getattr(second, name).state_dict().values(),
            strict=True,
        )
    )


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


@pytest.mark.parametrize("recipe", [{}, FAST])
def test_three_kills_leave_no_trace(tmp_path, recipe):
    config = recipe | {"steps": 36}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", "vectorfind.stylegan.finetune"])
    for least in (4, 14, 24):
        named = {"monitor": slow_monitor, "save_every_s": 0.05, **config}
        process = context.Process(target=train, args=(tmp_path / "killed",), kwargs=named)
        process.start()
        while saved_step(tmp_path / "killed") < least:
            assert process.is_alive()
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert saved_step(tmp_path / "killed") < 36
    killed = train(tmp_path / "killed", monitor=slow_monitor, **config)
    whole = train(tmp_path / "whole", monitor=slow_monitor, **config)
    assert same(killed, whole)
    assert rows(tmp_path / "killed") == rows(tmp_path / "whole")
    strips = [(tmp_path / name / "strip.png").read_bytes() for name in ("killed", "whole")]
    assert strips[0] == strips[1]


@pytest.mark.parametrize(
    ("labels", "config"),
    [
        (LABELS, {"style_mixing": 1.0}),
        (None, {"generator_labels": "random", "generator_parts": V8_PARTS}),
        (None, FAST | {"generator_labels": "random", "warmup_steps": 0}),
        (None, FAST | {"warmup_steps": 1}),
    ],
    ids=["v1", "v8", "fast", "warm-up"],
)
def test_two_processes_descend_as_one(tmp_path, labels, config):
    """Gradients, not weights: Adam turns the last digit of a vanishing one into a whole step."""
    one, two = (
        averages_after_a_step(tmp_path / str(count), labels, count, **config) for count in (1, 2)
    )
    whole = max(gradient.norm() for gradient in one)
    for gradient, other in zip(one, two, strict=True):
        torch.testing.assert_close(gradient, other, rtol=1e-3, atol=1e-6 * whole)


def averages_after_a_step(folder, labels, processes, **config):
    """Adam's averages after one step of each player: its gradients, scaled."""
    train(folder, labels, processes=processes, **config | {"steps": 1, "generator_steps": 1})
    game = torch.load(folder / "checkpoint.pt", weights_only=True)["state"]["game"]
    return [
        state["exp_avg"]
        for optimizer in ("generator_optimizer", "discriminator_optimizer")
        for state in game[optimizer]["state"].values()
    ]


def test_another_number_of_processes_goes_on_after_a_kill(tmp_path):
    config = FAST | {"generator_labels": "random", "steps": 30}
    context = multiprocessing.get_context("spawn")
    named = {"monitor": slow_monitor, "save_every_s": 0.0, "processes": 2, **config}
    process = context.Process(target=train, args=(tmp_path / "killed",), kwargs=named)
    process.start()
    while saved_step(tmp_path / "killed") < 8:
        assert process.is_alive()
        time.sleep(0.02)
    followers = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert saved_step(tmp_path / "killed") < 30
    assert followers and not psutil.wait_procs(followers, timeout=30)[1]
    train(tmp_path / "killed", monitor=slow_monitor, **config)
    train(tmp_path / "whole", monitor=slow_monitor, **config)
    for row, other in zip(rows(tmp_path / "killed"), rows(tmp_path / "whole"), strict=True):
        assert row.keys() == other.keys()
        for name in row.keys() - {"pass_share", "objective"}:
            assert row[name] == pytest.approx(other[name], rel=0.01), name


def slow_monitor(images):
    """Figures that rise and fall, and time enough for a kill."""
    time.sleep(0.02)
    return {"pass_share": float(images.astype(float).mean() % 1)}


def saved_step(folder):
    path = folder / "checkpoint.pt"
    return torch.load(path, weights_only=True)["step"] if path.exists() else -1


def test_the_best_look_is_returned_and_patience_ends_the_training(tmp_path):
    shares = iter([0.1, 0.5, 0.3, 0.2])

    def monitor(images):
        return {"pass_share": next(shares)}

    best = train(tmp_path / "best", monitor=monitor, steps=400, patience=2)
    until_best = train(tmp_path / "until", steps=4)
    assert same(best, until_best)
    assert rows(tmp_path / "best")[-1]["step"] < 20


def test_silent_labels_leave_faces_and_scores_as_they_were():
    plain = Networks(build_generator(16, 16, 16, 128, 16), build_discriminator(16, 128, 16))
    networks = make_conditional(plain, seed=3)
    silence_labels(networks, plain)
    z, label = torch.randn(16, 16), torch.randn(16, 7)
    embedding = label @ networks.generator.mapping.label_weight
    # Where the embedding is as long as its part of the input should be, nothing has changed.
    label *= 16**0.5 / embedding.norm(dim=1, keepdim=True)
    z *= 16**0.5 / z.norm(dim=1, keepdim=True)
    with torch.no_grad():
        drawn = plain.generator(z)
        torch.testing.assert_close(networks.generator(z, label), drawn, rtol=1e-4, atol=1e-4)
        scores = plain.discriminator(drawn[:4]), networks.discriminator(drawn[:4], label[:4])
        torch.testing.assert_close(*scores, rtol=1e-4, atol=1e-4)


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
