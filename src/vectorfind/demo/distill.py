"""Teaches a StyleGAN generator to draw the population: z to the face that the renderer draws."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vectorfind.demo.loop import adam, average_into, descend, train
from vectorfind.demo.world.cache import Faces
from vectorfind.demo.world.parameters import PARAMETERS
from vectorfind.demo.world.population import SEED, Z_DIM
from vectorfind.labels.annotator import FaceReader
from vectorfind.stylegan import (
    Generator,
    Networks,
    build_discriminator,
    build_generator,
)
from vectorfind.training import digest_tensors

RESOLUTION, FMAPS_BASE, FMAPS_MAX = 64, 1024, 96
BATCH = 32
PEAK_RATE = 8e-3
STYLE_SCALE, MAPPING_SCALE = 3.0, 5.0
"""Learning rates relative to the convolutions'; mapping weights are stored 100 times larger."""
AVERAGE_DECAY = 0.998
PHASES = ((None, 0.04), (2, 0.04), (1, 0.1), (0, 0.82))
"""Levels of detail left out (None: the mapping alone), and the share of the rate's schedule."""

# Background, skin, brows, eyes, nose, upper lip, inner mouth, lower lip, hair.
CLASS_WEIGHTS = (0.8, 1.3, 2.0, 2.0, 4.0, 4.0, 1.5, 3.0, 3.0, 3.0, 1.2)
W_PENALTY = 0.01
SCORE_WEIGHT = 0.05
FEATURE_WEIGHT = 0.1
READING_WEIGHT = 1.0


def fresh_networks() -> Networks:
    """Make the untrained networks of the demo (demo-world: 64x64, z = w = 64)."""
    generator = build_generator(RESOLUTION, Z_DIM, Z_DIM, FMAPS_BASE, FMAPS_MAX, seed=SEED)
    discriminator = build_discriminator(RESOLUTION, FMAPS_BASE, FMAPS_MAX, seed=SEED)
    return Networks(generator, discriminator, deepcopy(generator))


def score_matrix(device: torch.device) -> Tensor:
    """Return the fixed orthonormal rows [P, 64] along which w holds the normal scores."""
    gaussian = torch.randn(Z_DIM, len(PARAMETERS), generator=torch.Generator().manual_seed(SEED))
    return torch.linalg.qr(gaussian).Q.T.to(device)


def score_loss(w: Tensor, scores: Tensor, matrix: Tensor) -> Tensor:
    """How far w is from holding the normal scores linearly, with a small pull towards zero."""
    return F.mse_loss(w @ matrix.T, scores) + W_PENALTY * w.square().mean()


def picture_loss(drawn: Tensor, wanted: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weighted loss of images [N, 3, H, W] and their plain L1.

    L1 + 0.5 L2 + 0.5 L1 of the gradients; `weight` [N, 1, H, W] by class.
    """
    difference = drawn - wanted
    plain = difference.abs()
    loss = (weight * (plain + 0.5 * difference.square())).mean()
    for axis in (2, 3):
        step = difference.diff(dim=axis).abs()
        loss = loss + 0.5 * (weight.narrow(axis, 1, step.shape[axis]) * step).mean()
    return loss, plain.mean()


def reading_loss(teacher: FaceReader, drawn: Tensor, wanted: Tensor) -> Tensor:
    """How differently a face reader sees the drawn and the wanted images."""
    kind = drawn.device.type
    # No cache: a cast weight kept from outside would be stale when a CUDA graph is replayed.
    with torch.autocast(kind, torch.bfloat16, enabled=kind == "cuda", cache_enabled=False):
        drawn_maps = teacher.maps(drawn)
        with torch.no_grad():
            wanted_maps = teacher.maps(wanted)
        readings = [_readings(teacher, maps[-1]) for maps in (drawn_maps, wanted_maps)]
    loss = READING_WEIGHT * F.mse_loss(readings[0].float(), readings[1].float())
    for seen, right in zip(drawn_maps[0::2], wanted_maps[0::2], strict=True):
        gap = (seen - right).abs().mean(dtype=torch.float32)
        loss = loss + FEATURE_WEIGHT * gap / right.abs().mean(dtype=torch.float32)
    return loss


def _readings(teacher: FaceReader, last_map: Tensor) -> Tensor:
    embedding = F.leaky_relu(teacher.embedding(last_map.flatten(1)), 0.1)
    return teacher.parameter_head(embedding).sigmoid()


def groups_by_part(
    generator: Generator, mapping_scale: float, style_scale: float
) -> list[dict[str, Any]]:
    """Return groups for `adam`: the mapping, the styles and all else, with their rates' scales."""
    groups: dict[float, list[nn.Parameter]] = {mapping_scale: [], style_scale: [], 1.0: []}
    for name, parameter in generator.named_parameters():
        mapping, style = name.startswith("mapping."), ".style." in name
        scale = mapping_scale if mapping else style_scale if style else 1.0
        groups[scale].append(parameter)
    return [{"params": group, "scale": scale} for scale, group in groups.items()]


def _mapping_step(
    generator: Generator, faces: Faces, optimizer: torch.optim.Optimizer, batch: int
) -> Callable[[], dict[str, Tensor]]:
    matrix = score_matrix(faces.z.device)

    def step() -> dict[str, Tensor]:
        rows = torch.randint(len(faces.z), (8 * batch,), device=faces.z.device)
        loss = score_loss(generator.mapping(faces.z[rows]), faces.scores[rows], matrix)
        descend(optimizer, loss)
        return {"scores": loss.detach()}

    return step


def _picture_step(
    generator: Generator,
    average: Generator,
    faces: Faces,
    teacher: FaceReader | None,
    optimizer: torch.optim.Optimizer,
    left_out: int,
    batch: int,
) -> Callable[[], dict[str, Tensor]]:
    device = faces.z.device
    matrix = score_matrix(device)
    by_class = torch.tensor(CLASS_WEIGHTS, device=device)
    averaged, current = list(average.parameters()), list(generator.parameters())

    def step() -> dict[str, Tensor]:
        rows = torch.randint(len(faces.z), (batch,), device=device)
        wanted = faces.pictures(rows)
        weight = by_class[faces.maps[rows].long()][:, None]
        if left_out:
            coarse = F.avg_pool2d(wanted, 2**left_out)
            wanted = F.interpolate(coarse, scale_factor=2**left_out, mode="nearest")
        w = generator.mapping(faces.z[rows])
        drawn = generator.synthesis(w, lod=left_out, noise="random")
        loss, plain = picture_loss(drawn, wanted, weight)
        if teacher is not None:
            loss = loss + reading_loss(teacher, drawn, wanted)
        loss = loss + SCORE_WEIGHT * score_loss(w, faces.scores[rows], matrix)
        descend(optimizer, loss)
        average_into(averaged, current, AVERAGE_DECAY)
        return {"loss": loss.detach(), "L1": plain.detach()}

    return step


def with_mean_w(average: Generator, z: Tensor) -> Generator:
    """Copy the generator to the CPU and set its mean w from the latents z [N, z_dim]."""
    finished = deepcopy(average)
    with torch.no_grad():
        finished.truncation.w_avg.copy_(finished.mapping(z).mean(dim=0))
    return finished.cpu().eval()


def distill(
    networks: Networks,
    work: Path,
    faces: Faces,
    steps: Sequence[int],
    teacher: FaceReader,
    *,
    batch: int = BATCH,
) -> Networks:
    """Train the generator; resumable in the folder `work`.

    Args:
        networks: untrained, as `fresh_networks` makes them.
        work: folder of the checkpoints.
        faces: rendered faces, on the device to train on.
        steps: updates of each of `PHASES`.
        teacher: reads the pictures at full size; on the same device.
        batch: faces per step; the mapping alone takes eight times as many.

    Returns:
        On the CPU, the networks with the running average of the trained weights as generator and
        smooth copy; the discriminator is untouched.
    """
    device = faces.z.device
    untrained, discriminator = networks.players
    generator = untrained.to(device).train()
    average = deepcopy(generator)
    optimizer = adam(groups_by_part(generator, MAPPING_SCALE, STYLE_SCALE), device)
    parts = {"generator": generator, "average": average, "optimizer": optimizer}
    decides = {
        "faces": digest_tensors(faces.z),
        "batch": batch,
        "all steps": list(steps),
        "teacher": digest_tensors(*teacher.state_dict().values()),
    }
    progress = 0.0
    for index, ((left_out, share), count) in enumerate(zip(PHASES, steps, strict=True)):
        average.load_state_dict(generator.state_dict())
        if left_out is None:
            name, step = "mapping", _mapping_step(generator, faces, optimizer, batch)
        else:
            name, reader = f"distill-{RESOLUTION >> left_out}", None if left_out else teacher
            step = _picture_step(generator, average, faces, reader, optimizer, left_out, batch)
        span, seed = (progress, progress + share), SEED + index
        train(
            work / name,
            count,
            PEAK_RATE,
            step,
            parts,
            device,
            seed=seed,
            fingerprint=decides,
            span=span,
        )
        progress += share
    finished = with_mean_w(average, faces.z[:50_000])
    return Networks(finished, discriminator.cpu(), deepcopy(finished))
