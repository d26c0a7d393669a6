"""How high the brows are: a measure of one's own, for `vocabulary.properties.NAME.measure`."""

import numpy as np

BROWS, EYES = (2, 3), (4, 5)
"""Classes of the parse map: the picture's left and right brow, and the eyes."""


def brow_height(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how far the brows are above the eyes, in pixels of 224: the mean of both sides.

    0 where no side shows both.

    Args:
        parse_map: uint8 [224, 224], classes of docs/system.md 2.1.
        image: uint8 [224, 224, 3], the picture that was parsed.
    """
    heights = []
    for brow, eye in zip(BROWS, EYES, strict=True):
        brow_rows, eye_rows = (np.nonzero(parse_map == part)[0] for part in (brow, eye))
        if len(brow_rows) and len(eye_rows):
            heights.append(eye_rows.mean() - brow_rows.mean())
    return max(float(np.mean(heights)), 0.0) if heights else 0.0
