"""What a stage's attribute CNNs say against labels, so that wrong labels are mended."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import pandas as pd

from vectorfind.data.archives import ArchivedImages

BATCH = 64
"""Images scored at once."""


class Critic:
    """The attribute CNNs beside a stage's images; each image is scored once."""

    def __init__(self, folder: str | Path, archives: Sequence[Path]):
        self._folder, self._archives = Path(folder, "attribute_cnn"), archives
        self._scores: dict[str, pd.DataFrame] = {}
        self._lock = Lock()

    def knows(self, attribute: str) -> bool:
        """Return whether this attribute has a trained CNN."""
        return self._weights(attribute).exists()

    def against(self, attribute: str, labels: Mapping[int, int]) -> dict[int, float]:
        """Return the probability of a yes where it speaks against the label, the surest first.

        Raises:
            InputError: the CNN's file is damaged.
        """
        ids = list(labels)
        with self._lock:
            scores = self._scores.get(attribute, pd.DataFrame())
            if missing := [image for image in ids if image not in scores.index]:
                scores = pd.concat([scores, self._score(attribute, missing)])
                self._scores[attribute] = scores
        return disagreements(pd.Series(labels, dtype=float), scores.loc[ids])

    def _weights(self, attribute: str) -> Path:
        return self._folder / f"{attribute}.safetensors"

    def _score(self, attribute: str, ids: list[int]) -> pd.DataFrame:
        images = ArchivedImages(self._archives, ids)
        return pd.DataFrame(score_folds(self._weights(attribute), images), index=ids)


def score_folds(weights: Path, images: ArchivedImages) -> np.ndarray:
    """Return each fold's probability of label 1, float32 [N, folds]."""
    # Imported late: torch takes seconds, and few pages review.
    import torch

    from vectorfind.images import blocks, to_unit_range
    from vectorfind.scoring import load_ensemble
    from vectorfind.scoring.views import crop_pictures

    ensemble = load_ensemble(weights)
    scores = np.empty((len(images), len(ensemble.networks)), np.float32)
    with torch.inference_mode():
        for rows, batch in blocks(images, BATCH):
            view = to_unit_range(crop_pictures(batch, ensemble.view))
            for fold, network in enumerate(ensemble.networks):
                scores[rows, fold] = torch.sigmoid(network(view))
    return scores


def disagreements(labels: pd.Series, folds: pd.DataFrame) -> dict[int, float]:
    """Return the images whose label a fold contradicts with the fold's probability, surest first.

    All folds but one learned the label of an image, wrong ones too: the fold that contradicts
    most is the one to be asked.

    Args:
        labels: 0 or 1 by image.
        folds: probability of label 1, [N, folds], by image.
    """
    values = folds.to_numpy()
    against = np.where(labels == 1, values.min(axis=1), values.max(axis=1))
    distance = pd.Series(np.abs(against - labels.to_numpy()), index=labels.index)
    order = distance[distance > 0.5].sort_values(ascending=False, kind="stable").index
    chosen = pd.Series(against, index=labels.index)[order]
    return {int(image): float(probability) for image, probability in chosen.items()}
