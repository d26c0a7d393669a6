"""A checkpoint of any family and layout: what it is, and the generator in it."""

from vectorfind.checkpoints.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from vectorfind.checkpoints.importing import convert_checkpoint, import_checkpoint
from vectorfind.checkpoints.stored import (
    load_generator,
    pack_generator,
    save_generator,
    unpack_generator,
)

__all__ = [
    "Checkpoint",
    "checkpoint_of",
    "convert_checkpoint",
    "import_checkpoint",
    "load_generator",
    "open_checkpoint",
    "pack_generator",
    "save_generator",
    "unpack_generator",
]
