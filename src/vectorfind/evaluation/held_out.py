"""How well directions control faces that were never used otherwise."""

import numpy as np
import torch
from torch import Tensor

from vectorfind.directions.dual import Validate
from vectorfind.directions.edits import TEST_OFFSETS, linear_edit, resolve_unit
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.judges.judge import Judge
from vectorfind.networks import FaceGenerator
from vectorfind.samples.samples import Samples


def held_out_edits(
    generator: FaceGenerator,
    judge: Judge,
    samples: Samples,
    cutoffs: dict[str, float],
    z: Tensor,
    label: Tensor | None,
    *,
    unit: float | str,
    offsets: np.ndarray = TEST_OFFSETS,
    device: torch.device | str = "cpu",
) -> Validate:
    """Return what finders choose their parameters by: an image test of held-out faces.

    The figure is the mean correlation of the offsets with their own scores, over faces. The
    faces must be none of those that the results are tested on.

    Args:
        generator: in eval mode, on `device`.
        judge: measures all properties; the one that scored the samples.
        samples: give the names, and the w that `auto` measures.
        cutoffs: the groups' medians.
        z: [n, z_dim] of the held-out faces.
        label: [n, L] or None.
        unit: length of an offset of 1 in w, or `auto` (`resolve_unit`).
        offsets: edits of each face [K, S].
        device: where to compute.
    """

    def validate(vectors: dict[str, np.ndarray]) -> float:
        results = measure_faces(
            generator,
            linear_edit(vectors, resolve_unit(unit, vectors, samples.w)),
            [judge],
            cutoffs,
            z,
            label,
            names=samples.names,
            offsets=offsets,
            device=device,
        )
        return float(results.own_correlations(judge.name).mean())

    return validate
