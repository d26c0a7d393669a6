"""How much of an edit each synthesis layer makes: HiGAN's re-scoring (Yang et al. 2021)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vectorfind.directions.edits import Edit
from vectorfind.evaluation.strength import single_offsets
from vectorfind.networks import FaceGenerator, FaceScorer
from vectorfind.samples.score_latents import score_latents


@torch.inference_mode()
def layer_responses(
    generator: FaceGenerator,
    scorer: FaceScorer,
    edit: Edit,
    w: Tensor,
    groups: Tensor,
    spread: np.ndarray,
    steered: Sequence[str],
    *,
    offset: float = 1.0,
) -> pd.DataFrame:
    """Edit each layer alone, as the whole edit would move it, and score the images again.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        edit: from offsets to latents.
        w: faces [n, D], on that device.
        groups: indices [n].
        spread: standard deviation of the scores [P].
        steered: the properties, in the order of the edit's offsets.
        offset: of the edits, either way.

    Returns:
        A row per property and layer: property, layer, and for each of `scorer.properties` the
        change of its score, in standard deviations, per unit of offset; a mean over faces. The
        last rows' layer is `all`.
    """
    layers = generator.num_layers
    table = torch.as_tensor(single_offsets(len(steered), np.array([-offset, offset]))).to(w.device)
    plain = w[:, None].expand(-1, layers, -1)
    rows = []
    for name, offsets in zip(steered, table, strict=True):
        edited = edit(w, groups, offsets.expand(len(w), -1, -1))
        if edited.ndim == 3:
            edited = edited[:, :, None].expand(-1, -1, layers, -1)
        for layer in (*range(layers), slice(None)):
            scores = []
            for side in range(2):
                latents = plain.clone()
                latents[:, layer] = edited[:, side, layer]
                scores.append(score_latents(generator, scorer, latents).cpu().numpy())
            change = (scores[1] - scores[0]).mean(0) / (2 * offset * spread)
            label = "all" if isinstance(layer, slice) else layer
            changes = dict(zip(scorer.properties, change, strict=True))
            rows.append({"property": name, "layer": label, **changes})
    return pd.DataFrame(rows)
