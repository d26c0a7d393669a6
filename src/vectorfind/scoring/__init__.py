"""Scores from pixels: attribute CNNs (system.md 3) and the property scorer (system.md 4).

Their training is left to its modules, whose imports no other job should wait for.
"""

from vectorfind.scoring.attribute_cnn import (
    AttributeEnsemble,
    load_ensemble,
    save_ensemble,
    score_attributes,
    score_each,
)
from vectorfind.scoring.property_cnn import (
    PropertyScorer,
    load_scorer,
    merge_scorers,
    save_scorer,
    score_images,
)

__all__ = [
    "AttributeEnsemble",
    "PropertyScorer",
    "load_ensemble",
    "load_scorer",
    "merge_scorers",
    "save_ensemble",
    "save_scorer",
    "score_attributes",
    "score_each",
    "score_images",
]
