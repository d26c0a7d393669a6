"""Who judges a comparison, from their files."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vectorfind.faces.measures import load_measures
from vectorfind.faces.parser import load_parser
from vectorfind.judges.identity import load_embedder
from vectorfind.judges.judge import (
    Embed,
    Judge,
    attribute_judge,
    parser_judges,
    scorer_judge,
)
from vectorfind.labels.annotator import features, load_annotator
from vectorfind.networks import FaceScorer
from vectorfind.scoring import load_ensemble, load_scorer

SECOND = "second scorer"


def independent_judges(
    parser: Mapping[str, Any],
    measures: Mapping[str, str],
    second_scorer: str,
    device: torch.device,
) -> list[Judge]:
    """Return the judges that no finder has asked: parser and second scorer; see `load_judges`."""
    parsed, _ = parser_judges(load_parser(**parser, device=device), load_measures(measures))
    return [parsed, scorer_judge(load_scorer(second_scorer).to(device), SECOND)]


def load_judges(
    scorer: FaceScorer,
    parser: Mapping[str, Any],
    measures: Mapping[str, str],
    second_scorer: str,
    attributes: Sequence[str],
    device: torch.device,
) -> list[Judge]:
    """Return scorer, parser, second scorer, and the bystanders colours and attributes.

    Args:
        scorer: the one that finds directions and assigns groups, on `device`.
        parser: keyword arguments of `load_parser`.
        measures: what the parser's maps are measured by, as `load_measures` takes it.
        second_scorer: file of a scorer that no finder has seen.
        attributes: files of attribute CNNs that no finder has seen; may be empty.
        device: where to compute.
    """
    parsed, colours = parser_judges(load_parser(**parser, device=device), load_measures(measures))
    second = scorer_judge(load_scorer(second_scorer).to(device), SECOND)
    judges = [scorer_judge(scorer), parsed, second, colours]
    if attributes:
        judges.append(attribute_judge([load_ensemble(path) for path in attributes], device))
    return judges


def choose_embedder(
    identity: dict[str, Any], annotator: str | None, device: torch.device
) -> Embed | None:
    """Return features that say who a face is: the user's network, else the demo's annotator.

    Args:
        identity: section `compare.identity` of the configuration.
        annotator: file of the demo's annotator, or None: then there may be no features at all.
        device: where to compute.
    """
    if identity["model"]:
        return load_embedder(**identity, device=device)
    if not annotator:
        return None
    reader = load_annotator(annotator).to(device)

    def embed(images: Tensor) -> np.ndarray:
        return features(reader, images.cpu().numpy())

    return embed
