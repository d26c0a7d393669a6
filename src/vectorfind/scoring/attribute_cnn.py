"""Attribute CNNs: the probability of a yes about a face (system.md 3)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from vectorfind.images import Images, blocks, to_unit_range
from vectorfind.scoring.network import ViewNetwork
from vectorfind.scoring.storage import load_module, save_module
from vectorfind.scoring.views import crop, crop_pictures, read_view
from vectorfind.vocabulary import View

KIND = "a VectorFind attribute ensemble"
DROPOUT = 0.4
BATCH = 256
"""Images scored at once."""


class AttributeEnsemble(nn.Module):
    """The networks of all folds of one attribute; their mean is the score.

    They see `view` of an image, brought to `size`.
    """

    def __init__(self, attribute: str, size: tuple[int, int], folds: int, view: View):
        super().__init__()
        height, width = size
        self.attribute, self.size, self.view = attribute, (height, width), view
        self.networks = nn.ModuleList(ViewNetwork(size, DROPOUT) for _ in range(folds))

    def forward(self, images: Tensor) -> Tensor:
        """Score float [N,3,H,W] in 0..1; returns the probability [N]."""
        return self.probability(crop(images, self.view))

    def logit(self, images: Tensor) -> Tensor:
        """Score float [N,3,H,W] in 0..1; returns the mean of the folds' logits [N]."""
        view = crop(images, self.view)
        return torch.stack([network(view) for network in self.networks]).mean(dim=0)

    def probability(self, view: Tensor) -> Tensor:
        """Score the attribute's own view, float [N,3,h,w] in 0..1; returns [N]."""
        folds = [torch.sigmoid(network(view)) for network in self.networks]
        return torch.stack(folds).mean(dim=0)


def save_ensemble(path: str | Path, ensemble: AttributeEnsemble) -> None:
    """Write an ensemble as one safetensors file, atomically."""
    description = {
        "attribute": ensemble.attribute,
        "size": ensemble.size,
        "folds": len(ensemble.networks),
        "view": ensemble.view,
    }
    save_module(path, ensemble, KIND, description)


def load_ensemble(path: str | Path) -> AttributeEnsemble:
    """Read an ensemble, in eval mode.

    Raises:
        InputError: the file is missing, damaged or something else.
    """
    state, description = load_module(path, KIND)
    view = read_view(description.pop("view"))
    ensemble = AttributeEnsemble(**description, view=view)
    ensemble.load_state_dict(state)
    return ensemble.eval()


def score_each(
    ensembles: Sequence[AttributeEnsemble],
    images: Images,
    *,
    device: str | torch.device = "cpu",
) -> np.ndarray:
    """Score uint8 [N,H,W,3] by every ensemble, each image decoded once; returns float32 [N,A]."""
    scores = np.empty((len(images), len(ensembles)), np.float32)
    for rows, batch in blocks(images, BATCH):
        for column, ensemble in enumerate(ensembles):
            scores[rows, column] = score_attributes(ensemble, batch, device=device)
    return scores


@torch.inference_mode()
def score_attributes(
    ensemble: AttributeEnsemble,
    images: Images,
    batch_size: int = BATCH,
    *,
    device: str | torch.device = "cpu",
) -> np.ndarray:
    """Score uint8 [N,H,W,3]; returns the probability, float32 [N], in eval mode always."""
    ensemble = ensemble.eval().to(device)
    scores = np.empty(len(images), np.float32)
    for rows, batch in blocks(images, batch_size):
        view = crop_pictures(batch, ensemble.view).to(device)
        scores[rows] = ensemble.probability(to_unit_range(view)).cpu()
    return scores
