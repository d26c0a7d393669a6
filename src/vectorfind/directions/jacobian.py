"""How the scores of one face change with its own w, through generator and scorer."""

import torch
from torch import Tensor

from vectorfind.names import PROPERTIES


def score_jacobian(
    generator: torch.nn.Module, scorer: torch.nn.Module, latents: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the scores [N, 8] and their gradients [N, 8, ...] with respect to latents.

    Args:
        generator: in eval mode, on the device of `latents`.
        scorer: differentiable property scorer in eval mode, on the same device.
        latents: w [N, D] or [N, layers, D].
    """
    order = [scorer.properties.index(name) for name in PROPERTIES]
    with torch.inference_mode(False), torch.enable_grad():
        points = latents.detach().clone().requires_grad_(True)
        scores = scorer(generator.synthesis(points).clamp(-1, 1))[:, order]
        gradients = [
            torch.autograd.grad(scores[:, column].sum(), points, retain_graph=True)[0]
            for column in range(len(order))
        ]
    return scores.detach(), torch.stack(gradients, dim=1)
