"""Judges: what measures an image, behind one interface."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vectorfind.faces.measures import PUBLISHED_MEASURES, Measure
from vectorfind.faces.parser import COLOURS, FaceParser, measure_faces_and_colours
from vectorfind.images import to_network_range
from vectorfind.networks import FaceScorer
from vectorfind.scoring import AttributeEnsemble, score_each

NO_COLOUR = 127.5
"""Of a face without skin, background or hair."""


Embed = Callable[[Tensor], np.ndarray]
"""From uint8 images to features [N, D] that say who a face is."""

Look = tuple[dict[str, np.ndarray], np.ndarray]
"""Every judge's scores of images by its name, and features."""


@dataclass(frozen=True)
class Judge:
    """Something that measures images.

    `measure` takes uint8 [N,H,W,3] on any device and returns float32 [N, len(columns)].
    """

    name: str
    columns: tuple[str, ...]
    measure: Callable[[Tensor], np.ndarray]
    negated: tuple[str, ...] = ()
    """Columns that change sign when a face is mirrored."""


def look_at(images: Tensor, judges: Sequence[Judge], embed: Embed | None) -> Look:
    """Return every judge's scores of images by its name, and features [N, D]; D = 0 without."""
    features = np.empty((len(images), 0), np.float32) if embed is None else embed(images)
    return {judge.name: judge.measure(images) for judge in judges}, features


def scorer_judge(scorer: FaceScorer, name: str = "scorer") -> Judge:
    """Judge by a property CNN; images and scorer must be on the same device."""

    @torch.inference_mode()
    def measure(images: Tensor) -> np.ndarray:
        return scorer(to_network_range(images)).float().cpu().numpy()

    return Judge(name, tuple(scorer.properties), measure, tuple(scorer.negated))


def parser_judges(
    parser: FaceParser, measures: Mapping[str, Measure] = PUBLISHED_MEASURES
) -> tuple[Judge, Judge]:
    """Judge by parse map and `measures` (system.md 2), in raw scores; and the colours as bystander.

    Correlations do not depend on the scale; responses are standardised when summarised. Both judges
    share the parse of the images that either was shown last.
    """
    last: list[Any] = []

    def measured(images: Tensor, part: int) -> np.ndarray:
        if not last or last[0] is not images:
            table, colours = measure_faces_and_colours(parser, images.cpu().numpy(), measures)
            scores = table.to_numpy(np.float32)
            last[:] = [images, scores, np.nan_to_num(colours, nan=NO_COLOUR)]
        return last[part]

    return (
        Judge("parser", tuple(measures), lambda images: measured(images, 1)),
        Judge("colours", COLOURS, lambda images: measured(images, 2)),
    )


def attribute_judge(
    ensembles: Sequence[AttributeEnsemble], device: torch.device | str = "cpu"
) -> Judge:
    """Judge by attribute CNNs: a bystander, whose probabilities no offset should move."""

    def measure(images: Tensor) -> np.ndarray:
        return score_each(ensembles, images.cpu().numpy(), device=device)

    return Judge("attributes", tuple(ensemble.attribute for ensemble in ensembles), measure)


def on_scale_of(judge: Judge, measured: np.ndarray, wanted: np.ndarray) -> Judge:
    """Return a judge whose scores have another one's mean and spread on the same faces.

    Args:
        judge: with P columns.
        measured: its scores of some unedited faces [n, P].
        wanted: the other's scores of these faces [n, P], on the scale that is asked for.
    """
    spread = measured.std(0, ddof=1)
    factor = wanted.std(0, ddof=1) / np.where(spread > 0, spread, 1)
    shift = wanted.mean(0) - factor * measured.mean(0)
    return replace(judge, measure=lambda images: factor * judge.measure(images) + shift)


def both_ways_round(judge: Judge) -> Judge:
    """Return a judge that measures each image and its mirror image: the mean is less noisy."""
    sign = np.where(np.isin(judge.columns, judge.negated), -1, 1).astype(np.float32)

    def measure(images: Tensor) -> np.ndarray:
        return (judge.measure(images) + sign * judge.measure(images.flip(2))) / 2

    return replace(judge, measure=measure)
