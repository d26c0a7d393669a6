"""Training of attribute CNNs in stratified folds (system.md 3)."""

import copy
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from vectorfind.config.scoring import AttributeCnnConfig
from vectorfind.errors import InputError
from vectorfind.images import Images, to_unit_range
from vectorfind.scoring.attribute_cnn import DROPOUT, AttributeEnsemble
from vectorfind.scoring.fitting import Fit, Pace, Pictures, Task, fit
from vectorfind.scoring.network import ViewNetwork
from vectorfind.scoring.views import input_size, keep_views
from vectorfind.training import seed_step
from vectorfind.vocabulary import View

logger = logging.getLogger(__name__)

GAIN_SPREAD, SHADE_SPREAD = 0.15, 0.08


@dataclass(frozen=True)
class FoldFigures:
    """What is known of one fold: its validation classes, losses, AUROC and how long it learned."""

    positives: int
    negatives: int
    validation_auroc: float
    validation_loss: float
    guessing_loss: float
    best_epoch: int
    epochs: int
    tries: int


def train_attribute(
    attribute: str,
    images: Images,
    labels: np.ndarray,
    config: AttributeCnnConfig,
    *,
    view: View,
    seed: int,
    work_folder: str | Path,
    device: torch.device,
    initial: AttributeEnsemble | None = None,
    source: str = "labels",
) -> tuple[AttributeEnsemble, dict[str, Any], pd.DataFrame]:
    """Train every fold of one attribute, resumable in `work_folder`.

    Args:
        attribute: its name.
        images: uint8 [N,H,W,3]; only the view is kept of them.
        labels: 0 or 1 per image, [N].
        config: lengths, folds, tries and learning rates.
        view: what the networks see of an image.
        seed: splits, first weights and order depend on it.
        work_folder: where the checkpoints of unfinished folds are kept; no rule declares it.
        device: where to compute.
        initial: ensemble of an earlier stage whose weights the folds start from.
        source: the file that the labels come from, for messages.

    Returns:
        The ensemble, on the CPU in eval mode; its figures: `attribute`, `images`, `positives`,
        `validation_auroc` (mean of the folds) and `folds`; and what each image, by its `place`
        among the images, scores by the `fold` that did not learn it, beside its `label`.

    Raises:
        InputError: a class has fewer images than there are folds, or a fold learns nothing.
    """
    labels = np.asarray(labels).astype(np.float32)
    _check_classes(attribute, labels, config.folds, source)
    size = input_size(view, *images.shape[1:3])
    ensemble = AttributeEnsemble(attribute, size, config.folds, view)
    views, targets = keep_views(images, [view])[view], torch.from_numpy(labels)
    splits = StratifiedKFold(config.folds, shuffle=True, random_state=seed).split(labels, labels)
    if initial is not None:
        _check_start(initial, ensemble)
    figures, held_out = [], []
    for fold, (learn, validate) in enumerate(splits):
        start = None if initial is None else initial.networks[fold % len(initial.networks)]
        ensemble.networks[fold], figure, logits = train_fold(
            Pictures(views, targets, learn, validate),
            config,
            size=ensemble.size,
            seed=seed + fold,
            work_folder=Path(work_folder) / f"fold{fold + 1}",
            device=device,
            initial=start,
            name=f"{attribute}, fold {fold + 1} of {config.folds}",
        )
        figures.append(vars(figure))
        held_out.append(_held_out(fold, validate, labels, logits))
    summary = {
        "attribute": attribute,
        "images": len(labels),
        "positives": int(labels.sum()),
        "validation_auroc": float(np.mean([figure["validation_auroc"] for figure in figures])),
        "folds": figures,
    }
    return ensemble.eval(), summary, pd.concat(held_out, ignore_index=True)


def _held_out(
    fold: int, places: np.ndarray, labels: np.ndarray, logits: np.ndarray
) -> pd.DataFrame:
    scores = torch.from_numpy(logits).double().sigmoid().numpy()
    columns = {"place": places, "label": labels[places].astype(int), "score": scores}
    return pd.DataFrame({"fold": fold + 1, **columns})


def train_fold(
    pictures: Pictures,
    config: AttributeCnnConfig,
    *,
    size: tuple[int, int],
    seed: int,
    work_folder: Path,
    device: torch.device,
    initial: nn.Module | None,
    name: str,
) -> tuple[nn.Module, FoldFigures, np.ndarray]:
    """Train one fold, again from new seeds while it is no better than guessing the base rate.

    Returns the network, its figures and its logits of the images that it did not learn, [n].

    Raises:
        InputError: after `config.tries` it still is not; names the fold and its classes.
    """
    guessing = _guessing_loss(pictures)
    for attempt in range(1, config.tries + 1):
        # Only the first try starts from earlier weights: they may be what keeps it from learning.
        start = initial if attempt == 1 else None
        seed_step(seed, attempt)
        network = ViewNetwork(size, DROPOUT) if start is None else copy.deepcopy(start)
        folder, warm = work_folder / f"try{attempt}", start is not None
        outcome = _fit(network, pictures, config, warm, seed + attempt, folder, name, device)
        if outcome.loss < guessing:
            figures = _figures(name, pictures, outcome, guessing, attempt)
            return network.cpu(), figures, outcome.outputs
        logger.warning("%s: no better than guessing in try %d", name, attempt)
    raise InputError(_why_nothing_was_learned(name, pictures, config.tries))


def _fit(
    network: nn.Module,
    pictures: Pictures,
    config: AttributeCnnConfig,
    warm: bool,
    seed: int,
    folder: Path,
    name: str,
    device: torch.device,
) -> Fit:
    """Fit a network at the learning rate of fresh weights or, `warm`, of an earlier stage's."""
    rate_key = "warm_start_learning_rate" if warm else "learning_rate"
    return fit(
        network,
        pictures,
        TASK,
        Pace(config.epochs, config.patience, config.batch_size, getattr(config, rate_key)),
        seed=seed,
        folder=folder,
        title=name,
        advice=f"lower attribute_cnn.{rate_key}",
        device=device,
    )


def _why_nothing_was_learned(name: str, pictures: Pictures, tries: int) -> str:
    positives = int(pictures.targets.sum())
    return (
        f"attribute CNN {name}: no better than guessing in {tries} tries, with {positives} "
        f"images labelled 1 and {len(pictures.targets) - positives} labelled 0. Label more images "
        "of the rarer class, check the labels, or change attribute_cnn.learning_rate."
    )


def _check_classes(attribute: str, labels: np.ndarray, folds: int, source: str) -> None:
    positives = int(labels.sum())
    if min(positives, len(labels) - positives) < folds:
        raise InputError(
            f"{source}: {attribute} has {positives} images labelled 1 and "
            f"{len(labels) - positives} labelled 0; {folds} folds need at least {folds} of each. "
            "Label more images of the rarer class."
        )


def _check_start(initial: AttributeEnsemble, wanted: AttributeEnsemble) -> None:
    if (initial.attribute, initial.size) != (wanted.attribute, wanted.size):
        raise InputError(
            f"attribute CNN {wanted.attribute}: the weights to start from are of "
            f"{initial.attribute} at {initial.size}, the images need {wanted.size}; start without "
            "them."
        )


def _vary(images: Tensor) -> Tensor:
    """Mirror half of the images and change their brightness, contrast and tint a little."""
    count, device = len(images), images.device
    mirrored = torch.rand(count, 1, 1, 1, device=device) < 0.5
    gain = 1 + GAIN_SPREAD * torch.randn(count, 1, 1, 1, device=device)
    shade = SHADE_SPREAD * torch.randn(count, 3, 1, 1, device=device)
    return torch.where(mirrored, images.flip(3), images) * gain + shade


TASK = Task(to_unit_range, _vary, binary_cross_entropy_with_logits)


def _guessing_loss(pictures: Pictures) -> float:
    """Return the validation loss of always answering the base rate of the rows to learn from."""
    targets = pictures.targets[pictures.validate]
    base_rate = pictures.targets[pictures.learn].mean()
    return float(binary_cross_entropy_with_logits(base_rate.logit().expand_as(targets), targets))


def _figures(
    name: str, pictures: Pictures, outcome: Fit, guessing: float, tries: int
) -> FoldFigures:
    truth = pictures.targets[pictures.validate].numpy()
    auroc = float(roc_auc_score(truth, outcome.outputs))
    logger.info(
        "%s: validation AUROC %.4f, loss %.4f (guessing %.4f) at epoch %d of %d",
        *(name, auroc, outcome.loss, guessing, outcome.epoch, outcome.epochs),
    )
    return FoldFigures(
        positives=int(truth.sum()),
        negatives=int((1 - truth).sum()),
        validation_auroc=auroc,
        validation_loss=outcome.loss,
        guessing_loss=guessing,
        best_epoch=outcome.epoch,
        epochs=outcome.epochs,
        tries=tries,
    )
