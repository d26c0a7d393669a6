"""Face parsing by a Hugging Face segmentation model, and the scores of whole image sets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vectorfind.errors import InputError
from vectorfind.faces.measures import PUBLISHED_MEASURES, Measure, measure_face
from vectorfind.faces.pretrained import load_pretrained
from vectorfind.faces.properties import (
    BACKGROUND,
    CLASS_NAMES,
    HAIR,
    SIZE,
    SKIN,
)
from vectorfind.images import Images, blocks, to_unit_range

Side = Literal["image", "person"]

_ALIASES = {
    "background": ("bg",),
    "skin": ("face", "face_skin", "facial_skin"),
    "left brow": ("l_brow", "left_eyebrow", "l_eyebrow"),
    "right brow": ("r_brow", "right_eyebrow", "r_eyebrow"),
    "left eye": ("l_eye",),
    "right eye": ("r_eye",),
    "nose": (),
    "upper lip": ("u_lip",),
    "inner mouth": ("mouth", "teeth"),
    "lower lip": ("l_lip",),
    "hair": (),
}
"""What parsers call our classes, besides our own names."""


@dataclass(frozen=True)
class FaceParser:
    """A segmentation model with what it needs of its input and what its classes mean here.

    Attributes:
        model: maps normalised pixels to class logits, on `device`, in eval mode.
        device: where it runs.
        size: height and width that it takes.
        mean, std: per channel, of pixels in 0..1.
        classes: uint8 [C] on `device`, our class 0..10 for each of the model's.
    """

    model: torch.nn.Module
    device: torch.device
    size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: Tensor
    batch_size: int = 16

    @torch.inference_mode()
    def parse(self, images: np.ndarray, batch_size: int | None = None) -> np.ndarray:
        """Parse uint8 RGB [N,H,W,3] into uint8 [N,224,224], classes of system.md 2.1."""
        batch_size = batch_size or self.batch_size
        maps = np.empty((len(images), SIZE, SIZE), np.uint8)
        for start in range(0, len(images), batch_size):
            batch = slice(start, start + batch_size)
            pixels = self._pixels(torch.as_tensor(images[batch]).to(self.device))
            maps[batch] = _most_likely(self.model(pixel_values=pixels).logits, self.classes)
        return maps

    def _pixels(self, images: Tensor) -> Tensor:
        pixels = to_unit_range(images)
        if pixels.shape[-2:] != self.size:
            pixels = interpolate(pixels, self.size, mode="bilinear", antialias=True)
        return (pixels - _per_channel(self.mean, pixels)) / _per_channel(self.std, pixels)


def _most_likely(logits: Tensor, classes: Tensor) -> np.ndarray:
    """Enlarge logits [N,C,h,w] to 224x224; return what the largest mean, uint8 [N,224,224]."""
    if logits.device.type == "cpu":
        # Class by class, in the cache: a sixth of torch's time. One pixel in millions rounds so
        # that another class wins.
        meanings = classes.numpy()
        return np.stack([meanings.take(_most_likely_by_class(each)) for each in logits.numpy()])
    whole = interpolate(logits, (SIZE, SIZE), mode="bilinear", align_corners=False)
    return classes[whole.argmax(dim=1)].cpu().numpy()


def _most_likely_by_class(logits: np.ndarray) -> np.ndarray:
    """Return the index of the largest of logits [C,h,w] enlarged to 224x224, [224,224]."""
    index_type = np.min_scalar_type(len(logits)).type
    found = np.zeros((SIZE, SIZE), index_type)
    largest = cv2.resize(logits[0], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
    for index, plane in enumerate(logits[1:], start=1):
        enlarged = cv2.resize(plane, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        # Indices grow: the larger of both is the newer where there is one.
        np.maximum(found, (enlarged > largest) * index_type(index), out=found)
        np.maximum(largest, enlarged, out=largest)
    return found


def _per_channel(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, device=like.device, dtype=like.dtype).reshape(1, -1, 1, 1)


def load_parser(
    model: str | Path,
    revision: str | None = None,
    device: str | torch.device = "cpu",
    *,
    left_is: Side = "image",
    batch_size: int = 16,
) -> FaceParser:
    """Load a parser in Hugging Face format from a folder or, by name, from the hub.

    Classes are found by name in `id2label`, since ids differ between parsers. Eyes, brows,
    mouth, nose, hair, skin and background must all be there; all else (ears, neck, glasses,
    hat, clothes, jewellery) counts as skin: no score reads skin, so these are only kept from
    being taken for hair or background.

    Args:
        model: folder, or hub name such as `jonathandinu/face-parsing`.
        revision: commit of the hub repository; pin it.
        device: where to run.
        left_is: whose left the parser's `left` classes are. `image` (the default, and what the
            published system takes CelebAMask-HQ's classes to be) means smaller x; `person`
            swaps left and right brows and eyes.
        batch_size: images parsed at once.

    Raises:
        InputError: the model cannot be loaded, or a class is missing from `id2label`.
    """
    network, labels, taken = load_pretrained(model, revision)
    device = torch.device(device)
    classes = _map_classes(model, labels, left_is).to(device)
    return FaceParser(network.eval().to(device), device, *taken, classes, batch_size)


def _map_classes(model: str | Path, id2label: dict[int, str], left_is: Side) -> Tensor:
    ids = {_plain(label): index for index, label in id2label.items()}
    classes = torch.full((len(id2label),), SKIN, dtype=torch.uint8)
    for value, name in enumerate(CLASS_NAMES):
        found = [ids[alias] for alias in (_plain(name), *_ALIASES[name]) if alias in ids]
        if not found:
            raise InputError(
                f"{model}: no class is named {name!r} (nor {', '.join(_ALIASES[name])}) among "
                f"{', '.join(id2label.values())}; correct id2label in its config.json."
            )
        classes[found] = value if left_is == "image" else _other_side(value)
    return classes


def _plain(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")


def _other_side(value: int) -> int:
    name = CLASS_NAMES[value]
    swapped = {"left": "right", "right": "left"}
    side, _, part = name.partition(" ")
    return CLASS_NAMES.index(f"{swapped[side]} {part}") if side in swapped else value


def resize_faces(images: np.ndarray) -> np.ndarray:
    """Resize uint8 [N,H,W,3] to 224x224: by area when shrinking, bilinear when enlarging."""
    shrinking = images.shape[1] > SIZE
    interpolation = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    resized = [cv2.resize(image, (SIZE, SIZE), interpolation=interpolation) for image in images]
    return np.stack(resized)


COLOURS = tuple(f"{part}_{channel}" for part in ("skin", "background", "hair") for channel in "rgb")
"""What `measure_colours` measures, in 0..255."""


def measure_colours(parser: FaceParser, images: np.ndarray) -> np.ndarray:
    """Measure the mean colours COLOURS of uint8 RGB [N,H,W,3], float32 [N,9].

    NaN where there is no such pixel.
    """
    return _mean_colours(parser.parse(images), resize_faces(images))


def measure_faces_and_colours(
    parser: FaceParser, images: np.ndarray, measures: Mapping[str, Measure] = PUBLISHED_MEASURES
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return `measure_images` and `measure_colours` of a few images, from one parse of them."""
    maps, faces = parser.parse(images), resize_faces(images)
    return _scores(maps, faces, measures), _mean_colours(maps, faces)


def _scores(maps: np.ndarray, faces: np.ndarray, measures: Mapping[str, Measure]) -> pd.DataFrame:
    rows = [measure_face(*pair, measures) for pair in zip(maps, faces, strict=True)]
    return pd.DataFrame(rows, columns=list(measures))


def _mean_colours(maps: np.ndarray, faces: np.ndarray) -> np.ndarray:
    colours = np.full((len(maps), 3, 3), np.nan, np.float32)
    for row, (parse_map, face) in enumerate(zip(maps, faces, strict=True)):
        for place, part in enumerate((SKIN, BACKGROUND, HAIR)):
            colours[row, place] = cv2.mean(face, (parse_map == part).astype(np.uint8))[:3]
            if not (parse_map == part).any():
                colours[row, place] = np.nan
    return colours.reshape(-1, len(COLOURS))


def measure_images(
    parser: FaceParser,
    images: Images,
    batch_size: int = 16,
    *,
    measures: Mapping[str, Measure] = PUBLISHED_MEASURES,
) -> pd.DataFrame:
    """Measure the raw scores of uint8 RGB [N,H,W,3]: one row per image, columns as `measures`.

    The parser sees the whole image at its own size; colours are read at 224x224.
    """
    tables = [pd.DataFrame(columns=list(measures), dtype=float)]
    for _, batch in blocks(images, batch_size):
        maps = parser.parse(batch, batch_size)
        tables.append(_scores(maps, resize_faces(batch), measures))
    return pd.concat(tables[1:] or tables, ignore_index=True)
