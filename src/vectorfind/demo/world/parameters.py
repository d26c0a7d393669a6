"""The parameters of a drawn face and the binary attributes that follow from them."""

from typing import Any, TypeVar

import numpy as np

Value = TypeVar("Value", float, np.ndarray)
"""Of one face, or of N faces."""

PARAMETERS = (
    "eyes",
    "mouth",
    "pose",
    "hair_brightness",
    "hair_hue",
    "hair_length",
    "curl",
    "background_brightness",
    "background_hue",
    "background_texture",
    "gender",
    "age",
    "glasses",
    "quality",
    "skin",
    "face_width",
    "position",
    "lips",
    "shirt",
)
"""Names of the columns of every parameter array; each value lies in 0..1."""

ATTRIBUTES = ("gender", "quality", "age", "glass")
"""What `true_attributes` returns, in this order."""

INDEX = {name: column for column, name in enumerate(PARAMETERS)}

# A label flips where the drawing changes most, so that a human would agree with it.
WOMAN_ABOVE = 0.5
BAD_BELOW = 0.06
OLD_ABOVE = 0.6
GLASSES_ABOVE = 0.6


def smoothstep(value: Value, low: float, high: float) -> Value:
    """Return 0 below `low`, 1 above `high` and a smooth rise in between."""
    position: Any = np.clip((np.asarray(value) - low) / (high - low), 0, 1)
    return position * position * (3 - 2 * position)


def smear_strength(quality: Value) -> Value:
    """How much of a face is smeared, 0..1, as a function of the `quality` parameter."""
    return 1 - smoothstep(quality, BAD_BELOW - 0.04, BAD_BELOW + 0.04)


def glasses_opacity(glasses: Value) -> Value:
    """How opaque the frame of the glasses is, 0..1."""
    return smoothstep(glasses, GLASSES_ABOVE - 0.05, GLASSES_ABOVE + 0.05)


def true_attributes(parameters: np.ndarray) -> np.ndarray:
    """Return the labels gender, quality, age, glass (system.md 2) of drawn faces.

    Args:
        parameters: float [N, P], columns as in `PARAMETERS`.

    Returns:
        int64 [N, 4] of 0 and 1 in the order of `ATTRIBUTES`.
    """
    columns = (
        parameters[:, INDEX["gender"]] > WOMAN_ABOVE,
        parameters[:, INDEX["quality"]] >= BAD_BELOW,
        parameters[:, INDEX["age"]] > OLD_ABOVE,
        parameters[:, INDEX["glasses"]] > GLASSES_ABOVE,
    )
    return np.stack(columns, axis=1).astype(np.int64)
