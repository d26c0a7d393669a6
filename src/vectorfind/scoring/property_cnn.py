"""The property scorer: eight property scores from the pixels alone (system.md 4)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from vectorfind.images import to_network_range
from vectorfind.names import PROPERTIES
from vectorfind.scoring.network import ViewNetwork
from vectorfind.scoring.storage import load_module, save_module
from vectorfind.scoring.windows import PROPERTY_VIEWS, crop

KIND = "a VectorFind property scorer"


class PropertyScorer(nn.Module):
    """One regressor per property, each on its own view; outputs in the order of `PROPERTIES`.

    `sizes` (height and width at which each regressor sees its view) and the state dict are all
    there is to it.
    """

    def __init__(self, sizes: Mapping[str, tuple[int, int]]):
        super().__init__()
        self.properties = tuple(name for name in PROPERTIES if name in sizes)
        self.networks = nn.ModuleDict({name: ViewNetwork(sizes[name]) for name in self.properties})

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Height and width at which each regressor sees its view."""
        return {name: network.size for name, network in self.networks.items()}

    def forward(self, images: Tensor) -> Tensor:
        """Score float [N,3,H,W], -1..1, H and W at least 32; returns normalised scores [N,P]."""
        views = {name: crop(images, PROPERTY_VIEWS[name]) for name in self.properties}
        scores = [self.networks[name](view) for name, view in views.items()]
        return torch.stack(scores, dim=1)


def merge_scorers(first: PropertyScorer, second: PropertyScorer) -> PropertyScorer:
    """Join two scorers of different properties into one, in eval mode; networks are shared.

    Raises:
        ValueError: both score the same property.
    """
    if twice := set(first.properties) & set(second.properties):
        raise ValueError(f"both scorers have {', '.join(sorted(twice))}")
    merged = PropertyScorer({**first.sizes, **second.sizes})
    merged.networks.update({**first.networks, **second.networks})
    return merged.eval()


def save_scorer(path: str | Path, scorer: PropertyScorer) -> None:
    """Write a scorer as one safetensors file, atomically."""
    save_module(path, scorer, KIND, scorer.sizes)


def load_scorer(path: str | Path) -> PropertyScorer:
    """Read a scorer, in eval mode.

    Raises:
        InputError: the file is missing, damaged or something else.
    """
    state, sizes = load_module(path, KIND)
    scorer = PropertyScorer(sizes)
    scorer.load_state_dict(state)
    return scorer.eval()


@torch.inference_mode()
def score_images(
    scorer: PropertyScorer,
    images: np.ndarray | Tensor,
    batch_size: int = 256,
    device: str | torch.device = "cpu",
) -> np.ndarray:
    """Score uint8 [N,H,W,3]; returns normalised scores, float32 [N,P], in eval mode always."""
    scorer = scorer.eval().to(device)
    scores = np.empty((len(images), len(scorer.properties)), np.float32)
    for start in range(0, len(images), batch_size):
        batch = torch.as_tensor(images[start : start + batch_size]).to(device)
        scores[start : start + batch_size] = scorer(to_network_range(batch)).cpu()
    return scores
