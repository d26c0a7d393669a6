"""Contact sheets, and pictures written to disk; without torch, whose import takes seconds."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vectorfind.errors import InputError
from vectorfind.files import atomic_path

KINDS: dict[str, dict[str, Any]] = {
    ".png": {"format": "PNG"},
    ".jpg": {"format": "JPEG", "quality": 95},
    ".jpeg": {"format": "JPEG", "quality": 95},
    ".webp": {"format": "WEBP", "lossless": True},
}
"""Suffixes of pictures, and how each is written."""


def contact_sheet(images: np.ndarray, columns: int, scale: int = 1) -> np.ndarray:
    """Tile uint8 [N,H,W,3] row by row into one uint8 [H',W',3] picture, enlarged `scale` times.

    Cells that are left over in the last row are white.
    """
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height, width, channels), 255, np.uint8)
    cells[:count] = images
    grid = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    sheet = grid.reshape(rows * height, columns * width, channels)
    return sheet.repeat(scale, axis=0).repeat(scale, axis=1)


def save_columns(path: str | Path, columns: Sequence[np.ndarray]) -> None:
    """Write a contact sheet, in the suffix' format; each column is given, uint8 [rows,H,W,3].

    Raises:
        InputError: as check_picture.
    """
    images = np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:])
    save_picture(path, contact_sheet(images, len(columns)))


def save_picture(path: str | Path, image: np.ndarray) -> None:
    """Write uint8 [H,W,3] RGB in the suffix' format, atomically.

    Raises:
        InputError: as check_picture.
    """
    kind = check_picture(path)
    with atomic_path(path) as partial:
        partial.write_bytes(encode_picture(image, kind))


def encode_picture(image: np.ndarray, suffix: str) -> bytes:
    """Return what a picture file with a suffix of KINDS holds."""
    encoded = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(encoded, **KINDS[suffix])
    return encoded.getvalue()


def data_url(kind: str, content: bytes) -> str:
    """Return content of a media type as a URL that needs no file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def check_picture(path: str | Path) -> str:
    """Return the suffix of a picture that is to be written, before time is spent on it.

    Raises:
        InputError: no picture can be written under this name.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a picture in it, as {path / 'picture.png'}.")
    if suffix not in KINDS:
        raise InputError(f"{path}: end the picture's name in one of {', '.join(KINDS)}.")
    return suffix


def save_png(path: str | Path, image: np.ndarray) -> None:
    """Write uint8 [H,W,3] RGB as PNG, atomically."""
    with atomic_path(path) as partial:
        partial.write_bytes(encode_picture(image, ".png"))
