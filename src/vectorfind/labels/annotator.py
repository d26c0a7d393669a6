"""A small network that reads drawn faces; it stands in for the human who labels them.

The same network serves the recipe as judge of the generator, trained from another seed.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from vectorfind.demo.world.parameters import ATTRIBUTES, PARAMETERS
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.images import Images, blocks, to_network_range
from vectorfind.labels.rounding import labels_of

WIDTHS = ((3, 32, 1), (32, 48, 2), (48, 48, 1), (48, 64, 2), (64, 64, 1), (64, 96, 2), (96, 96, 2))
"""Inputs, outputs and stride of each convolution."""
EMBEDDING = 128
BATCH = 64


class FaceReader(nn.Module):
    """Reads parameters and attributes off 64x64 faces in -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.LeakyReLU(0.1),
            )
            for inputs, outputs, stride in WIDTHS
        )
        self.embedding = nn.Linear(WIDTHS[-1][1] * 16, EMBEDDING)
        self.parameter_head = nn.Linear(EMBEDDING, len(PARAMETERS))
        self.attribute_head = nn.Linear(EMBEDDING, len(ATTRIBUTES))

    def maps(self, images: Tensor) -> list[Tensor]:
        """Return the feature maps after every convolution for `images` [N, 3, 64, 64]."""
        found = [images]
        for convolution in self.convolutions:
            found.append(convolution(found[-1]))
        return found[1:]

    def embed(self, images: Tensor) -> Tensor:
        """Map `images` [N, 3, 64, 64] to embeddings [N, 128]."""
        return F.leaky_relu(self.embedding(self.maps(images)[-1].flatten(1)), 0.1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map `images` to parameters in 0..1, [N, P], and attribute logits, [N, 4]."""
        embedding = self.embed(images)
        return self.parameter_head(embedding).sigmoid(), self.attribute_head(embedding)


def save_annotator(path: str | Path, reader: FaceReader) -> None:
    """Write a face reader as safetensors; its metadata names the outputs."""
    metadata = {"parameters": ",".join(PARAMETERS), "attributes": ",".join(ATTRIBUTES)}
    state = {key: value.contiguous().cpu() for key, value in reader.state_dict().items()}
    with atomic_path(path) as partial:
        save_file(state, partial, metadata)


def load_annotator(path: str | Path) -> FaceReader:
    """Read a face reader in eval mode, on the CPU.

    Raises:
        InputError: the file is missing or is no annotator.
    """
    reader = FaceReader()
    try:
        reader.load_state_dict(load_file(path))
    except Exception as error:
        raise InputError(
            f"{path}: not an annotator of the demo ({type(error).__name__}); restore the file "
            "from the repository or run the demo's recipe."
        ) from error
    return reader.eval().requires_grad_(False)


def _batches(reader: FaceReader, images: Images) -> Iterator[Tensor]:
    device = next(reader.parameters()).device
    for _, batch in blocks(images, BATCH):
        yield to_network_range(batch).to(device)


@torch.inference_mode()
def annotate(annotator: FaceReader, images: Images) -> np.ndarray:
    """Return probabilities, float32 [N, 4], of uint8 [N, 64, 64, 3]; columns as `ATTRIBUTES`."""
    found = [annotator(batch)[1].sigmoid().cpu() for batch in _batches(annotator, images)]
    return torch.cat(found).numpy() if found else np.empty((0, len(ATTRIBUTES)), np.float32)


def label_from_annotator(
    path: str | Path, ids: Sequence[int], images: Images, attributes: Sequence[str]
) -> pd.DataFrame:
    """Return the simulated annotator's labels, which stand in for a human's in the demo.

    Args:
        path: the annotator, `labels.annotator` in the configuration.
        ids: N image ids.
        images: uint8 [N,64,64,3] RGB, in the order of `ids`.
        attributes: the columns wanted.

    Raises:
        InputError: the annotator cannot be read, or knows no such attribute.
    """
    if unknown := [name for name in attributes if name not in ATTRIBUTES]:
        raise InputError(
            f"{path}: the demo's annotator labels {', '.join(ATTRIBUTES)}, not {unknown[0]}; take "
            "`labels.source: file`."
        )
    found = dict(zip(ATTRIBUTES, annotate(load_annotator(path), images).T, strict=True))
    return labels_of(ids, {name: found[name] for name in attributes})


@torch.inference_mode()
def read_parameters(annotator: FaceReader, images: np.ndarray) -> np.ndarray:
    """Return estimated face parameters, float32 [N, P], of uint8 images [N, 64, 64, 3]."""
    found = [annotator(batch)[0].cpu() for batch in _batches(annotator, images)]
    return torch.cat(found).numpy() if found else np.empty((0, len(PARAMETERS)), np.float32)


@torch.inference_mode()
def features(annotator: FaceReader, images: np.ndarray) -> np.ndarray:
    """Return embeddings for identity and variety, float32 [N, 128], of uint8 [N, 64, 64, 3]."""
    found = [annotator.embed(batch).cpu() for batch in _batches(annotator, images)]
    return torch.cat(found).numpy() if found else np.empty((0, EMBEDDING), np.float32)
