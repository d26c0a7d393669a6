"""Face parsing, and from the parse map the property scores."""

from vectorfind.faces.properties import measure_properties

__all__ = ["measure_properties"]
