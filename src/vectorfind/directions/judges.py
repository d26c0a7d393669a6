"""Judges: what measures an image, behind one interface."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vectorfind.faces.parser import FaceParser, measure_images
from vectorfind.images import to_network_range
from vectorfind.names import PROPERTIES
from vectorfind.scoring import AttributeEnsemble, score_attributes


@dataclass(frozen=True)
class Judge:
    """Something that measures images.

    `measure` takes uint8 [N,H,W,3] on any device and returns float32 [N, len(columns)].
    """

    name: str
    columns: tuple[str, ...]
    measure: Callable[[Tensor], np.ndarray]


def scorer_judge(scorer: torch.nn.Module, name: str = "scorer") -> Judge:
    """Judge by a property CNN; images and scorer must be on the same device."""

    @torch.inference_mode()
    def measure(images: Tensor) -> np.ndarray:
        return scorer(to_network_range(images)).float().cpu().numpy()

    return Judge(name, tuple(scorer.properties), measure)


def parser_judge(parser: FaceParser) -> Judge:
    """Judge by parse map and algorithm (system.md 2), in raw scores.

    Correlations do not depend on the scale; responses are standardised when summarised.
    """

    def measure(images: Tensor) -> np.ndarray:
        table = measure_images(parser, images.cpu().numpy())
        return table[list(PROPERTIES)].to_numpy(np.float32)

    return Judge("parser", PROPERTIES, measure)


def attribute_judge(
    ensembles: Sequence[AttributeEnsemble], device: torch.device | str = "cpu"
) -> Judge:
    """Judge by attribute CNNs: a bystander, whose probabilities no offset should move."""

    def measure(images: Tensor) -> np.ndarray:
        pictures = images.cpu().numpy()
        scores = [score_attributes(ensemble, pictures, device=device) for ensemble in ensembles]
        return np.stack(scores, axis=1)

    return Judge("attributes", tuple(ensemble.attribute for ensemble in ensembles), measure)


def standardised(judge: Judge, unedited: np.ndarray) -> Judge:
    """Return a judge whose scores are in standard deviations of a population's scores [n, P]."""
    mean, spread = unedited.mean(0), unedited.std(0, ddof=1)
    spread = np.where(spread > 0, spread, 1)
    return Judge(judge.name, judge.columns, lambda images: (judge.measure(images) - mean) / spread)
