"""Fine-tuning of the networks on filtered faces: FineTune-v1 and FineTune-v8 (system.md 5)."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vectorfind.config.finetune import FineTuneConfig
from vectorfind.errors import InputError
from vectorfind.finetuning.feed import Feed
from vectorfind.finetuning.game import Game, Step
from vectorfind.finetuning.looks import Looks
from vectorfind.finetuning.losses import real_fake_auroc
from vectorfind.finetuning.metrics import kept_step, read_metrics
from vectorfind.finetuning.reals import RealBatches, digest, reopening
from vectorfind.finetuning.watch import Monitor, Watch
from vectorfind.pictures.training_curves import plot_curves
from vectorfind.stylegan.checkpoints import Networks
from vectorfind.training import TrainingRun, digest_code, digest_tensors
from vectorfind.training.ranks import Ranks, joined

logger = logging.getLogger(__name__)

LOG_EVERY = 10
"""Steps between two rows of losses in metrics.jsonl."""


def finetune(
    networks: Networks,
    images: np.ndarray,
    labels: np.ndarray | None,
    config: FineTuneConfig,
    seed: int,
    work_folder: str | Path,
    *,
    devices: Sequence[torch.device | str] = ("cpu",),
    monitor: Monitor | None = None,
    name: str = "finetune",
    fingerprint: Mapping[str, Any] | None = None,
    save_every_s: float = 30.0,
) -> Networks:
    """Fine-tune networks on real images; goes on in `work_folder` where it was interrupted.

    The folder gets metrics.jsonl, curves.png and strip.png. Of the returned networks
    `generator_smooth` is the average that the monitor liked best (without a monitor the last),
    `generator` and `discriminator` are those of the same step.

    Args:
        networks: generator and discriminator, conditional or not; left as they are.
        images: reals, uint8 [N,H,W,3], in memory or memory-mapped.
        labels: their labels, float [N,L] (FineTune-v1); None: all zero (FineTune-v8).
        config: the recipe.
        seed: decides every random draw.
        work_folder: a folder that no rule declares; one training per folder.
        devices: where to train; several share each batch, a process for each.
        monitor: figures of fixed random faces, see `vectorfind.finetuning.watch`.
        name: the config section, for messages, for example "finetune.v8".
        fingerprint: further inputs that decide the numbers, such as the monitor's.
        save_every_s: seconds between checkpoints, all that kill -9 can cost.

    Raises:
        InputError: networks or images do not fit, the training went wrong or learned nothing; the
            message names the sign seen and the key to change.
    """
    used = [torch.device(device) for device in devices]
    _check(networks, images, labels)
    run = TrainingRun(
        work_folder,
        _fingerprint(networks, images, labels, config, seed) | dict(fingerprint or {}),
        config.steps,
        title=name,
        save_every_s=save_every_s,
        code=digest_code("vectorfind.stylegan", "vectorfind.finetuning"),
        advice=f"lower `{name}.discriminator_learning_rate` or `{name}.mapping_learning_rate`",
    )
    follow = partial(_follow, networks, reopening(images), labels, config, seed)
    with (
        run,
        joined(used, follow) as ranks,
        RealBatches(images, labels, config.batch_size, seed, used[0], ranks=ranks) as reals,
    ):
        game = Game(networks, config, used[0], ranks=ranks)
        watch = Watch(name, config.patience)
        looks = Looks(game, config, seed, monitor, watch)
        _train(run, Feed(game, reals), looks, watch)
        looks.save_strip(run.folder / "strip.png")
        looks.restore_best()
    metrics = read_metrics(run.metrics_path)
    kept = kept_step(metrics)
    logger.info("%s: the weights of step %d of %d are kept", name, kept, config.steps)
    plot_curves(metrics, run.folder / "curves.png", name, kept)
    if config.must_learn:
        _require_learning(metrics, name, run.folder)
    return game.networks()


def _require_learning(metrics: pd.DataFrame, name: str, folder: Path) -> None:
    """Refuse a training in which no look was better than the start's.

    Raises:
        InputError: the networks would be returned as they came.
    """
    if "objective" not in metrics or kept_step(metrics) > 0:
        return
    start, *later = metrics["objective"].dropna()
    raise InputError(
        f"{name}: none of {len(later)} looks was better than the start's (objective {start:.3f}, "
        f"then at most {max(later):.3f}), so the networks would be returned as they came. Look at "
        f"curves.png and strip.png in {folder}; raise `{name}.steps` or the learning rates, or let "
        f"more images pass the filter. `{name}.must_learn: false` goes on with unchanged networks "
        "and trains nothing again."
    )


def _follow(
    networks: Networks,
    open_images: Callable[[], np.ndarray],
    labels: np.ndarray | None,
    config: FineTuneConfig,
    seed: int,
    device: torch.device,
    ranks: Ranks,
) -> None:
    """Play the steps that the first process calls, from its state, until it calls none."""
    images = open_images()
    with RealBatches(images, labels, config.batch_size, seed, device, ranks=ranks) as reals:
        game = Game(networks, config, device, ranks=ranks)
        game.load_state_dict(ranks.broadcast())
        feed = Feed(game, reals)
        while (step := ranks.broadcast()) is not None:
            feed.step(step)


def _train(run: TrainingRun, feed: Feed, looks: Looks, watch: Watch) -> None:
    game, config, ranks = feed.game, feed.game.config, feed.game.ranks
    recent = _resume(run, game, looks)
    ranks.broadcast(game.state_dict())

    def state() -> dict[str, Any]:
        return {"game": game.state_dict(), "looks": looks.state_dict(), "recent": recent}

    for step in run.steps(state):
        row: dict[str, float | Tensor] = {}
        if step % config.monitor_interval == 0 and not 0 < step < config.warmup_steps:
            row |= looks.take()
            if watch.exhausted:
                run.stop()
        recent.append(feed.step(ranks.broadcast(step)))
        if (step + 1) % LOG_EVERY == 0:
            row |= _summary(recent)
            recent = []
            if step >= config.warmup_steps:
                watch.see_auroc(row["auroc"])
        if row:
            run.log(row)
    ranks.broadcast(None)
    if not watch.exhausted:
        run.log(looks.take())


def _resume(run: TrainingRun, game: Game, looks: Looks) -> list[Step]:
    """Go on from the checkpoint, if there is one; return the steps since the last row of losses."""
    saved = run.load()
    if saved is None:
        return []
    game.load_state_dict(saved["game"])
    looks.load_state_dict(saved["looks"])
    return saved["recent"]


def _summary(steps: list[Step]) -> dict[str, Tensor]:
    """Means of the losses over some steps, and the AUROC over all their images."""
    names = dict.fromkeys(name for step in steps for name in step)
    joined = {
        name: torch.cat([step[name].reshape(-1).float().cpu() for step in steps if name in step])
        for name in names
    }
    auroc = real_fake_auroc(joined.pop("real_scores"), joined.pop("fake_scores"))
    return {name: values.mean() for name, values in joined.items()} | {"auroc": auroc}


def _fingerprint(
    networks: Networks,
    images: np.ndarray,
    labels: np.ndarray | None,
    config: FineTuneConfig,
    seed: int,
) -> dict[str, Any]:
    return {
        "config": config.model_dump(mode="json", exclude={"must_learn"}),
        "seed": seed,
        "real images": digest(images),
        "labels": None if labels is None else digest(labels),
        "networks": [
            digest_tensors(*network.state_dict().values())
            for network in (networks.generator, networks.discriminator, networks.generator_smooth)
            if network is not None
        ],
    }


def _check(networks: Networks, images: np.ndarray, labels: np.ndarray | None) -> None:
    if networks.generator is None or networks.discriminator is None:
        raise InputError(
            "fine-tuning: the checkpoint lacks the generator or the discriminator; give one in "
            "the released or the training-run layout."
        )
    side, label_dim = networks.generator.resolution, networks.generator.label_dim
    if images.shape[1:] != (side, side, 3):
        raise InputError(
            f"fine-tuning: real images of shape {images.shape[1:]} for networks of {side} pixels; "
            "make the images with these networks or resize them."
        )
    if labels is not None and labels.shape != (len(images), label_dim):
        raise InputError(
            f"fine-tuning: labels of shape {labels.shape}; expected {(len(images), label_dim)}."
        )
    if labels is not None and not np.isfinite(labels).all():
        raise InputError("fine-tuning: some labels are not finite; drop those images.")
