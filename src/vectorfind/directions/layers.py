"""Directions restricted to the layers that own a property (method `layers`).

As in HiGAN (Yang et al. 2021) each layer is edited alone and the images are scored again: a layer
owns a property when it moves that score more than it moves the others.
"""

import numpy as np
import torch
from torch import Tensor

from vectorfind.directions.groups import Scores
from vectorfind.directions.latent_scores import score_latents
from vectorfind.directions.linear import DualFinder
from vectorfind.names import CONTROLLED, CONTROLLED_COLUMNS, PROPERTIES


class LayersFinder:
    """The dual basis, each direction kept only in the layers that own its property.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        finder: finds the directions that are restricted; the dual basis by default.
        faces: samples whose layers are edited one by one.
        offset: length of these edits in w, either way.
        least: share of the strongest layer's effect that a layer needs to own a property.
        seed: of the choice of samples.

    After `fit`: `directions_` per property [16, layers, D]; `gain_`; `effects_` [3, layers, 8]: the
    change of every standardised score per unit step in one layer alone; `owned_` bool [3, layers].
    """

    def __init__(
        self,
        generator: torch.nn.Module,
        scorer: torch.nn.Module,
        finder: DualFinder | None = None,
        faces: int = 64,
        offset: float = 1.0,
        least: float = 0.05,
        seed: int = 0,
    ):
        self.generator, self.scorer = generator, scorer
        self.finder = finder or DualFinder()
        self.faces, self.offset, self.least, self.seed = faces, offset, least, seed

    def fit(self, w: np.ndarray, scores: Scores, groups: np.ndarray) -> "LayersFinder":
        """Fit on w [N, D], scores of the 8 properties and group indices [N]."""
        self.finder.fit(w, scores, groups)
        chosen = np.random.default_rng(self.seed).choice(
            len(w), min(self.faces, len(w)), replace=False
        )
        chosen.sort()
        self.effects_ = self._effects(np.asarray(w[chosen]), groups[chosen])
        own = list(CONTROLLED_COLUMNS)
        wanted = self.effects_[range(len(own)), :, own]
        self.owned_ = wanted >= self.least * wanted.max(axis=1, keepdims=True)
        self.directions_ = {
            name: self.finder.directions_[name][:, None] * mask[None, :, None].astype(np.float32)
            for name, mask in zip(CONTROLLED, self.owned_, strict=True)
        }
        shares = (wanted * self.owned_).sum(1) / np.maximum(wanted.sum(1), 1e-9)
        self.gain_ = {
            name: share * self.finder.gain_[name]
            for name, share in zip(CONTROLLED, shares, strict=True)
        }
        return self

    def _effects(self, w: np.ndarray, groups: np.ndarray) -> np.ndarray:
        layers = self.generator.num_layers
        points = torch.as_tensor(w)[:, None].expand(-1, layers, -1)
        spread = self._scores(points).std(0).clamp_min(1e-6)
        effects = torch.zeros(len(CONTROLLED), layers, len(PROPERTIES))
        for row, name in enumerate(CONTROLLED):
            moves = torch.as_tensor(self.finder.directions_[name][groups])
            for layer in range(layers):
                step = torch.zeros_like(points)
                step[:, layer] = self.offset * moves
                change = self._scores(points + step) - self._scores(points - step)
                effects[row, layer] = (change / spread).mean(0).cpu() / (2 * self.offset)
        return effects.numpy()

    def _scores(self, latents: Tensor) -> Tensor:
        return score_latents(self.generator, self.scorer, latents)
