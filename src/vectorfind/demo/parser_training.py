"""Trains the demo's face parser: a small SegFormer in Hugging Face format, made for 64x64 faces."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from vectorfind.demo.annotator_training import soften
from vectorfind.demo.loop import adam, average_into, descend, train
from vectorfind.demo.world.cache import Faces
from vectorfind.demo.world.renderer import SIZE
from vectorfind.stylegan import Generator
from vectorfind.training import digest_tensors

CLASSES = (
    "background",
    "skin",
    "l_brow",
    "r_brow",
    "l_eye",
    "r_eye",
    "nose",
    "u_lip",
    "mouth",
    "l_lip",
    "hair",
)
"""In the order of system.md 2.1. Left is the image's left: the smaller x."""
BATCH = 128
PEAK_RATE = 2e-3
SEED = 11
AVERAGE_DECAY = 0.998
CLASS_WEIGHTS = (1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 1.5, 3.0, 3.0, 3.0, 1.0)
PREPROCESSOR = {
    "image_processor_type": "SegformerImageProcessor",
    "do_resize": True,
    "size": {"height": SIZE, "width": SIZE},
    "resample": 2,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "do_reduce_labels": False,
}


def build_parser() -> SegformerForSemanticSegmentation:
    """Make the untrained parser: stride 2 first, so that its logits are 32x32 for 64x64 faces."""
    names = dict(enumerate(CLASSES))
    config = SegformerConfig(
        num_encoder_blocks=4,
        depths=[2, 1, 1, 1],
        sr_ratios=[4, 2, 2, 1],
        hidden_sizes=[32, 48, 80, 96],
        patch_sizes=[7, 3, 3, 3],
        strides=[2, 2, 2, 2],
        num_attention_heads=[1, 2, 4, 4],
        mlp_ratios=[2, 2, 2, 2],
        decoder_hidden_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        classifier_dropout_prob=0.0,
        drop_path_rate=0.0,
        id2label=names,
        label2id={name: index for index, name in names.items()},
    )
    return SegformerForSemanticSegmentation(config)


def load_trained(folder: Path) -> SegformerForSemanticSegmentation:
    """Load a parser that `save_parser` wrote."""
    return SegformerForSemanticSegmentation.from_pretrained(folder, local_files_only=True)


def save_parser(folder: Path, parser: SegformerForSemanticSegmentation) -> None:
    """Write the parser and its preprocessor in Hugging Face format."""
    deepcopy(parser).cpu().save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR, indent=2) + "\n")


def on_device(
    parser: SegformerForSemanticSegmentation, device: torch.device
) -> SegformerForSemanticSegmentation:
    """Move the parser to a device; returns it."""
    # transformers wraps `to` so that mypy takes the device for its self.
    return parser.to(device)  # type: ignore[arg-type]


def parse_logits(parser: nn.Module, images: Tensor, side: int) -> Tensor:
    """Return logits [N, 11, side, side] of `images` [N, 3, 64, 64] in -1..1."""
    logits = parser(images).logits.float()
    return F.interpolate(logits, (side, side), mode="bilinear", align_corners=False)


def train_parser(
    folder: Path,
    work: Path,
    faces: Faces,
    steps: Sequence[int],
    generator: Generator | None,
    *,
    batch: int = BATCH,
) -> None:
    """Train the parser, resumable in the folder `work`, and save its average in `folder`.

    Args:
        folder: gets the parser in Hugging Face format.
        work: folder of the checkpoints.
        faces: rendered faces and their maps.
        steps: on renders alone and, with a generator, then at half the rate on batches of which
            half are its images.
        generator: draws the faces' z; None leaves out the second part.
        batch: faces per step.
    """
    torch.manual_seed(SEED)
    parser = on_device(build_parser(), faces.z.device).train()
    average = deepcopy(parser)
    decides = {"faces": digest_tensors(faces.z), "batch": batch}
    draw = partial(_draw_batch, faces, faces.clear.nonzero().flatten(), None, batch)
    train_part(work / "parser", parser, average, steps[0], draw, PEAK_RATE, SEED, decides)
    if generator is not None:
        parser.load_state_dict(average.state_dict())
        decides |= {"generator": digest_tensors(*generator.state_dict().values())}
        decides |= {"steps before": steps[0]}
        name, rate = work / "parser-generated", PEAK_RATE / 2
        draw = partial(_draw_batch, faces, faces.clear.nonzero().flatten(), generator, batch)
        train_part(name, parser, average, steps[1], draw, rate, SEED + 1, decides)
    save_parser(folder, average)


def train_part(
    folder: Path,
    parser: SegformerForSemanticSegmentation,
    average: SegformerForSemanticSegmentation,
    steps: int,
    draw: Callable[[], tuple[Tensor, Tensor]],
    rate: float,
    seed: int,
    decides: dict[str, Any],
) -> None:
    """Train a parser and the average of its weights, resumable in the folder `folder`.

    Args:
        folder: working folder of the `TrainingRun`.
        parser: in training mode.
        average: begins as the parser.
        steps: how many updates.
        draw: returns a batch: faces [N, 3, 64, 64] in -1..1 and parse maps uint8 [N, 64, 64].
        rate: the peak of the learning rate.
        seed: decides what `draw` draws.
        decides: JSON values of all else that decides the numbers.
    """
    device = next(parser.parameters()).device
    optimizer = adam([{"params": list(parser.parameters()), "scale": 1.0}], device)
    step = _step(parser, average, optimizer, draw)
    parts = {"parser": parser, "average": average, "optimizer": optimizer}
    train(folder, steps, rate, step, parts, device, seed=seed, fingerprint=decides)


def _step(
    parser: SegformerForSemanticSegmentation,
    average: SegformerForSemanticSegmentation,
    optimizer: torch.optim.Optimizer,
    draw: Callable[[], tuple[Tensor, Tensor]],
) -> Callable[[], dict[str, Tensor]]:
    class_weight = torch.tensor(CLASS_WEIGHTS, device=next(parser.parameters()).device)
    averaged, current = _floating(average), _floating(parser)

    def step() -> dict[str, Tensor]:
        images, maps = draw()
        logits = parse_logits(parser, images, SIZE)
        loss = F.cross_entropy(logits, maps.long(), class_weight)
        descend(optimizer, loss)
        average_into(averaged, current, AVERAGE_DECAY)
        return {"cross entropy": loss.detach()}

    return step


def _floating(network: nn.Module) -> list[Tensor]:
    """Return the weights and buffers that can be averaged."""
    return [value for value in network.state_dict().values() if value.is_floating_point()]


def _draw_batch(
    faces: Faces, rows_of_clear: Tensor, generator: Generator | None, batch: int
) -> tuple[Tensor, Tensor]:
    """Return softened faces and their maps."""
    rows = rows_of_clear[torch.randint(len(rows_of_clear), (batch,), device=faces.z.device)]
    return soften(_half_drawn(generator, faces, rows)), faces.maps[rows]


def _half_drawn(generator: Generator | None, faces: Faces, rows: Tensor) -> Tensor:
    """Return the renders of faces; the first half of them is drawn if there is a generator."""
    images = faces.pictures(rows)
    if generator is None:
        return images
    half = len(rows) // 2
    with torch.no_grad():
        drawn = generator.synthesis(generator.mapping(faces.z[rows[:half]]))
    return torch.cat([drawn, images[half:]])
