"""Training of the property scorer on parser scores (system.md 4)."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from vectorfind.config import PropertyCnnConfig
from vectorfind.errors import InputError
from vectorfind.images import to_network_range
from vectorfind.names import PROPERTIES
from vectorfind.scoring.fitting import Fit, Pace, Pictures, Task, fit
from vectorfind.scoring.property_cnn import PropertyScorer
from vectorfind.scoring.windows import PROPERTY_VIEWS, crop_pictures, input_size
from vectorfind.training import seed_step

logger = logging.getLogger(__name__)

LEAST_IMAGES = 20


def train_property_scorer(
    images: np.ndarray,
    targets: pd.DataFrame,
    config: PropertyCnnConfig,
    *,
    seed: int,
    work_folder: str | Path,
    device: torch.device,
    properties: Sequence[str] | None = None,
) -> tuple[PropertyScorer, dict[str, Any]]:
    """Train one regressor per property, resumable in `work_folder`.

    The regressors are independent: training some of `properties` here and others elsewhere, then
    `merge_scorers`, gives the same numbers as training all at once.

    Args:
        images: uint8 [N,H,W,3].
        targets: normalised scores, one row per image and a column per property.
        config: lengths, learning rate and the share held out.
        seed: the split, first weights and order depend on it.
        work_folder: where the checkpoints of unfinished regressors are kept; no rule declares it.
        device: where to compute.
        properties: which to train; by default those that `targets` has.

    Returns:
        The scorer, on the CPU in eval mode, and its figures: `images`, `held_out` and per property
        `correlation` (Pearson, on the held-out images), `loss`, `best_epoch`, `epochs`.

    Raises:
        InputError: there are too few images, or a score is missing.
    """
    wanted = targets.columns if properties is None else properties
    names = [name for name in PROPERTIES if name in wanted]
    _check_targets(targets[names], len(images))
    learn, held_out = _split(len(images), config.validation_share, seed)
    sizes = {name: input_size(PROPERTY_VIEWS[name], *images.shape[1:3]) for name in names}
    scorer = PropertyScorer(sizes)
    figures: dict[str, Any] = {"images": len(images), "held_out": len(held_out), "properties": {}}
    for name in names:
        outcome = _train_regressor(
            scorer, name, images, targets[name], learn, held_out, config, seed, work_folder, device
        )
        figures["properties"][name] = _figures(name, targets[name].to_numpy()[held_out], outcome)
    return scorer.cpu().eval(), figures


def _check_targets(targets: pd.DataFrame, images: int) -> None:
    if len(targets) != images:
        raise ValueError(f"{images} images but {len(targets)} rows of scores")
    if images < LEAST_IMAGES:
        raise InputError(
            f"property CNN: {images} images are too few to learn from, at least {LEAST_IMAGES} are "
            "needed; generate more images or loosen the filter."
        )
    if not np.isfinite(targets.to_numpy()).all():
        names = ", ".join(targets.columns[~np.isfinite(targets).all()])
        raise InputError(f"property CNN: scores are missing in {names}; measure the images again.")


def _split(count: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.default_rng(seed).permutation(count)
    held_out = max(round(count * share), 2)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def _train_regressor(
    scorer: PropertyScorer,
    name: str,
    images: np.ndarray,
    targets: pd.Series,
    learn: np.ndarray,
    held_out: np.ndarray,
    config: PropertyCnnConfig,
    seed: int,
    work_folder: str | Path,
    device: torch.device,
) -> Fit:
    network = scorer.networks[name]
    seed_step(seed, PROPERTIES.index(name))
    for module in network.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    views = crop_pictures(images, PROPERTY_VIEWS[name])
    scores = torch.from_numpy(targets.to_numpy(np.float32, copy=True))
    return fit(
        network,
        Pictures(views, scores, learn, held_out),
        Task(to_network_range, _same if name == "pose" else _mirror, mse_loss),
        Pace(config.epochs, config.patience, config.batch_size, config.learning_rate),
        seed=seed,
        folder=Path(work_folder) / name,
        title=f"property CNN, {name}",
        advice="lower property_cnn.learning_rate",
        device=device,
    )


def _same(images: Tensor) -> Tensor:
    return images


def _mirror(images: Tensor) -> Tensor:
    """Mirror half of the views; only the pose would notice."""
    mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(mirrored, images.flip(3), images)


def _figures(name: str, truth: np.ndarray, outcome: Fit) -> dict[str, float]:
    correlation = float(np.corrcoef(truth, outcome.outputs)[0, 1])
    logger.info(
        "%s: held-out correlation %.4f at epoch %d of %d",
        *(name, correlation, outcome.epoch, outcome.epochs),
    )
    return {
        "correlation": correlation,
        "loss": outcome.loss,
        "best_epoch": outcome.epoch,
        "epochs": outcome.epochs,
    }
