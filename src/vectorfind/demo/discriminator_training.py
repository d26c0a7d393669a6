"""Makes the discriminator a good base for fine-tuning: it knows faces, and its scores are mild.

The fine-tunings train its last three layers only, so what lies below must carry the attributes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vectorfind.demo.annotator_training import reading_losses
from vectorfind.demo.loop import Step, adam, descend, train
from vectorfind.demo.world.cache import Faces
from vectorfind.demo.world.parameters import ATTRIBUTES, PARAMETERS
from vectorfind.finetuning.losses import discriminator_loss
from vectorfind.stylegan import Discriminator, Generator
from vectorfind.training import digest_tensors

BATCH = 128
PEAK_RATE = 2e-3
R1_GAMMA = 10.0
SEED = 5
GAME_RATE = 1e-4


@contextmanager
def _inputs_of_last_layer(discriminator: Discriminator) -> Iterator[list[Tensor]]:
    """Yield a list to which every forward pass appends what enters the last layer."""
    seen: list[Tensor] = []
    last = getattr(discriminator, f"layer{2 * discriminator.num_blocks}")
    hook = last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    try:
        yield seen
    finally:
        hook.remove()


def last_three_layers(discriminator: Discriminator) -> list[nn.Parameter]:
    """Return the parameters that system.md 5 leaves trainable in the fine-tunings."""
    last = 2 * discriminator.num_blocks
    layers = [getattr(discriminator, f"layer{index}") for index in (last - 2, last - 1, last)]
    return [parameter for layer in layers for parameter in layer.parameters()]


def train_discriminator(
    discriminator: Discriminator,
    generator: Generator,
    work: Path,
    faces: Faces,
    steps: Sequence[int],
    *,
    batch: int = BATCH,
) -> None:
    """Train the discriminator in place, on the faces' device; resumable in the folder `work`.

    `steps`: of reading the faces, then of the game on the last three layers.
    """
    device = faces.z.device
    torch.manual_seed(SEED)
    generator.to(device).eval().requires_grad_(False)
    discriminator.to(device).train()
    decides = {
        "faces": digest_tensors(faces.z),
        "batch": batch,
        "all steps": list(steps),
        "generator": digest_tensors(*generator.state_dict().values()),
    }
    with _inputs_of_last_layer(discriminator) as seen:
        step, parts = _reading_step(discriminator, seen, generator, faces, batch)
        name = work / "discriminator-reads"
        train(name, steps[0], PEAK_RATE, step, parts, device, seed=SEED, fingerprint=decides)
    step, parts = _game_step(discriminator, generator, faces, batch)
    name = work / "discriminator-plays"
    train(name, steps[1], GAME_RATE, step, parts, device, seed=SEED + 1, fingerprint=decides)


def _pictures(generator: Generator, faces: Faces, rows: Tensor) -> Tensor:
    with torch.no_grad():
        return generator.synthesis(generator.mapping(faces.z[rows]))


def _half_rendered(generator: Generator, faces: Faces, rows: Tensor) -> Tensor:
    """Return images of faces: generated ones of the first half, renders of the second."""
    half = len(rows) // 2
    return torch.cat([_pictures(generator, faces, rows[:half]), faces.pictures(rows[half:])])


def _reading_step(
    discriminator: Discriminator, seen: list[Tensor], generator: Generator, faces: Faces, batch: int
) -> tuple[Step, dict[str, Any]]:
    """Teach the features under the last layer to predict parameters and attributes."""
    device = faces.z.device
    last = getattr(discriminator, f"layer{2 * discriminator.num_blocks}")
    head = nn.Linear(last.weight.shape[1], len(PARAMETERS) + len(ATTRIBUTES)).to(device)
    trained = [*discriminator.parameters(), *head.parameters()]
    optimizer = adam([{"params": trained, "scale": 1.0}], device)

    def step() -> dict[str, Tensor]:
        rows = torch.randint(len(faces.z), (batch,), device=device)
        seen.clear()
        scores = discriminator(_half_rendered(generator, faces, rows))
        read = head(seen.pop()).split([len(PARAMETERS), len(ATTRIBUTES)], dim=1)
        losses = reading_losses(read, faces, rows)
        # The small weight on the scores keeps the last layer near zero until the game begins.
        mild = 0.01 * scores.square().mean()
        descend(optimizer, 10 * losses["regression"] + losses["labels"] + mild)
        return {name: loss.detach() for name, loss in losses.items()}

    return step, {"discriminator": discriminator, "head": head, "optimizer": optimizer}


def _game_step(
    discriminator: Discriminator, generator: Generator, faces: Faces, batch: int
) -> tuple[Step, dict[str, Any]]:
    """Play renders against generated faces on the last three layers, with R1."""
    device = faces.z.device
    optimizer = adam(
        [{"params": last_three_layers(discriminator), "scale": 1.0}], device, (0.0, 0.99)
    )

    def step() -> dict[str, Tensor]:
        rows = torch.randint(len(faces.z), (2, batch // 2), device=device)
        reals = faces.pictures(rows[0])
        found = discriminator_loss(
            discriminator, reals, _pictures(generator, faces, rows[1]), r1_gamma=R1_GAMMA
        )
        descend(optimizer, found.loss)
        gap = found.real_scores.mean() - found.fake_scores.mean()
        return {"logistic": found.logistic, "r1": found.r1_penalty, "gap": gap}

    return step, {"discriminator": discriminator, "optimizer": optimizer}
