"""How well directions control faces that were never used otherwise."""

import numpy as np
import torch
from torch import Tensor

from vectorfind.directions.edits import linear_edit
from vectorfind.directions.image_test import measure_faces
from vectorfind.directions.judges import Judge
from vectorfind.directions.linear import Validate
from vectorfind.directions.unit import resolve_unit


def held_out_edits(
    generator: torch.nn.Module,
    judge: Judge,
    cutoffs: dict[str, float],
    z: Tensor,
    label: Tensor | None,
    unit: float | str,
    w: np.ndarray,
    device: torch.device | str = "cpu",
) -> Validate:
    """Return what finders choose their parameters by: an image test of held-out faces.

    The figure is the mean correlation of the three offsets with their own scores, over faces. The
    faces must be none of those that the results are tested on.

    Args:
        generator: in eval mode, on `device`.
        judge: measures all eight properties; the one that scored the samples.
        cutoffs: the groups' medians.
        z: [n, z_dim] of the held-out faces.
        label: [n, 7] or None.
        unit: length of an offset of 1 in w, or `auto` (`resolve_unit`).
        w: sampled latents [N, D], which `auto` measures.
        device: where to compute.
    """

    def validate(directions: dict[str, np.ndarray]) -> float:
        edit = linear_edit(directions, resolve_unit(unit, directions, w))
        results = measure_faces(generator, edit, [judge], cutoffs, z, label, device=device)
        return float(results.judges[judge.name].own_correlations().mean())

    return validate
