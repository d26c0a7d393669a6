"""Who judges a comparison, from their files."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vectorfind.demo.annotator import features, load_annotator
from vectorfind.directions.image_test import Embed
from vectorfind.directions.judges import (
    Judge,
    attribute_judge,
    parser_judges,
    scorer_judge,
)
from vectorfind.evaluation.identity import load_embedder
from vectorfind.faces.parser import load_parser
from vectorfind.scoring import load_ensemble, load_scorer


def load_judges(
    scorer: torch.nn.Module,
    parser: dict[str, Any],
    second_scorer: str,
    attributes: Sequence[str],
    device: torch.device,
) -> list[Judge]:
    """Return scorer, parser, second scorer, and the bystanders colours and attributes.

    Args:
        scorer: the one that finds directions and assigns groups, on `device`.
        parser: section `parser` of the configuration.
        second_scorer: file of a scorer that no finder has seen.
        attributes: files of attribute CNNs that no finder has seen; may be empty.
        device: where to compute.
    """
    options = {key: value for key, value in parser.items() if key != "batch_size"}
    parsed, colours = parser_judges(load_parser(**options, device=device))
    second = scorer_judge(load_scorer(second_scorer).to(device), "second scorer")
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
