"""The GAN game of system.md 5: training images, logistic losses and the R1 penalty."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from vectorfind.stylegan.discriminator import Discriminator
from vectorfind.stylegan.generator import Generator
from vectorfind.stylegan.layers import NoiseSource
from vectorfind.training.ranks import ALONE, Ranks


class DiscriminatorLoss(NamedTuple):
    """The discriminator's loss and what it is made of, detached and of the whole batch.

    Of several processes `loss` is each one's own part; the mean of the parts is the batch's.
    """

    loss: Tensor
    logistic: Tensor
    r1_penalty: Tensor
    real_scores: Tensor
    fake_scores: Tensor


def draw_training_images(
    generator: Generator,
    z: Tensor,
    label: Tensor | None = None,
    *,
    style_mixing: float = 0.0,
    w_avg_decay: float = 0.995,
    noise: NoiseSource = "random",
    ranks: Ranks = ALONE,
) -> Tensor:
    """Draw images [N, 3, H, W] as a training step does, and move the generator's mean `w`.

    With probability `style_mixing` the layers from a random one on take the styles of a second
    random `z`. Draws come from torch's global generators: seed them per step. No truncation. Of
    several processes each draws its own part of the batch. Source: Karras et al. 2019, section 3.1.
    """
    w = generator.mapping(z, label)
    generator.truncation.update(ranks.gather(w.detach()), w_avg_decay)
    wp = generator.truncation(w)
    if style_mixing and torch.rand(()).item() < style_mixing:
        wp = _mix_styles(generator, wp, z, label, ranks)
    return generator.synthesis(wp, noise=ranks.randn if noise == "random" else noise)


def _mix_styles(
    generator: Generator, wp: Tensor, z: Tensor, label: Tensor | None, ranks: Ranks
) -> Tensor:
    """Replace the styles `wp` of `z`, from a random layer on, by those of another random `z`."""
    used_layers = generator.num_layers - 2 * int(generator.synthesis.default_lod)
    cutoff = int(torch.randint(1, used_layers, ()))
    drawn = ranks.randn(*z.shape, dtype=z.dtype, device=z.device)
    second = generator.truncation(generator.mapping(drawn, label))
    return torch.cat([wp[:, :cutoff], second[:, cutoff:]], dim=1)


def discriminator_loss(
    discriminator: Discriminator,
    reals: Tensor,
    fakes: Tensor,
    *,
    label: Tensor | None = None,
    r1_gamma: float = 10.0,
    ranks: Ranks = ALONE,
) -> DiscriminatorLoss:
    """Logistic loss on real and drawn images [N, 3, H, W], with R1 on the real ones.

    `label` holds for both; of several processes each gives its own part of them. The loss is
    E[softplus(D(fake))] + E[softplus(-D(real))] + gamma / 2 E[|grad D(real)|^2]; gamma 0: no R1.
    Source: Mescheder et al. 2018, equation 9.
    """
    real_scores, penalty = _score_reals(discriminator, reals, label, r1_gamma, ranks)
    fake_scores = _score(discriminator, fakes.detach(), label, ranks)
    loss = logistic_loss(ranks.own(real_scores), ranks.own(fake_scores))
    return DiscriminatorLoss(
        loss=loss + 0.5 * r1_gamma * penalty,
        logistic=logistic_loss(real_scores, fake_scores).detach(),
        r1_penalty=ranks.mean(penalty.detach()),
        real_scores=real_scores.detach(),
        fake_scores=fake_scores.detach(),
    )


def _score_reals(
    discriminator: Discriminator,
    reals: Tensor,
    label: Tensor | None,
    r1_gamma: float,
    ranks: Ranks,
) -> tuple[Tensor, Tensor]:
    """As `penalised_scores`; without `r1_gamma` the penalty is 0."""
    if r1_gamma:
        return penalised_scores(discriminator, reals, label, ranks=ranks)
    scores = _score(discriminator, reals.detach(), label, ranks)
    return scores, torch.zeros((), device=reals.device)


def logistic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """The discriminator's logistic loss of scores [N, 1]. Source: Goodfellow et al. 2014."""
    return F.softplus(fake_scores).mean() + F.softplus(-real_scores).mean()


def non_saturating_loss(fake_scores: Tensor) -> Tensor:
    """The generator's loss of the scores [N, 1] of what it drew. Source: Goodfellow et al. 2014."""
    return F.softplus(-fake_scores).mean()


def penalised_scores(
    discriminator: Discriminator, reals: Tensor, label: Tensor | None, *, ranks: Ranks = ALONE
) -> tuple[Tensor, Tensor]:
    """Return the scores of all processes' reals [N, 1], and R1 of the own ones, differentiable."""
    reals = reals.detach().requires_grad_(True)
    scores = _score(discriminator, reals, label, ranks)
    return scores, r1_penalty(reals, ranks.own(scores))


def r1_penalty(reals: Tensor, scores: Tensor) -> Tensor:
    """Mean squared norm of the scores' gradient at `reals`, differentiable itself."""
    (gradient,) = torch.autograd.grad(scores.sum(), reals, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()


def generator_loss(
    discriminator: Discriminator,
    fakes: Tensor,
    label: Tensor | None = None,
    *,
    ranks: Ranks = ALONE,
) -> Tensor:
    """Non-saturating logistic loss of drawn images [N, 3, H, W]."""
    return non_saturating_loss(ranks.own(_score(discriminator, fakes, label, ranks)))


def _score(
    discriminator: Discriminator, images: Tensor, label: Tensor | None, ranks: Ranks
) -> Tensor:
    """Return the scores [N, 1] of all processes' images."""
    return score_batch(discriminator, discriminator.features(images), label, ranks=ranks)


def score_batch(
    discriminator: Discriminator, features: Tensor, label: Tensor | None, *, ranks: Ranks = ALONE
) -> Tensor:
    """Run all processes' `features`, [n, C, 4, 4] each, through the last layers: [N, 1].

    Each scores the whole batch of N, since `append_minibatch_std` compares all its images.
    """
    label = None if label is None else ranks.gather(label)
    return discriminator.score(ranks.gather(features), label)


def real_fake_auroc(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Probability that a real image scores higher than a drawn one; ties count half."""
    difference = real_scores.flatten()[:, None] - fake_scores.flatten()[None, :]
    return (difference.sign().mean() + 1) / 2
