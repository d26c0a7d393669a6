"""What an edit must leave alone besides the scores: attributes, colours, the look of a face."""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from vectorfind.faces.parser import COLOURS, FaceParser, measure_colours
from vectorfind.images import to_unit_range
from vectorfind.scoring import AttributeEnsemble

SIDE = 16
"""Height and width at which a face's pixels are looked at."""
COMPONENTS = 8
"""Principal components of these pixels that are kept (eigenfaces, Turk & Pentland 1991)."""
PARSED_OF = 4
"""One image of so many is parsed for its colours: parsing takes as long as drawing."""
PRICES = {"attributes": 0.03, "look": 3.0, "colours": 0.3}
"""Of moving each kind, in the variances of `follow_scores`: a low price is a strict rule."""
NO_PRICE = 1e6
"""Of what was never seen, as the hair of bald faces: nothing is known of how to keep it."""


class KeptMeasures:
    """Measures what edits must leave alone; `fit` decides scale and components on real samples.

    Three kinds of columns: logits of the attribute CNNs, principal components of the face's pixels
    without what the scores explain of them, and mean colours of skin, background and hair
    (system.md 2.1). A colour that was not looked at is NaN.

    Args:
        ensembles: attribute CNNs, on the device of the images; may be empty.
        parser: face parser; colours are left out without it.

    After `fit`: `prices_` [K], the price of moving each column.
    """

    def __init__(
        self, ensembles: Sequence[AttributeEnsemble] = (), parser: FaceParser | None = None
    ):
        self.ensembles, self.parser = list(ensembles), parser

    def fit(self, pictures: np.ndarray, scores: np.ndarray) -> "KeptMeasures":
        """Fit on what `look_at` saw of samples and on their standardised scores [n, P]."""
        attributes, pixels, _ = self._split(pictures)
        components = min(COMPONENTS, len(pixels) - 1, pixels.shape[1])
        self.explained_ = LinearRegression().fit(scores, pixels)
        residual = pixels - self.explained_.predict(scores)
        self.components_ = PCA(components, whiten=True, svd_solver="full").fit(residual)
        raw = self._columns(pictures, scores)
        seen = ~np.isnan(raw).all(axis=0)
        known = np.where(seen, raw, 0)
        self.mean_, spread = np.nanmean(known, axis=0), np.nanstd(known, axis=0)
        self.spread_ = np.where(spread > 0, spread, 1)
        counts = {"attributes": attributes.shape[1], "look": components}
        counts["colours"] = raw.shape[1] - sum(counts.values())
        prices = np.repeat([PRICES[kind] for kind in counts], list(counts.values()))
        self.prices_ = np.where(seen, prices, NO_PRICE)
        return self

    def transform(self, pictures: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Return standardised columns [n, K] of what `look_at` saw."""
        return (self._columns(pictures, scores) - self.mean_) / self.spread_

    @torch.inference_mode()
    def look_at(self, images: Tensor) -> np.ndarray:
        """Return what is needed of uint8 images [n, H, W, 3], float32 [n, M]."""
        unit = to_unit_range(images)
        logits = [ensemble.logit(unit)[:, None] for ensemble in self.ensembles]
        pixels = adaptive_avg_pool2d(unit, SIDE).flatten(1)
        seen = torch.cat([*logits, pixels], dim=1).float().cpu().numpy()
        if self.parser is None:
            return seen
        colours = np.full((len(images), len(COLOURS)), np.nan, np.float32)
        colours[::PARSED_OF] = measure_colours(self.parser, images[::PARSED_OF].cpu().numpy())
        return np.concatenate([seen, colours], axis=1)

    def _split(self, pictures: np.ndarray) -> list[np.ndarray]:
        """Split what was seen into attributes, pixels and colours."""
        first = len(self.ensembles)
        return np.split(pictures, [first, first + 3 * SIDE**2], axis=1)

    def _columns(self, pictures: np.ndarray, scores: np.ndarray) -> np.ndarray:
        attributes, pixels, colours = self._split(pictures)
        look = self.components_.transform(pixels - self.explained_.predict(scores))
        return np.concatenate([attributes, look, colours], axis=1)
