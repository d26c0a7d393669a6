"""Moving pictures on disk, in the format that a name's suffix says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.pictures.sheets import save_png

STILL = ".png"
"""Suffix of the pictures of a sequence, which is a folder."""


def save_animation(path: str | Path, frames: np.ndarray, fps: float) -> None:
    """Write uint8 [T,H,W,3] RGB as .gif, .webp or .mp4, or as PNGs into a folder, atomically.

    GIF has 256 colours and hundredths of a second, MP4 loses what the eye does not see; WebP and
    PNG keep every pixel.

    Raises:
        InputError: as check_animation.
    """
    write = check_animation(path)
    if write is None:
        for number, frame in enumerate(frames):
            save_png(Path(path, f"{number:05d}{STILL}"), frame)
        return
    with atomic_path(path) as partial:
        write(partial, frames, fps)


def check_animation(path: str | Path) -> Callable[[Path, np.ndarray, float], None] | None:
    """Return what writes such a file, None for a folder, before time is spent on it.

    Raises:
        InputError: no animation can be written under this name.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in WRITERS and not path.is_dir():
        return WRITERS[suffix]
    if suffix and not path.is_dir():
        raise InputError(
            f"{path}: end the animation's name in one of {', '.join(WRITERS)}, or give a folder "
            "for PNGs."
        )
    if path.is_dir() and any(path.iterdir()):
        raise InputError(f"{path}: is a folder with files in it; give a new or empty one for PNGs.")
    return None


def _save_pillow(path: Path, frames: np.ndarray, fps: float, **options: Any) -> None:
    first, *rest = map(Image.fromarray, frames)
    first.save(
        path, save_all=True, append_images=rest, duration=round(1000 / fps), loop=0, **options
    )


def _save_gif(path: Path, frames: np.ndarray, fps: float) -> None:
    _save_pillow(path, frames, fps, format="GIF", disposal=1)


def _save_webp(path: Path, frames: np.ndarray, fps: float) -> None:
    _save_pillow(path, frames, fps, format="WEBP", lossless=True)


def _save_mp4(path: Path, frames: np.ndarray, fps: float) -> None:
    height, width = frames.shape[1:3]
    # The codec wants even sides; small faces are enlarged so that players show them.
    scale = max(1, 256 // max(height, width))
    size = (width * scale // 2 * 2, height * scale // 2 * 2)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    if not writer.isOpened():
        raise InputError(f"{path}: this OpenCV writes no MP4; choose .webp or .gif.")
    for frame in frames:
        enlarged = cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC)
        writer.write(cv2.cvtColor(enlarged, cv2.COLOR_RGB2BGR))
    writer.release()


WRITERS: dict[str, Callable[[Path, np.ndarray, float], None]] = {
    ".gif": _save_gif,
    ".webp": _save_webp,
    ".mp4": _save_mp4,
}
"""What writes an animation, by suffix."""
