"""Sharpens what regression blurred: a discriminator compares generator and teacher of the same z.

The generator answers to the verdict, to the discriminator's features of the teacher's picture
(Wang et al. 2018, equation 4) and, a little, to its coarse pixels.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from vectorfind.demo.distill import groups_by_part, with_mean_w
from vectorfind.demo.loop import adam, average_into, train
from vectorfind.finetuning.losses import logistic_loss, non_saturating_loss, r1_penalty
from vectorfind.photo.regression import AVERAGE_DECAY, BATCH, SEED
from vectorfind.photo.teacher import Z_DIM, Teacher, latents, teach
from vectorfind.stylegan import Discriminator, Generator, Networks
from vectorfind.training import digest_tensors, place

RATE = 1.5e-3
STYLE_SCALE, MAPPING_SCALE = 1.5, 20.0
HELD, FALLING = (0.02, 0.02), (0.02, 1.0)
"""Of the rate's schedule: it stays at its peak, or falls over the last steps of a game."""
R1_GAMMA, R1_INTERVAL = 2.0, 16
FEATURE_WEIGHT, PIXEL_WEIGHT = 1.0, 2.0
MEAN_OF = 50_000
"""Latents that the mean w is of."""


def play(
    networks: Networks,
    work: Path,
    teacher: Teacher,
    steps: int,
    *,
    compiled: bool = True,
    ends: bool = False,
) -> Networks:
    """Train both players on the CPU; resumable in the folder `work`.

    Args:
        networks: a generator that regression has taught, or that has played before.
        work: folder of the checkpoints.
        teacher: in eval mode.
        steps: updates.
        compiled: compile the generator, which takes a minute and then 1.5 times fewer seconds.
        ends: let the rate fall to a hundredth over these steps, the last of a game.

    Returns:
        The running average of the generator's weights as generator and smooth copy, and the
        discriminator.
    """
    device, (generator, discriminator) = torch.device("cpu"), deepcopy(networks).players
    generator.train()
    discriminator = place(discriminator.train(), device, torch.channels_last)
    average = deepcopy(generator)
    groups = groups_by_part(generator, MAPPING_SCALE, STYLE_SCALE)
    groups.append({"params": list(discriminator.parameters()), "scale": 1.0})
    optimizer = adam(groups, device, (0.0, 0.99))
    parts = {
        "generator": generator,
        "average": average,
        "discriminator": discriminator,
        "optimizer": optimizer,
    }
    known = (teacher, generator, discriminator)
    tensors = [tensor for network in known for tensor in network.state_dict().values()]
    decides = {"batch": BATCH, "started from": digest_tensors(*tensors)}
    with _maps_of(discriminator) as maps:
        step = _step(generator, average, discriminator, teacher, optimizer, maps, compiled)
        folder, seed, span = work / "game", SEED + 10, FALLING if ends else HELD
        train(folder, steps, RATE, step, parts, device, seed=seed, fingerprint=decides, span=span)
    finished = with_mean_w(average, latents(MEAN_OF, SEED))
    judge = place(discriminator.eval(), device, torch.contiguous_format)
    return Networks(finished, judge, deepcopy(finished))


@contextmanager
def _maps_of(discriminator: Discriminator) -> Iterator[list[Tensor]]:
    """Yield a list to which every forward pass appends what leaves each block that shrinks."""
    seen: list[Tensor] = []
    blocks = range(discriminator.num_blocks - 1)
    layers = [getattr(discriminator, f"layer{2 * block + 1}") for block in blocks]
    hooks = [
        layer.register_forward_hook(lambda _, __, output: seen.append(output)) for layer in layers
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def feature_gap(drawn: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Return the sum over maps of their mean difference, relative to the wanted ones' mean size."""
    gaps = [
        (one - other).abs().mean(dtype=torch.float32) / other.abs().mean(dtype=torch.float32)
        for one, other in zip(drawn, (map_.detach() for map_ in wanted), strict=True)
    ]
    return torch.stack(gaps).sum()


def _plays(name: str) -> bool:
    """Tell whether a parameter of the discriminator sees images of full size."""
    return name.startswith(("layer", "input0."))


def _step(
    generator: Generator,
    average: Generator,
    discriminator: Discriminator,
    teacher: Teacher,
    optimizer: torch.optim.Optimizer,
    maps: list[Tensor],
    compiled: bool,
) -> Callable[[], dict[str, Tensor]]:
    averaged, current = list(average.parameters()), list(generator.parameters())
    judging = [one for name, one in discriminator.named_parameters() if _plays(name)]
    synthesis = torch.compile(generator.synthesis) if compiled else generator.synthesis
    autocast = torch.autocast("cpu", torch.bfloat16)

    def step() -> dict[str, Tensor]:
        z = torch.randn(BATCH, Z_DIM)
        reals = teach(teacher, z).contiguous(memory_format=torch.channels_last)
        with autocast:
            drawn = synthesis(generator.mapping(z), noise="random").float()
        fakes = drawn.detach().contiguous(memory_format=torch.channels_last).requires_grad_(True)
        maps.clear()
        with autocast:
            real_scores, fake_scores = discriminator(reals).float(), discriminator(fakes).float()
        gap = feature_gap(maps[len(maps) // 2 :], maps[: len(maps) // 2])
        g_loss = non_saturating_loss(fake_scores)
        coarse = F.l1_loss(F.avg_pool2d(fakes, 4), F.avg_pool2d(reals, 4))
        # Both players learn from one pass: what the generator is told, then what it is judged by.
        asked = g_loss + FEATURE_WEIGHT * gap + PIXEL_WEIGHT * coarse
        (pull,) = torch.autograd.grad(asked, fakes, retain_graph=True)
        d_loss = logistic_loss(real_scores, fake_scores)
        optimizer.zero_grad(set_to_none=True)
        gradients = torch.autograd.grad(d_loss, judging)
        for parameter, gradient in zip(judging, gradients, strict=True):
            parameter.grad = gradient
        if torch.rand(()) * R1_INTERVAL < 1:  # by chance, so that a resumed game does the same
            penalised = reals.detach().requires_grad_(True)
            penalty = r1_penalty(penalised, discriminator(penalised))
            (0.5 * R1_GAMMA * R1_INTERVAL * penalty).backward(inputs=judging)
        drawn.backward(pull)
        optimizer.step()
        average_into(averaged, current, AVERAGE_DECAY)
        auroc = (real_scores > fake_scores.T).float().mean()
        figures = {"g": g_loss, "d": d_loss, "features": gap, "coarse": coarse, "auroc": auroc}
        return {name: value.detach() for name, value in figures.items()}

    return step
