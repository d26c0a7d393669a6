"""Face parsing, and from the parse map the property scores."""

from vectorfind.faces.normalise import apply_normalisation, fit_normalisation
from vectorfind.faces.parser import load_parser, measure_images
from vectorfind.faces.properties import measure_properties

__all__ = [
    "apply_normalisation",
    "fit_normalisation",
    "load_parser",
    "measure_images",
    "measure_properties",
]
