"""Face parsing (`faces.parser`), and from the parse map the property scores."""

from vectorfind.faces.normalise import apply_normalisation, fit_normalisation
from vectorfind.faces.properties import measure_properties

__all__ = [
    "apply_normalisation",
    "fit_normalisation",
    "measure_properties",
]
