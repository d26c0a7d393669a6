"""Scores from pixels: attribute CNNs (system.md 3) and the property scorer (system.md 4)."""

from vectorfind.scoring.attribute_cnn import (
    AttributeEnsemble,
    load_ensemble,
    save_ensemble,
    score_attributes,
)
from vectorfind.scoring.attribute_training import train_attribute, train_fold
from vectorfind.scoring.property_cnn import (
    PropertyScorer,
    load_scorer,
    merge_scorers,
    save_scorer,
    score_images,
)
from vectorfind.scoring.property_training import train_property_scorer

__all__ = [
    "AttributeEnsemble",
    "PropertyScorer",
    "load_ensemble",
    "load_scorer",
    "merge_scorers",
    "save_ensemble",
    "save_scorer",
    "score_attributes",
    "score_images",
    "train_attribute",
    "train_fold",
    "train_property_scorer",
]
