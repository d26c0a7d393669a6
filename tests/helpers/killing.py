"""Kill trainings for real, as often as it takes to trust that they resume."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import torch

from vectorfind.training import TrainingRun


def kill_three_times(train: Callable[[Path], object], folder: Path) -> None:
    """Start `train(folder)` three times in a process of its own, SIGKILL it after a checkpoint.

    Each step takes at least 50 ms and is saved, so that the kills come amid the training.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", "vectorfind.scoring"])
    for _ in range(3):
        before = _checkpoints(folder)
        process = context.Process(target=_train_saving_always, args=(train, folder))
        process.start()
        while _checkpoints(folder) == before:
            assert process.is_alive()
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL


def _checkpoints(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("checkpoint.pt")}


def _train_saving_always(train: Callable[[Path], object], folder: Path) -> None:
    torch.set_num_threads(1)
    TrainingRun.__init__.__kwdefaults__["save_every_s"] = 0
    log = TrainingRun.log

    def slow_log(run: TrainingRun, metrics: dict) -> None:
        time.sleep(0.05)
        log(run, metrics)

    TrainingRun.log = slow_log
    train(folder)
