"""Teaches a StyleGAN by pixels what the teacher draws of the same z; what it gets is blurred."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cache, partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vectorfind.demo.distill import groups_by_part, picture_loss
from vectorfind.demo.loop import adam, average_into, descend, train
from vectorfind.photo.teacher import Z_DIM, Teacher, latents, teach
from vectorfind.stylegan import (
    Generator,
    Networks,
    build_discriminator,
    build_generator,
)
from vectorfind.training import digest_tensors

RESOLUTION, W_DIM, FMAPS_BASE, FMAPS_MAX = 64, 128, 2048, 128
SEED = 7
BATCH = 32
COARSE = 16
"""Side at which the pictures' principal components are taken."""
COMPONENTS, POOL = 96, 60_000
"""Principal components of the pictures that w learns to hold first, and of how many pictures."""
MAPPING_RATE, HEAD_RATE = 2.0, 2e-3
STYLE_SCALE, MAPPING_SCALE = 2.0, 50.0
"""Learning rates relative to the convolutions'; mapping weights are stored 100 times larger."""
PHASES = ((2, 0.3), (1, 0.35), (0, 0.35))
"""Levels of detail left out, and the share of the rate's schedule."""
PEAK_RATE = 6e-3
AVERAGE_DECAY = 0.998


def fresh_networks() -> Networks:
    """Make the untrained networks of the photo-like world."""
    generator = build_generator(RESOLUTION, Z_DIM, W_DIM, FMAPS_BASE, FMAPS_MAX, seed=SEED)
    discriminator = build_discriminator(RESOLUTION, FMAPS_BASE, FMAPS_MAX, seed=SEED)
    return Networks(generator, discriminator, deepcopy(generator))


def regress(generator: Generator, work: Path, teacher: Teacher, steps: Sequence[int]) -> None:
    """Train a generator in place, on the CPU; resumable in the folder `work`.

    Args:
        generator: untrained.
        work: folder of the checkpoints.
        teacher: in eval mode.
        steps: updates of the mapping alone, then of each of `PHASES`.
    """
    device = torch.device("cpu")
    decides = {
        "batch": BATCH,
        "all steps": list(steps),
        "teacher": digest_tensors(*teacher.state_dict().values()),
    }
    generator.train()
    _teach_mapping(generator, work, teacher, steps[0], decides)
    average = deepcopy(generator)
    optimizer = adam(groups_by_part(generator, MAPPING_SCALE, STYLE_SCALE), device)
    parts = {"generator": generator, "average": average, "optimizer": optimizer}
    progress = 0.0
    for index, ((left_out, share), count) in enumerate(zip(PHASES, steps[1:], strict=True)):
        average.load_state_dict(generator.state_dict())
        train(
            work / f"regression-{RESOLUTION >> left_out}",
            count,
            PEAK_RATE,
            _picture_step(generator, average, teacher, optimizer, left_out),
            parts,
            device,
            seed=SEED + 1 + index,
            fingerprint=decides,
            span=(progress, progress + share),
        )
        progress += share
    generator.load_state_dict(average.state_dict())


def _teach_mapping(
    generator: Generator, work: Path, teacher: Teacher, steps: int, decides: dict[str, object]
) -> None:
    """Let w hold the main components of the pictures linearly: without it they stay alike."""
    device = torch.device("cpu")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        head = nn.Linear(W_DIM, COMPONENTS)
    groups = [
        {"params": list(generator.mapping.parameters()), "scale": MAPPING_RATE / HEAD_RATE},
        {"params": list(head.parameters()), "scale": 1.0},
    ]
    optimizer = adam(groups, device)
    # Drawing them takes a minute, which a training that has ended needs no more.
    pool = cache(partial(_components, teacher))

    def step() -> dict[str, Tensor]:
        latents, components = pool()
        rows = torch.randint(POOL, (4 * BATCH,))
        w = generator.mapping(latents[rows])
        loss = F.mse_loss(head(w), components[rows])
        descend(optimizer, loss + 0.003 * w.square().mean())
        return {"components": loss.detach()}

    parts = {"generator": generator, "head": head, "optimizer": optimizer}
    folder = work / "mapping"
    train(folder, steps, HEAD_RATE, step, parts, device, seed=SEED, fingerprint=decides)


def _components(teacher: Teacher) -> tuple[Tensor, Tensor]:
    """Return latents [N, 100] and the standardised main components of their pictures [N, 96]."""
    z = latents(POOL, SEED + 1)
    side = RESOLUTION // COARSE
    pictures = (F.avg_pool2d(teach(teacher, part), side) for part in z.split(256))
    rows = torch.cat([part.flatten(1) for part in pictures])
    rows = rows - rows.mean(0)
    some = rows[:8192]
    _, scale, axes = torch.linalg.svd(some, full_matrices=False)
    return z, rows @ axes[:COMPONENTS].T / (scale[:COMPONENTS] / len(some) ** 0.5)


def _picture_step(
    generator: Generator,
    average: Generator,
    teacher: Teacher,
    optimizer: torch.optim.Optimizer,
    left_out: int,
) -> Callable[[], dict[str, Tensor]]:
    averaged, current = list(average.parameters()), list(generator.parameters())

    def step() -> dict[str, Tensor]:
        z = torch.randn(BATCH, Z_DIM)
        wanted = teach(teacher, z)
        with torch.autocast("cpu", torch.bfloat16):
            drawn = generator.synthesis(generator.mapping(z), lod=left_out, noise="random").float()
        if left_out:
            wanted = F.avg_pool2d(wanted, 2**left_out)
            drawn = F.avg_pool2d(drawn, 2**left_out)
        loss, plain = picture_loss(drawn, wanted, torch.ones_like(drawn[:, :1]))
        descend(optimizer, loss)
        average_into(averaged, current, AVERAGE_DECAY)
        return {"loss": loss.detach(), "L1": plain.detach()}

    return step
