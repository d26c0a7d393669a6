"""One face while it is being drawn, and the colours of its parts.

Every part is a polygon in the head's own coordinates (pixels of the final image, origin at the
bridge of the nose, v downwards), turned and moved onto a canvas of four times the size. The label
canvas is filled by the same polygons, so that image and parse map agree.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vectorfind.demo.world.parameters import smoothstep

SUPERSAMPLING = 4
FIXED_POINT_BITS = 4

BACKGROUND, SKIN, LEFT_BROW, RIGHT_BROW, LEFT_EYE, RIGHT_EYE = range(6)
NOSE, UPPER_LIP, INNER_MOUTH, LOWER_LIP, HAIR = range(6, 11)
CLOTH = 11  # drawn, but background in the parse map (system.md 2.1 has no such class)

GREY = np.array([176.0, 174.0, 172.0])


@dataclass(frozen=True)
class Face:
    """One face while it is being drawn: its parameters, where its head is, and both canvases."""

    value: dict[str, float]
    turn: np.ndarray
    centre: np.ndarray
    canvas: np.ndarray
    labels: np.ndarray

    def fill(self, points: np.ndarray, colour: np.ndarray, label: int | None = None) -> None:
        """Fill a polygon given in head coordinates; `label` None leaves the labels alone."""
        placed = ((points @ self.turn.T + self.centre) * SUPERSAMPLING - 0.5) * 2**FIXED_POINT_BITS
        corners = np.rint(placed).astype(np.int32)
        cv2.fillPoly(self.canvas, [corners], colour.tolist(), cv2.LINE_AA, FIXED_POINT_BITS)
        if label is not None:
            cv2.fillPoly(self.labels, [corners], label, cv2.LINE_8, FIXED_POINT_BITS)

    def stroke(self, points: np.ndarray, colour: np.ndarray, width: float) -> None:
        """Draw an open line of `width` final pixels given in head coordinates."""
        placed = ((points @ self.turn.T + self.centre) * SUPERSAMPLING - 0.5) * 2**FIXED_POINT_BITS
        cv2.polylines(
            self.canvas,
            [np.rint(placed).astype(np.int32)],
            False,
            colour.tolist(),
            max(1, round(width * SUPERSAMPLING)),
            cv2.LINE_AA,
            FIXED_POINT_BITS,
        )


def mix(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """Return colours or points between two."""
    return first + (second - first) * share


def tint(brightness: float, chroma: float, hue: float) -> np.ndarray:
    """Return the RGB colour whose mean is `brightness`; `hue` in turns."""
    phases = 2 * np.pi * (hue - np.array([0, 1, 2]) / 3)
    return np.clip(brightness + chroma * np.cos(phases), 0, 255)


def skin_colour(value: dict[str, float]) -> np.ndarray:
    """Return the RGB of the skin."""
    return mix(np.array([112.0, 74, 54]), np.array([246.0, 212, 190]), value["skin"])


def hair_colour(value: dict[str, float]) -> np.ndarray:
    """Return the RGB of the hair, grey with age."""
    brightness = 28 + 190 * value["hair_brightness"]
    chroma = 14 + 0.42 * min(brightness, 255 - brightness)
    colour = tint(brightness, chroma, -0.02 + 0.16 * value["hair_hue"])
    return mix(colour, GREY, 0.5 * smoothstep(value["age"], 0.4, 1.0))


def background_colour(value: dict[str, float]) -> np.ndarray:
    """Return the RGB behind the head."""
    brightness = 34 + 190 * value["background_brightness"]
    chroma = 0.3 * min(brightness, 255 - brightness)
    return tint(brightness, chroma, 0.1 + 0.75 * value["background_hue"])


def shirt_colour(value: dict[str, float]) -> np.ndarray:
    """Return the RGB of the shirt."""
    return tint(105, 55, 0.25 + 0.6 * value["shirt"])
