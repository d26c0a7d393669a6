"""Trains face readers on renders: the teacher of the distillation, its judge, the annotator."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from vectorfind.demo.loop import adam, descend, train
from vectorfind.demo.world.cache import Faces
from vectorfind.labels.annotator import FaceReader, save_annotator
from vectorfind.training import digest_tensors

BATCH = 256
PEAK_RATE = 2e-3


def soften(images: Tensor) -> Tensor:
    """Blur every image by an amount of its own and add noise, as a weak generator would.

    Args:
        images: float [N, 3, H, W] in -1..1.
    """
    count = len(images)
    # Two running means of two pixels make a binomial filter without a kernel to copy.
    padded = F.pad(images, (1, 1, 1, 1), mode="replicate")
    blurred = F.avg_pool2d(F.avg_pool2d(padded, 2, 1), 2, 1)
    share = torch.rand(count, 1, 1, 1, device=images.device)
    strength = 0.06 * torch.rand(count, 1, 1, 1, device=images.device)
    return torch.lerp(images, blurred, share) + strength * torch.randn_like(images)


def train_reader(
    path: Path,
    work: Path,
    faces: Faces,
    steps: int,
    seed: int,
    *,
    batch: int = BATCH,
) -> None:
    """Train a face reader, resumable in the folder `work`, and save it as `path`."""
    torch.manual_seed(seed)
    device = faces.z.device
    reader = FaceReader().to(device).train()
    optimizer = adam([{"params": list(reader.parameters()), "scale": 1.0}], device)

    def step() -> dict[str, Tensor]:
        rows = torch.randint(len(faces.z), (batch,), device=device)
        losses = reading_losses(reader(soften(faces.pictures(rows))), faces, rows)
        descend(optimizer, 10 * losses["regression"] + losses["labels"])
        return {name: loss.detach() for name, loss in losses.items()}

    parts = {"reader": reader, "optimizer": optimizer}
    decides = {"faces": digest_tensors(faces.z), "batch": batch}
    train(work / path.stem, steps, PEAK_RATE, step, parts, device, seed=seed, fingerprint=decides)
    save_annotator(path, reader)


def reading_losses(read: tuple[Tensor, Tensor], faces: Faces, rows: Tensor) -> dict[str, Tensor]:
    """Return how wrong read parameters [n, P] and attribute logits [n, 4] of some faces are."""
    parameters, logits = read
    return {
        "regression": F.mse_loss(parameters, faces.parameters[rows]),
        "labels": F.binary_cross_entropy_with_logits(logits, faces.attributes[rows]),
    }
