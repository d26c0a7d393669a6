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
    fingerprint = {
        "pictures": digest_tensors(
            pictures.views, pictures.targets, torch.from_numpy(pictures.learn)
        ),
        "first weights": digest_tensors(*network.state_dict().values()),
        "pace": vars(pace),
        "seed": seed,
    }
    place(network, device, torch.channels_last)
    views, targets = pictures.views.to(device), pictures.targets.to(device)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=pace.learning_rate, weight_decay=WEIGHT_DECAY
    )
    best: dict[str, Any] = {"loss": math.inf, "epoch": 0, "network": network.state_dict()}

    def state() -> dict[str, Any]:
        return {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "best": best}

    with TrainingRun(
        folder,
        fingerprint,
        pace.epochs,
        title=title,
        advice=advice,
        code=digest_code("vectorfind.scoring"),
    ) as run:
        if (saved := run.load()) is not None:
            network.load_state_dict(saved["network"])
            optimizer.load_state_dict(saved["optimizer"])
            best = saved["best"]
        for epoch in run.steps(state):
            seed_step(seed, epoch)
            learned = _learn_epoch(
                network, optimizer, views, targets, pictures.learn, task, pace, seed, epoch
            )
            loss = float(task.loss(*_validate(network, views, targets, pictures, task)))
            run.log({"learn_loss": learned, "validation_loss": loss})
            if loss < best["loss"]:
                weights = {name: value.clone() for name, value in network.state_dict().items()}
                best = {"loss": loss, "epoch": epoch + 1, "network": weights}
            if epoch + 1 - best["epoch"] >= pace.patience:
                run.stop()
    network.load_state_dict(best["network"])
    outputs, _ = _validate(network, views, targets, pictures, task)
    return Fit(best["loss"], outputs.cpu().numpy(), best["epoch"], run.step)


def _learn_epoch(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    views: Tensor,
    targets: Tensor,
    rows: np.ndarray,
    task: Task,
    pace: Pace,
    seed: int,
    epoch: int,
) -> Tensor:
    """Take every step of an epoch and return its mean loss."""
    network.train()
    steps = max(len(rows) // pace.batch_size, 1)
    losses = []
    for step in range(epoch * steps, (epoch + 1) * steps):
        optimizer.param_groups[0]["lr"] = _learning_rate(pace, step, steps * pace.epochs)
        batch = rows[shuffled_batch(seed, step, len(rows), pace.batch_size)]
        batch = torch.from_numpy(batch).to(views.device)
        outputs = network(task.augment(task.to_input(views[batch])))
        loss = task.loss(outputs, targets[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean()


def _learning_rate(pace: Pace, step: int, total: int) -> float:
    warmup = min((step + 1) / WARMUP_STEPS, 1)
    return pace.learning_rate * warmup * (1 + math.cos(math.pi * step / total)) / 2


@torch.inference_mode()
def _validate(
    network: nn.Module, views: Tensor, targets: Tensor, pictures: Pictures, task: Task
) -> tuple[Tensor, Tensor]:
    network.eval()
    rows = torch.from_numpy(pictures.validate).to(views.device)
    batches = rows.split(EVALUATION_BATCH)
    outputs = torch.cat([network(task.to_input(views[batch])) for batch in batches])
    return outputs, targets[rows]
