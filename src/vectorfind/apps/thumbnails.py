"""Images of archives as a browser takes them: small ones for grids, and ahead of time."""

import io
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image

from vectorfind.data.archives import read_images
from vectorfind.pictures.sheets import data_url

GRID_SIDE, SINGLE_SIDE = 256, 1024
"""Pixels of the longer side in a grid, whose cells are half as wide, and of a single image."""
KEPT = 256


class Thumbnails:
    """Data URLs of the images of some archives; the last ones that were asked for are kept."""

    def __init__(self, archives: Sequence[Path]):
        self._archives = archives
        self._kept: OrderedDict[tuple[int, int], str] = OrderedDict()
        self._lock, self._ahead = Lock(), ThreadPoolExecutor(1)

    def urls(self, ids: Sequence[int], side: int) -> list[str]:
        """Return the images with these ids, at most `side` pixels wide and high."""
        with self._lock:
            missing = [image for image in ids if (image, side) not in self._kept]
            images: Iterable[np.ndarray] = (
                read_images(self._archives, missing)[1] if missing else []
            )
            for image_id, image in zip(missing, images, strict=True):
                self._kept[image_id, side] = shrunk_url(image, side)
            found = [self._kept[image, side] for image in ids]
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def prepare(self, ids: Sequence[int], side: int) -> None:
        """Begin to make those that will be asked for next."""
        if ids:
            self._ahead.submit(self.urls, ids, side)


def shrunk_url(image: np.ndarray, side: int = SINGLE_SIDE) -> str:
    """Return uint8 [H,W,3] RGB as a data URL: as it is, or shrunk to `side` and as JPEG."""
    picture, encoded = Image.fromarray(image), io.BytesIO()
    kind, options = "png", {}
    if max(picture.size) > GRID_SIDE:
        picture.thumbnail((side, side), reducing_gap=2.0)
        kind, options = "jpeg", {"quality": 92}
    picture.save(encoded, format=kind, **options)
    return data_url(f"image/{kind}", encoded.getvalue())
