"""What steering faces to requested scores found."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Steered:
    """What `SteerableFace.steer` found; scores are in the population's standard deviations.

    `images` uint8 [N,H,W,3]; `w` [N, D]; `offsets`, `requested` and `error` (requested minus
    measured by the scorer) [N, S] for the steered properties; `measured` the same per judge;
    `reached` bool [N] tells whether every score is within the tolerance: if not, what is returned
    is the nearest that was found. `distance` [N] is that of w from the population, about 1 inside.
    """

    images: np.ndarray
    w: np.ndarray
    offsets: np.ndarray
    requested: np.ndarray
    measured: dict[str, np.ndarray]
    error: np.ndarray
    reached: np.ndarray
    distance: np.ndarray
