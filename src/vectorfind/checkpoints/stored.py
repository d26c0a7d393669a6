"""Generators of any family in files of ours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from vectorfind.checkpoints.checkpoint import open_checkpoint
from vectorfind.families import FamilyGenerator, from_plain, is_plain, to_plain
from vectorfind.files import write_weights
from vectorfind.networks import FaceGenerator
from vectorfind.stylegan import Generator
from vectorfind.stylegan.layers import FusedScale
from vectorfind.stylegan.state import fill, generator_sizes


def load_generator(path: str | Path, fused_scale: FusedScale = "auto") -> FaceGenerator:
    """Load the generator that images are made with, on the CPU and in eval mode.

    Raises:
        InputError: as open_checkpoint; the file holds no generator.
    """
    return open_checkpoint(path, fused_scale).generator


def save_generator(path: str | Path, generator: FamilyGenerator) -> None:
    """Write a generator of another family than StyleGAN v1, atomically; `load_generator` reads it.

    That of StyleGAN v1 `stylegan.save_networks` writes.
    """
    write_weights(path, to_plain(generator))


def pack_generator(generator: FaceGenerator) -> dict[str, Any]:
    """Return what torch.load reads with `weights_only`, and `unpack_generator` turns back."""
    if isinstance(generator, FamilyGenerator):
        return to_plain(generator)
    assert isinstance(generator, Generator)
    return {
        "resolution": generator.resolution,
        "z_dim": generator.z_dim,
        "w_dim": generator.w_dim,
        "label_dim": generator.label_dim,
        "fused_scale": generator.fused_scale,
        "weights": {name: value.cpu() for name, value in generator.state_dict().items()},
    }


def unpack_generator(stored: Mapping[str, Any]) -> FaceGenerator:
    """Build a generator from what `pack_generator` returned.

    Raises:
        KeyError, StateError, InputError: the content is none of ours.
    """
    if is_plain(stored):
        return from_plain(stored)
    weights = stored["weights"]
    with torch.random.fork_rng(devices=[]):
        generator = Generator(**generator_sizes(weights), fused_scale=stored["fused_scale"])
    fill(generator, weights)
    return generator
