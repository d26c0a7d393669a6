"""Trains the face parser of the photo-like world on MediaPipe's maps of the teacher's pictures."""

from copy import deepcopy
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from transformers import SegformerForSemanticSegmentation

from vectorfind.demo.annotator_training import soften
from vectorfind.demo.parser_training import (
    CLASS_WEIGHTS,
    CLASSES,
    PEAK_RATE,
    load_trained,
    save_parser,
    train_part,
)
from vectorfind.photo.faces import PseudoFaces
from vectorfind.training import digest_tensors

BATCH = 32
SEED = 31
BRIGHTNESS, CONTRAST, TINT = 0.12, 0.2, 0.08
"""Jitter of the colours: each drawn evenly from minus to plus this, in units of half the range."""
_OTHER_SIDE = {"l_brow": "r_brow", "r_brow": "l_brow", "l_eye": "r_eye", "r_eye": "l_eye"}
MIRRORED = tuple(CLASSES.index(_OTHER_SIDE.get(name, name)) for name in CLASSES)
"""What each class is called in a mirrored picture; `l_lip` is the lower one."""


def train_photo_parser(
    folder: Path, work: Path, faces: PseudoFaces, start: Path, steps: int, *, batch: int = BATCH
) -> None:
    """Train the parser, resumable in the folder `work`, and save its average in `folder`.

    Args:
        folder: gets the parser in Hugging Face format.
        work: folder of the checkpoint.
        faces: those with a face.
        start: the demo's parser, which knows drawn faces: 70 updates from it do what 150 do else.
        steps: how many updates.
        batch: faces per step, each mirrored or not.
    """
    torch.manual_seed(SEED)
    parser = load_trained(start).train()
    average = deepcopy(parser)
    images = torch.from_numpy(faces.images).permute(0, 3, 1, 2).contiguous()
    maps = torch.from_numpy(faces.maps)
    decides = {"faces": digest_tensors(images, maps), "batch": batch}
    decides |= {"start": digest_tensors(*parser.state_dict().values())}
    draw = partial(_draw_batch, images, maps, batch)
    train_part(work / "parser", parser, average, steps, draw, PEAK_RATE, SEED, decides)
    take_weights_back(average)
    save_parser(folder, average)


def take_weights_back(parser: SegformerForSemanticSegmentation) -> None:
    """Make the logits those of the classes as frequent as they are, not as the loss weighs them.

    The weights help to find thin parts, but a parser that follows them draws eyes too large.
    """
    classifier = parser.decode_head.classifier
    with torch.no_grad():
        classifier.get_parameter("bias").sub_(torch.tensor(CLASS_WEIGHTS).log())


def _draw_batch(images: Tensor, maps: Tensor, batch: int) -> tuple[Tensor, Tensor]:
    rows = torch.randint(len(images), (batch,))
    pictures = images[rows].float() / 127.5 - 1
    turned = torch.rand(batch) < 0.5
    pictures, found = mirror_some(pictures, maps[rows], turned)
    return soften(jitter(pictures)), found


def mirror_some(images: Tensor, maps: Tensor, turned: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror the faces [N,3,H,W] and maps uint8 [N,H,W] where bool [N] `turned`; sides swap."""
    swapped = torch.tensor(MIRRORED, dtype=maps.dtype)[maps.flip(2).long()]
    mirrored = torch.where(turned[:, None, None, None], images.flip(3), images)
    return mirrored, torch.where(turned[:, None, None], swapped, maps)


def jitter(images: Tensor) -> Tensor:
    """Change brightness, contrast and tint of every face [N,3,H,W] in -1..1 a little."""
    count = len(images)
    contrast = 1 + CONTRAST * _evenly(count, 1)
    shift = BRIGHTNESS * _evenly(count, 1) + TINT * _evenly(count, 3)
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return ((images - mean) * contrast + mean + shift).clamp(-1, 1)


def _evenly(count: int, channels: int) -> Tensor:
    return 2 * torch.rand(count, channels, 1, 1) - 1
