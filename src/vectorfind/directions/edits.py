"""From offsets of eyes, mouth and pose to edited latents."""

from collections.abc import Callable
from itertools import product

import numpy as np
import torch
from torch import Tensor

from vectorfind.names import CONTROLLED

Edit = Callable[[Tensor, Tensor, Tensor], Tensor]
"""An edit takes w [B, D], group indices [B] and offsets [B, K, 3] (eyes, mouth, pose) and returns
latents for the synthesis network, [B, K, D]."""

EYES_OFFSETS = (-1.2, 1.2)
MOUTH_OFFSETS = (-1.8, -0.9, 0.0, 0.9, 1.8)
POSE_OFFSETS = (-1.8, -1.2, -0.6, 0.0, 0.6)

TEST_OFFSETS = np.array(list(product(EYES_OFFSETS, MOUTH_OFFSETS, POSE_OFFSETS)), np.float32)
"""The image test's 2 x 5 x 5 offsets [50, 3] (system.md 1.15)."""

LOWEST, HIGHEST = TEST_OFFSETS.min(0), TEST_OFFSETS.max(0)
"""Of each property's offsets [3]."""


def linear_edit(directions: dict[str, np.ndarray], unit: float) -> Edit:
    """Return the edit w + unit * sum of offset * direction of the face's group.

    Args:
        directions: per property unit vectors [16, D].
        unit: length of an offset of 1 in w.
    """
    stacked = np.stack([directions[name] for name in CONTROLLED], axis=1)
    vectors = torch.as_tensor(unit * stacked, dtype=torch.float32)

    def edit(w: Tensor, groups: Tensor, offsets: Tensor) -> Tensor:
        own = vectors.to(w.device)[groups.to(w.device)]
        return w[:, None] + torch.einsum("bkc,bcd->bkd", offsets.to(w), own)

    return edit
