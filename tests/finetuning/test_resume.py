"""Fine-tuning resumes without a trace, and descends alike on any number of processes."""

import multiprocessing
import os
import signal
import time

import psutil
import pytest
import torch
from helpers.finetuning import FAST, LABELS, V8_PARTS, rows, same, saved_step, slow_monitor, train


@pytest.mark.parametrize("recipe", [{}, FAST])
def test_three_kills_leave_no_trace(tmp_path, recipe):
    config = recipe | {"steps": 36}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", "vectorfind.finetuning.train"])
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
