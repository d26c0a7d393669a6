"""Training of the property scorer on parser scores (system.md 4)."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from vectorfind.config.scoring import PropertyCnnConfig
from vectorfind.errors import InputError
from vectorfind.images import Images, to_network_range
from vectorfind.scoring.fitting import Fit, Pace, Pictures, Task, fit
from vectorfind.scoring.property_cnn import PropertyScorer, look_of
from vectorfind.scoring.views import keep_views
from vectorfind.training import seed_step
from vectorfind.vocabulary import Input

logger = logging.getLogger(__name__)

LEAST_IMAGES = 20


def train_property_scorer(
    images: Images,
    targets: pd.DataFrame,
    inputs: Mapping[str, Input],
    config: PropertyCnnConfig,
    *,
    seed: int,
    numbers: Mapping[str, int] | None = None,
    work_folder: str | Path,
    device: torch.device,
) -> tuple[PropertyScorer, dict[str, Any], pd.DataFrame]:
    """Train one regressor per property, resumable in `work_folder`.

    The regressors are independent: training some of the properties here and others elsewhere,
    then `merge_scorers`, gives the same numbers as training all at once.

    Args:
        images: uint8 [N,H,W,3]; only the views that the regressors see are kept of them.
        targets: normalised scores, one row per image and a column per property.
        inputs: of the properties that are trained: what the regressor of each sees.
        config: lengths, learning rate and the share held out.
        seed: the split, first weights and order depend on it.
        numbers: one of its own for each property, from which its first weights are drawn.
        work_folder: where the checkpoints of unfinished regressors are kept; no rule declares it.
        device: where to compute.

    Returns:
        The scorer, on the CPU in eval mode; its figures: `images`, `held_out` and per property
        `correlation` (Pearson, on the held-out images), `loss`, `best_epoch`, `epochs`; and per
        `property` what was `measured` of and `predicted` for each held-out image, by its `place`
        among the images.

    Raises:
        InputError: there are too few images, or a score is missing.
    """
    numbers = numbers or {name: number for number, name in enumerate(inputs)}
    _check_targets(targets[list(inputs)], len(images))
    learn, held_out = _split(len(images), config.validation_share, seed)
    scorer = PropertyScorer(
        {name: look_of(seen, *images.shape[1:3]) for name, seen in inputs.items()}
    )
    figures: dict[str, Any] = {"images": len(images), "held_out": len(held_out), "properties": {}}
    views = keep_views(images, {look.view for look in scorer.looks.values()})
    tables = []
    for name in inputs:
        _draw_weights(scorer.network_of(name), seed, numbers[name])
        outcome = _train_regressor(
            scorer,
            name,
            Pictures(
                views[scorer.looks[name].view],
                torch.from_numpy(targets[name].to_numpy(np.float32, copy=True)),
                learn,
                held_out,
            ),
            config,
            seed=seed,
            folder=Path(work_folder) / name,
            device=device,
        )
        measured = targets[name].to_numpy()[held_out]
        figures["properties"][name] = _figures(name, measured, outcome)
        columns = {"measured": measured, "predicted": outcome.outputs.astype(float).round(4)}
        tables.append(pd.DataFrame({"property": name, "place": held_out, **columns}))
    return scorer.cpu().eval(), figures, pd.concat(tables, ignore_index=True)


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


def _draw_weights(network: nn.Module, seed: int, number: int) -> None:
    seed_step(seed, number)
    for module in network.modules():
        if (reset := getattr(module, "reset_parameters", None)) is not None:
            reset()


def _train_regressor(
    scorer: PropertyScorer,
    name: str,
    pictures: Pictures,
    config: PropertyCnnConfig,
    *,
    seed: int,
    folder: Path,
    device: torch.device,
) -> Fit:
    vary = _same if scorer.looks[name].negated else _mirror
    return fit(
        scorer.network_of(name),
        pictures,
        Task(to_network_range, vary, mse_loss),
        Pace(config.epochs, config.patience, config.batch_size, config.learning_rate),
        seed=seed,
        folder=folder,
        title=f"property CNN, {name}",
        advice="lower property_cnn.learning_rate",
        device=device,
    )


def _same(images: Tensor) -> Tensor:
    return images


def _mirror(images: Tensor) -> Tensor:
    """Mirror half of the views; for scores that do not notice."""
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
