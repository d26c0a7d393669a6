"""How much of an edit each synthesis layer makes: HiGAN's re-scoring (Yang et al. 2021)."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from vectorfind.directions.edits import Edit
from vectorfind.directions.latent_scores import score_latents
from vectorfind.evaluation.strength import single_offsets
from vectorfind.names import CONTROLLED, PROPERTIES


@torch.inference_mode()
def layer_responses(
    generator: torch.nn.Module,
    scorer: torch.nn.Module,
    edit: Edit,
    w: Tensor,
    groups: Tensor,
    spread: np.ndarray,
    offset: float = 1.0,
) -> pd.DataFrame:
    """Edit each layer alone, as the whole edit would move it, and score the images again.

    Args:
        generator: in eval mode.
        scorer: property scorer in eval mode, on the generator's device.
        edit: from offsets to latents.
        w: faces [n, D], on that device.
        groups: index into GROUPS [n].
        spread: standard deviation of the eight scores [8].
        offset: of the edits, either way.

    Returns:
        A row per property and layer: property, layer, and for each of PROPERTIES the change of its
        score, in standard deviations, per unit of offset; a mean over faces. The last rows' layer
        is `all`.
    """
    layers = generator.num_layers
    table = torch.as_tensor(single_offsets(np.array([-offset, offset]))).to(w.device)
    plain = w[:, None].expand(-1, layers, -1)
    rows = []
    for name, offsets in zip(CONTROLLED, table, strict=True):
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
            rows.append(
                {"property": name, "layer": label, **dict(zip(PROPERTIES, change, strict=True))}
            )
    return pd.DataFrame(rows)
