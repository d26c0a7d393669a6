"""Measures what the recipe made, on held-out faces that no training saw."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from vectorfind.demo.distill import score_matrix
from vectorfind.demo.parser_training import CLASSES, parse_logits
from vectorfind.demo.world.cache import Faces
from vectorfind.demo.world.parameters import ATTRIBUTES, PARAMETERS
from vectorfind.faces.properties import measure_properties
from vectorfind.finetuning.losses import real_fake_auroc
from vectorfind.images import to_network_range, to_uint8
from vectorfind.labels.annotator import FaceReader, annotate, read_parameters
from vectorfind.stylegan import Discriminator, Generator, generate

BATCH = 64
MEASURED_FACES = 400
PROPERTY_PARAMETER = {
    "eyes": "eyes",
    "mouth": "mouth",
    "pose": "pose",
    "hair_color": "hair_brightness",
    "hair_length": "hair_length",
    "background_mean": "background_brightness",
    "background_std": "background_texture",
    "hairstyle": "curl",
}
"""Which parameter of the drawing each property of system.md 2 measures."""


def pictures_of(generator: Generator, z: Tensor, device: torch.device) -> np.ndarray:
    """Draw uint8 images [N, 64, 64, 3] of latents z [N, 64]."""
    return torch.cat([images for _, images in generate(generator, z, None, BATCH, device)]).numpy()


def rendered(faces: Faces) -> np.ndarray:
    """Return the rendered images as uint8 [N, 64, 64, 3] on the CPU."""
    return faces.images.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson correlation of two columns; 0 where one does not vary."""
    value = np.corrcoef(first, second)[0, 1]
    return round(float(np.nan_to_num(value)), 4)


def reader_figures(reader: FaceReader, images: np.ndarray, faces: Faces) -> dict[str, Any]:
    """Correlation of every read parameter with the true one, and AUROC of every attribute."""
    parameters, labels = faces.parameters.cpu().numpy(), faces.attributes.cpu().numpy()
    read, probabilities = read_parameters(reader, images), annotate(reader, images)
    correlations = {
        name: correlation(read[:, column], parameters[:, column])
        for column, name in enumerate(PARAMETERS)
    }
    aurocs = {
        name: round(float(roc_auc_score(labels[:, column], probabilities[:, column])), 4)
        for column, name in enumerate(ATTRIBUTES)
    }
    shares = {
        name: round(float((probabilities[:, i] > 0.5).mean()), 4)
        for i, name in enumerate(ATTRIBUTES)
    }
    return {"correlation": correlations, "auroc": aurocs, "share": shares}


def reading_figures(
    readers: Mapping[str, FaceReader],
    parser: nn.Module,
    renders: np.ndarray,
    generated: np.ndarray,
    faces: Faces,
) -> dict[str, Any]:
    """Figures of face readers, by name, and of the parser on both kinds of images of the faces."""
    kinds = {"renders": renders, "generated": generated}
    found: dict[str, Any] = {}
    for name, reader in readers.items():
        for kind, images in kinds.items():
            found[f"{name} on {kind}"] = reader_figures(reader, images, faces)
    for kind, images in kinds.items():
        found[f"parser IoU on {kind}"] = overlap_figures(parser, images, faces)
        found[f"properties on {kind}"] = property_figures(parser, images, faces)
    return found


def picture_figures(drawn: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """L1 in network range and PSNR of uint8 images against those they should be."""
    difference = (drawn.astype(np.float32) - wanted) / 127.5
    squared = np.square(difference).mean(axis=(1, 2, 3))
    psnr = float(np.mean(10 * np.log10(4 / np.maximum(squared, 1e-9))))
    return {"L1": round(float(np.abs(difference).mean()), 5), "PSNR": round(psnr, 3)}


@torch.inference_mode()
def parse(parser: nn.Module, images: np.ndarray, side: int) -> np.ndarray:
    """Return parse maps, uint8 [N, side, side]."""
    device = next(parser.parameters()).device
    found = []
    for start in range(0, len(images), BATCH):
        batch = to_network_range(images[start : start + BATCH]).to(device)
        found.append(parse_logits(parser, batch, side).argmax(1).to(torch.uint8).cpu())
    return torch.cat(found).numpy()


def overlap_figures(parser: nn.Module, images: np.ndarray, faces: Faces) -> dict[str, Any]:
    """Intersection over union of every class on faces that are not smeared."""
    clear = faces.clear.cpu().numpy()
    right = faces.maps.cpu().numpy()[clear]
    return class_overlaps(parse(parser, images[clear], images.shape[1]), right)


def class_overlaps(
    found: np.ndarray, right: np.ndarray, classes: Sequence[str] = CLASSES
) -> dict[str, float]:
    """Intersection over union of every class, and their mean, of maps against those they should be.

    Pixels of all maps together; a class is numbered by its place in `classes`.
    """
    overlaps = {}
    for index, name in enumerate(classes):
        union = ((found == index) | (right == index)).sum()
        overlaps[name] = float(((found == index) & (right == index)).sum() / max(union, 1))
    mean = float(np.mean(list(overlaps.values())))
    return {"mean": round(mean, 4)} | {name: round(v, 4) for name, v in overlaps.items()}


def property_figures(parser: nn.Module, images: np.ndarray, faces: Faces) -> dict[str, Any]:
    """Correlation of the measured properties (system.md 2) with the parameters they measure."""
    clear = faces.clear.cpu().numpy().nonzero()[0][:MEASURED_FACES]
    maps = parse(parser, images[clear], 224)
    large = [cv2.resize(image, (224, 224)) for image in images[clear]]
    measured = [measure_properties(m, image) for m, image in zip(maps, large, strict=True)]
    parameters = faces.parameters.cpu().numpy()[clear]
    return {
        name: correlation(
            np.array([row[name] for row in measured]), parameters[:, PARAMETERS.index(parameter)]
        )
        for name, parameter in PROPERTY_PARAMETER.items()
    }


@torch.inference_mode()
def w_figures(generator: Generator, faces: Faces) -> dict[str, Any]:
    """How w spreads, and how well the fixed directions in it hold the normal scores."""
    w = generator.mapping(faces.z)
    centred = w - generator.truncation.w_avg
    read = w @ score_matrix(w.device).T
    columns = zip(read.T.cpu().numpy(), faces.scores.T.cpu().numpy(), strict=True)
    correlations = [correlation(*column) for column in columns]
    return {
        "std per dimension": round(float(w.std(0).mean()), 4),
        "distance from the mean": round(float(centred.norm(dim=1).mean()), 4),
        "correlation with the scores": dict(zip(PARAMETERS, correlations, strict=True)),
    }


@torch.inference_mode()
def discriminator_figures(
    discriminator: Discriminator, images: np.ndarray, faces: Faces
) -> dict[str, Any]:
    """How the discriminator scores renders and generated faces."""
    discriminator.eval()
    scores = []
    for source in (rendered(faces), images):
        batches = [source[s : s + BATCH] for s in range(0, len(source) - BATCH + 1, BATCH)]
        device = next(discriminator.parameters()).device
        found = [discriminator(to_network_range(b).to(device)).cpu() for b in batches]
        scores.append(torch.cat(found).flatten())
    return {
        "render mean": round(float(scores[0].mean()), 4),
        "generated mean": round(float(scores[1].mean()), 4),
        "auroc": round(float(real_fake_auroc(*scores)), 4),
    }


def speed(work: Callable[[], object], images: int) -> float:
    """Return images per second of `work`, after one run to warm up."""
    work()
    start = time.perf_counter()
    work()
    return round(images / (time.perf_counter() - start), 1)


def speed_figures(
    generator: Generator, parser: nn.Module, annotator: FaceReader
) -> dict[str, float]:
    """Images per second of each network on one CPU thread."""
    torch.set_num_threads(1)
    z = torch.randn(4 * BATCH, generator.z_dim)
    images = to_uint8(torch.rand(4 * BATCH, 3, 64, 64)).numpy()
    cpu = torch.device("cpu")
    return {
        "generator": speed(lambda: pictures_of(generator, z, cpu), len(z)),
        "parser": speed(lambda: parse(parser.cpu(), images, 224), len(images)),
        "annotator": speed(lambda: annotate(annotator.cpu(), images), len(images)),
    }
