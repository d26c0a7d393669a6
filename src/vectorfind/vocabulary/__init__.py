"""What the system speaks of: properties, attributes, stages. No torch, no other room."""

from vectorfind.vocabulary.names import PUBLISHED_NAMES, Names, group_names, names_of
from vectorfind.vocabulary.published import PUBLISHED, Vocabulary
from vectorfind.vocabulary.rows import Attribute, Input, Property, View, split_measure
from vectorfind.vocabulary.stages import STAGES, Stage, stages_from

__all__ = [
    "PUBLISHED",
    "PUBLISHED_NAMES",
    "STAGES",
    "Attribute",
    "Input",
    "Names",
    "Property",
    "Stage",
    "View",
    "Vocabulary",
    "group_names",
    "names_of",
    "split_measure",
    "stages_from",
]
