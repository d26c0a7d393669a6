"""The property scorer: property scores from the pixels alone (system.md 4)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from vectorfind.images import Images, blocks, to_network_range
from vectorfind.scoring.network import ViewNetwork
from vectorfind.scoring.storage import load_module, save_module
from vectorfind.scoring.views import crop, input_size, read_view
from vectorfind.vocabulary import Input, View

KIND = "a VectorFind property scorer"


class Look(NamedTuple):
    """How a regressor sees an image: its view, brought to `size` (height, width).

    `negated` tells that its score changes sign when the face is mirrored.
    """

    view: View
    size: tuple[int, int]
    negated: bool


def look_of(seen: Input, height: int, width: int) -> Look:
    """Return how a property's regressor sees images of height x width."""
    return Look(seen.view, input_size(seen.view, height, width), seen.negated)


class PropertyScorer(nn.Module):
    """One regressor per property, each with a look of its own; outputs in the order of `looks`.

    `looks` and the state dict are all there is to it.
    """

    def __init__(self, looks: Mapping[str, Look]):
        super().__init__()
        self.looks, self.properties = dict(looks), tuple(looks)
        # A list, since torch refuses many words as names of modules.
        self.networks = nn.ModuleList(ViewNetwork(look.size) for look in looks.values())

    def network_of(self, name: str) -> nn.Module:
        """Return the regressor of a property."""
        return self.networks[self.properties.index(name)]

    @property
    def negated(self) -> tuple[str, ...]:
        """The properties that change sign when a face is mirrored."""
        return tuple(name for name, look in self.looks.items() if look.negated)

    def forward(self, images: Tensor) -> Tensor:
        """Score float [N,3,H,W], -1..1, H and W at least 32; returns normalised scores [N,P]."""
        views = {name: crop(images, look.view) for name, look in self.looks.items()}
        scores = [self.network_of(name)(view) for name, view in views.items()]
        return torch.stack(scores, dim=1)


def merge_scorers(
    scorers: Sequence[PropertyScorer], order: Sequence[str] | None = None
) -> PropertyScorer:
    """Join scorers of different properties into one, in eval mode; networks are shared.

    Args:
        scorers: at least one.
        order: of the outputs; by default that of the scorers.

    Raises:
        ValueError: two score the same property, or `order` names other ones.
    """
    found = [(name, scorer) for scorer in scorers for name in scorer.properties]
    owners = dict(found)
    if len(owners) < len(found) or set(order or owners) != set(owners):
        raise ValueError(f"scorers of {[name for name, _ in found]}, wanted once each: {order}")
    names = tuple(order or owners)
    merged = PropertyScorer({name: owners[name].looks[name] for name in names})
    for place, name in enumerate(names):
        merged.networks[place] = owners[name].network_of(name)
    return merged.eval()


def save_scorer(path: str | Path, scorer: PropertyScorer) -> None:
    """Write a scorer as one safetensors file, atomically."""
    save_module(path, scorer, KIND, scorer.looks)


def load_scorer(path: str | Path) -> PropertyScorer:
    """Read a scorer, in eval mode.

    Raises:
        InputError: the file is missing, damaged or something else.
    """
    state, stored = load_module(path, KIND)
    scorer = PropertyScorer(
        {
            name: Look(read_view(view), tuple(size), negated)
            for name, (view, size, negated) in stored.items()
        }
    )
    scorer.load_state_dict(state)
    return scorer.eval()


@torch.inference_mode()
def score_images(
    scorer: PropertyScorer,
    images: Images,
    batch_size: int = 256,
    *,
    device: str | torch.device = "cpu",
) -> np.ndarray:
    """Score uint8 [N,H,W,3]; returns normalised scores, float32 [N,P], in eval mode always."""
    scorer = scorer.eval().to(device)
    scores = np.empty((len(images), len(scorer.properties)), np.float32)
    for rows, batch in blocks(images, batch_size):
        pixels = to_network_range(torch.as_tensor(batch).to(device))
        scores[rows] = scorer(pixels).cpu()
    return scores
