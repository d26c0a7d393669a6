"""A training survives kills, signals, full disks and changed configs."""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from helpers.killing import kill_three_times
from torch import nn

from vectorfind.errors import InputError
from vectorfind.training import (
    TrainingRun,
    digest_code,
    digest_tensors,
    seed_step,
    shuffled_batch,
)

STEPS = 400


def train(folder, pause=0.0, seed=1, steps=STEPS, save_every_s=0.02):
    """Train a net with dropout, AdamW and an average on shuffled data."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(8, 16), nn.Dropout(0.3), nn.Linear(16, 1))
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    data = torch.from_numpy(np.random.default_rng(0).normal(size=(50, 8)).astype("float32"))
    parts = {"model": model, "average": average, "optimizer": optimizer}
    with TrainingRun(folder, {"seed": seed}, steps, save_every_s=save_every_s) as run:
        saved = run.load()
        if saved is not None:
            for name, part in parts.items():
                part.load_state_dict(saved[name])
        for step in run.steps(lambda: {name: part.state_dict() for name, part in parts.items()}):
            seed_step(seed, step)
            batch = data[shuffled_batch(seed, step, len(data), 16)]
            loss = (model(batch)[:, 0] - batch.sum(1)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            average.update_parameters(model)
            run.log({"loss": loss})
            time.sleep(pause)


def saved(folder):
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def flat(state):
    if isinstance(state, dict):
        return {f"{k}.{n}": v for k, part in state.items() for n, v in flat(part).items()}
    if isinstance(state, list):
        return flat(dict(enumerate(state)))
    return {"": state}


@pytest.fixture(scope="module")
def start():
    """Start `train` in a process of its own, forked from a server that has torch imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", "vectorfind.training"])

    def _start(*arguments, **named):
        process = context.Process(target=train, args=arguments, kwargs=named)
        process.start()
        return process

    return _start


def wait_for_step(folder, step, process):
    while not (folder / "checkpoint.pt").exists() or saved(folder)["step"] < step:
        assert process.is_alive()
        time.sleep(0.02)


def test_three_kills_leave_no_trace(tmp_path):
    kill_three_times(train, tmp_path / "killed")
    assert saved(tmp_path / "killed")["step"] < STEPS
    train(tmp_path / "killed")
    train(tmp_path / "whole")

    killed, whole = (flat(saved(tmp_path / name)["state"]) for name in ("killed", "whole"))
    assert killed.keys() == whole.keys()
    for name, value in whole.items():
        same = torch.equal(killed[name], value) if torch.is_tensor(value) else killed[name] == value
        assert same, name
    losses = [[(r["step"], r["loss"]) for r in rows(tmp_path / n)] for n in ("killed", "whole")]
    assert losses[0] == losses[1]
    assert [step for step, _ in losses[1]] == list(range(STEPS))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 1)])
def test_signals_save_before_leaving(tmp_path, start, number, status):
    process = start(tmp_path, pause=0.003, save_every_s=0.1)
    wait_for_step(tmp_path, 20, process)
    before = saved(tmp_path)["step"]
    os.kill(process.pid, number)
    process.join()
    assert process.exitcode == status
    assert before <= saved(tmp_path)["step"] < STEPS
    assert len(rows(tmp_path)) == saved(tmp_path)["step"]


def test_second_process_is_refused(tmp_path):
    with (
        TrainingRun(tmp_path, {}, 1),
        pytest.raises(InputError, match="another process"),
        TrainingRun(tmp_path, {}, 1),
    ):
        pass


def test_changed_config_starts_afresh_and_says_so(tmp_path, caplog):
    train(tmp_path, seed=1, steps=5)
    train(tmp_path, seed=2, steps=3)
    assert "starts afresh" in caplog.text
    assert "seed" in caplog.text
    assert saved(tmp_path)["step"] == 3
    assert len(rows(tmp_path)) == 3


def test_finished_run_does_nothing_more(tmp_path):
    train(tmp_path, steps=5)
    before = saved(tmp_path)
    train(tmp_path, steps=5)
    assert saved(tmp_path)["seconds"] == before["seconds"]


@pytest.mark.parametrize(("steps_before", "starts_at"), [(4, 0), (2, 2)])
def test_changed_code_repeats_only_what_was_finished(tmp_path, caplog, steps_before, starts_at):
    done = []
    for code, steps in (("old", steps_before), ("new", 4)):
        done = []
        with TrainingRun(tmp_path, {}, 4, code=code, save_every_s=0) as run:
            run.load()
            for step in run.steps(dict):
                done.append(step)
                if step + 1 > steps:
                    break
    assert done[0] == starts_at
    assert ("another code" in caplog.text) == (starts_at == 0)


def test_digests_follow_values_and_shapes():
    ones = torch.ones(2, 3)
    assert digest_tensors(ones) == digest_tensors(torch.ones(2, 3))
    assert digest_tensors(ones) != digest_tensors(ones.T)
    assert digest_tensors(ones) != digest_tensors(2 * ones)
    assert digest_code("vectorfind.training") != digest_code("vectorfind.scoring")


def test_the_code_of_several_packages_counts():
    alone, both = digest_code("vectorfind.demo"), digest_code("vectorfind.demo", "vectorfind.data")
    assert both != alone and both != digest_code("vectorfind.data")
    assert both == digest_code("vectorfind.demo", "vectorfind.data")


class RecordedEvents:
    """Stands in for TensorBoard's writer, which tests have not installed."""

    opened = ()

    def __init__(self, folder, purge_step):
        self.folder, self.purge_step, self.rows = folder, purge_step, []
        RecordedEvents.opened += (self,)

    def add_scalar(self, name, value, step):
        self.rows.append((name, value, step))

    def close(self):
        pass


def test_events_go_on_where_the_training_does(tmp_path, monkeypatch):
    monkeypatch.setattr("vectorfind.training.events.SummaryWriter", RecordedEvents)
    for steps in (3, 5):
        with TrainingRun(tmp_path, {}, 5, save_every_s=0) as run:
            run.load()
            for step in run.steps(dict):
                run.log({"loss": float(step)})
                if step == steps:
                    break
    first, second = RecordedEvents.opened
    assert [writer.folder for writer in (first, second)] == [tmp_path / "events"] * 2
    assert (first.purge_step, second.purge_step) == (0, 3)
    assert [step for _, _, step in first.rows] == [0, 1, 2, 3]
    assert second.rows == [("loss", 3.0, 3), ("loss", 4.0, 4)]


def test_early_stop_is_remembered(tmp_path):
    for expected in ([0, 1, 2], []):
        done = []
        with TrainingRun(tmp_path, {}, 10) as run:
            run.load()
            for step in run.steps(dict):
                done.append(step)
                if step == 2:
                    run.stop()
        assert done == expected


def test_nan_names_metric_step_and_key(tmp_path):
    with TrainingRun(tmp_path, {}, 5, advice="lower finetune_v8.learning_rate") as run:
        run.load()
        with pytest.raises(InputError, match=r"d_loss is nan at step 0.*finetune_v8.learning_rate"):
            for _ in run.steps(dict):
                run.log({"g_loss": 1.0, "d_loss": torch.tensor(float("nan"))})


FULL_DISK = """
import resource, sys, torch
from vectorfind.training import TrainingRun
with TrainingRun(sys.argv[1], {}, 3, save_every_s=0) as run:
    run.load()
    for step in run.steps(lambda: {"weights": torch.full((1 + 100_000 * step,), 1.0 * step)}):
        if step == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
"""


def test_full_disk_keeps_the_checkpoint_before(tmp_path):
    # A file size limit fails the write itself, as a full disk does.
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True
    )
    message = ran.stderr.strip().splitlines()[-1]
    assert "checkpoint of step 2 could not be written" in message
    assert str(tmp_path) in message
    assert saved(tmp_path)["step"] == 1
    assert not list(tmp_path.glob(".*partial*"))


def test_damaged_checkpoint_is_named(tmp_path):
    (tmp_path / "checkpoint.pt").write_text("not a checkpoint")
    with TrainingRun(tmp_path, {}, 1) as run, pytest.raises(InputError, match=r"checkpoint\.pt"):
        run.load()


def test_log_lines_say_how_it_goes(tmp_path, caplog):
    caplog.set_level("INFO")
    with TrainingRun(tmp_path, {}, 3, title="FineTune-v1", line_every_s=0) as run:
        run.load()
        for _ in run.steps(dict):
            run.log({"loss": 0.5})
    assert "FineTune-v1: step 2/3" in caplog.text
    for part in ("steps/s", "left", "loss 0.5", "memory"):
        assert part in caplog.text


def test_epochs_cover_everything_in_another_order():
    epochs = [
        np.concatenate([shuffled_batch(7, step, 12, 4) for step in range(start, start + 3)])
        for start in (0, 3)
    ]
    assert all(sorted(epoch) == list(range(12)) for epoch in epochs)
    assert (epochs[0] != epochs[1]).any()
    assert len(shuffled_batch(7, 5, 3, 8)) == 3
