"""Contact sheets, and pictures written to disk; without torch, whose import takes seconds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from vectorfind.files import atomic_path


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
    """Write a contact sheet as PNG; each column is given, uint8 [rows,H,W,3]."""
    images = np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:])
    save_png(path, contact_sheet(images, len(columns)))


def save_png(path: str | Path, image: np.ndarray) -> None:
    """Write uint8 [H,W,3] RGB as PNG, atomically."""
    with atomic_path(path) as partial:
        Image.fromarray(np.ascontiguousarray(image)).save(partial, format="PNG")
