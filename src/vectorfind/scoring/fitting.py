"""Training of one small network with early stopping, resumable after every epoch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vectorfind.training import (
    TrainingRun,
    digest_code,
    digest_tensors,
    place,
    seed_step,
    shuffled_batch,
)

WARMUP_STEPS = 20
WEIGHT_DECAY = 0.01
EVALUATION_BATCH = 256


@dataclass(frozen=True)
class Task:
    """What is learned: how pictures become input, how they are varied, and what a miss costs."""

    to_input: Callable[[Tensor], Tensor]
    """uint8 [n,h,w,3] -> float [n,3,h,w]."""
    augment: Callable[[Tensor], Tensor]
    """A random variant of the input that has the same target."""
    loss: Callable[[Tensor, Tensor], Tensor]
    """Outputs [n], targets [n] -> mean loss."""


@dataclass(frozen=True)
class Pictures:
    """Views uint8 [N,h,w,3] with float32 targets [N], split into rows to learn and to validate."""

    views: Tensor
    targets: Tensor
    learn: np.ndarray
    validate: np.ndarray


@dataclass(frozen=True)
class Pace:
    """Lengths and speed of a training; the learning rate falls on a cosine over all epochs."""

    epochs: int
    patience: int
    batch_size: int
    learning_rate: float


@dataclass(frozen=True)
class Fit:
    """Outcome of a training: validation loss and outputs [n] of the best epoch, from 1."""

    loss: float
    outputs: np.ndarray
    epoch: int
    epochs: int


def fit(
    network: nn.Module,
    pictures: Pictures,
    task: Task,
    pace: Pace,
    *,
    seed: int,
    folder: Path,
    title: str,
    advice: str,
    device: torch.device,
) -> Fit:
    """Train `network` in place; it ends in eval mode with the weights of its best epoch.

    A step of the `TrainingRun` in `folder` is an epoch; its fingerprint names the pictures, the
    first weights, the pace and the seed.
    """
    fingerprint = _fingerprint(network, pictures, pace, seed)
    learner = _Learner(network, pictures, task, pace, seed, device)
    code = digest_code("vectorfind.scoring")
    run = TrainingRun(folder, fingerprint, pace.epochs, title=title, advice=advice, code=code)
    with run:
        learner.learn(run)
    return learner.outcome(run.step)


def _fingerprint(network: nn.Module, pictures: Pictures, pace: Pace, seed: int) -> dict[str, Any]:
    learned = torch.from_numpy(pictures.learn)
    return {
        "pictures": digest_tensors(pictures.views, pictures.targets, learned),
        "first weights": digest_tensors(*network.state_dict().values()),
        "pace": vars(pace),
        "seed": seed,
    }


class _Learner:
    """A network on its device with what it learns from, its optimizer and its best epoch so far."""

    def __init__(
        self,
        network: nn.Module,
        pictures: Pictures,
        task: Task,
        pace: Pace,
        seed: int,
        device: torch.device,
    ):
        self._network = place(network, device, torch.channels_last)
        self._views, self._targets = pictures.views.to(device), pictures.targets.to(device)
        self._pictures, self._task, self._pace, self._seed = pictures, task, pace, seed
        self._optimizer = torch.optim.AdamW(
            network.parameters(), lr=pace.learning_rate, weight_decay=WEIGHT_DECAY
        )
        self._best: dict[str, Any] = {"loss": math.inf, "epoch": 0, "network": network.state_dict()}

    def learn(self, run: TrainingRun) -> None:
        """Take every epoch that is left, until they no longer get better."""
        if (saved := run.load()) is not None:
            self._network.load_state_dict(saved["network"])
            self._optimizer.load_state_dict(saved["optimizer"])
            self._best = saved["best"]
        for epoch in run.steps(self._state):
            seed_step(self._seed, epoch)
            learned = self._learn_epoch(epoch)
            loss = float(self._task.loss(*self._validate()))
            run.log({"learn_loss": learned, "validation_loss": loss})
            if loss < self._best["loss"]:
                weights = {n: value.clone() for n, value in self._network.state_dict().items()}
                self._best = {"loss": loss, "epoch": epoch + 1, "network": weights}
            if epoch + 1 - self._best["epoch"] >= self._pace.patience:
                run.stop()

    def outcome(self, epochs: int) -> Fit:
        """Put the weights of the best epoch back and return how well they do."""
        self._network.load_state_dict(self._best["network"])
        outputs, _ = self._validate()
        return Fit(self._best["loss"], outputs.cpu().numpy(), self._best["epoch"], epochs)

    def _state(self) -> dict[str, Any]:
        return {
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "best": self._best,
        }

    def _learn_epoch(self, epoch: int) -> Tensor:
        """Take every step of an epoch and return its mean loss."""
        self._network.train()
        rows, pace, task = self._pictures.learn, self._pace, self._task
        steps = max(len(rows) // pace.batch_size, 1)
        losses = []
        for step in range(epoch * steps, (epoch + 1) * steps):
            self._optimizer.param_groups[0]["lr"] = _learning_rate(pace, step, steps * pace.epochs)
            batch = rows[shuffled_batch(self._seed, step, len(rows), pace.batch_size)]
            batch = torch.from_numpy(batch).to(self._views.device)
            outputs = self._network(task.augment(task.to_input(self._views[batch])))
            loss = task.loss(outputs, self._targets[batch])
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self._optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses).mean()

    @torch.inference_mode()
    def _validate(self) -> tuple[Tensor, Tensor]:
        self._network.eval()
        rows = torch.from_numpy(self._pictures.validate).to(self._views.device)
        inputs = (self._task.to_input(self._views[batch]) for batch in rows.split(EVALUATION_BATCH))
        return torch.cat([self._network(images) for images in inputs]), self._targets[rows]


def _learning_rate(pace: Pace, step: int, total: int) -> float:
    warmup = min((step + 1) / WARMUP_STEPS, 1)
    return pace.learning_rate * warmup * (1 + math.cos(math.pi * step / total)) / 2
