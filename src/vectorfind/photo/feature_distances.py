"""How far two sets of faces are apart in the face parser's features: FID and KID.

The features that both were published with are Inception's, whose weights are not to be had without
a network. The parser's encoder stands in: it has learned from these very faces and knows where
their parts are, where Inception tells 1,000 things apart. So neither figure compares with a
published one, only with those of the same parser and the same number of faces.
"""

from functools import partial
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics.pairwise import polynomial_kernel

from vectorfind.errors import InputError
from vectorfind.faces.pretrained import InputFormat, load_pretrained
from vectorfind.faces.segformer import Segformer
from vectorfind.images import blocks, to_network_range
from vectorfind.photo.regression import RESOLUTION

BATCH = 50
BLOCK = 1_000
"""Faces of which one KID is taken, at least; the figure is the mean of those of all blocks."""
_HALF = (0.5, 0.5, 0.5)
_TAKEN = InputFormat((RESOLUTION, RESOLUTION), _HALF, _HALF)


def load_encoder(folder: Path) -> torch.nn.Module:
    """Load the encoder of a parser that `photo.parser_recipe` made, in eval mode.

    Returns:
        A network from images float32 [N,3,64,64] in -1..1 to a list of its stages' maps [N,h,w,C].

    Raises:
        InputError: there is no parser, or it is no SegFormer that takes such images.
    """
    network, _, taken = load_pretrained(folder)
    if not isinstance(network, Segformer) or taken != _TAKEN:
        raise InputError(
            f"{folder}: is no SegFormer for pixels [3,64,64] in -1..1; give a parser that "
            "`python -m vectorfind.photo.parser_recipe` made."
        )
    return network.eval().segformer


@torch.inference_mode()
def face_features(encoder: torch.nn.Module, images: np.ndarray) -> np.ndarray:
    """Return float64 [N,D]: mean and deviation, over the picture, of every channel of every stage.

    The mean tells how much there is of what a channel answers to, the deviation how sharply it is
    set apart: what is blurred has less of it.

    Args:
        encoder: as `load_encoder` returns it.
        images: uint8 [N,64,64,3].
    """
    parts = []
    for _, batch in blocks(images, BATCH):
        maps = [map_.flatten(1, 2) for map_ in encoder(to_network_range(batch))]
        pooled = [pool(map_, dim=1) for map_ in maps for pool in (torch.mean, torch.std)]
        parts.append(torch.cat(pooled, dim=1))
    return torch.cat(parts).double().numpy()


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the FID of features [N,D] and [M,D]: the distance of Gaussians fitted to both.

    It grows as there are fewer of them. Source: Heusel et al. 2017, equation 6.
    """
    means, covariances = zip(
        *((rows.mean(0), np.cov(rows, rowvar=False)) for rows in (first, second)), strict=True
    )
    values, vectors = np.linalg.eigh(covariances[0])
    # The product of the covariances has the eigenvalues of a symmetric matrix, which is safer.
    root = vectors * np.sqrt(values.clip(0))
    mixed = np.sqrt(np.linalg.eigvalsh(root.T @ covariances[1] @ root).clip(0)).sum()
    apart = np.square(means[0] - means[1]).sum()
    return float(apart + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * mixed)


def kernel_distance(first: np.ndarray, second: np.ndarray) -> tuple[float, float | None]:
    """Return the KID of features [N,D] and [N,D], and its standard error over blocks.

    There is no error of a single block, and that of a few is rough.
    Source: Binkowski et al. 2018, section 4.
    """
    count = max(1, len(first) // BLOCK)
    pairs = zip(np.array_split(first, count), np.array_split(second, count), strict=True)
    found = [squared_discrepancy(*pair) for pair in pairs]
    error = float(np.std(found, ddof=1) / np.sqrt(count)) if count > 1 else None
    return float(np.mean(found)), error


def squared_discrepancy(first: np.ndarray, second: np.ndarray) -> float:
    """Return the unbiased squared MMD of rows [N,D] and [N,D], with the kernel (x.y / D + 1)^3.

    Rows of the same place are left out of the mixed term too, so that they need not be independent:
    both may be of one z. Source: Gretton et al. 2012, equation 4.
    """
    # Scikit-learn's gamma is 1 / D and its constant 1, unless others are given.
    kernel, count = partial(polynomial_kernel, degree=3), len(first)
    terms = kernel(first, first) + kernel(second, second) - 2 * kernel(first, second)
    return float(terms.sum() - np.trace(terms)) / (count * (count - 1))
