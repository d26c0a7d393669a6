"""The real images a fine-tuning learns from, fed so that the training never waits for them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vectorfind.data.archives import ArchivedImages
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.images import blocks, to_network_range
from vectorfind.training import shuffled_batch
from vectorfind.training.ranks import ALONE, Ranks

CHUNK = 100
"""Images decoded at once by `map_images`; bounds its memory."""


def map_images(paths: Sequence[Path], ids: Sequence[int], destination: str | Path) -> np.ndarray:
    """Decode the images `ids` of archives into one .npy file and memory-map it.

    Returns uint8 [N,H,W,3] in the order of `ids`; pages are read from the disk when used.

    Raises:
        InputError: `ids` is empty, or an archive cannot be read.
    """
    if not len(ids):
        raise InputError(f"{destination}: no image passed the filter; loosen it.")
    with atomic_path(destination) as partial:
        images = ArchivedImages(paths, ids)
        mapped = np.lib.format.open_memmap(partial, "w+", np.uint8, images.shape)
        for rows, block in blocks(images, CHUNK):
            mapped[rows] = block
        mapped.flush()
    return np.load(destination, mmap_mode="r")


def digest(*arrays: np.ndarray | None, items: int = 64) -> str:
    """Return a short hash of the arrays' shapes and of `items` evenly spaced entries of each."""
    hashed = hashlib.sha256()
    for array in arrays:
        if array is None:
            continue
        chosen = np.unique(np.linspace(0, len(array) - 1, items).astype(int))
        hashed.update(str((array.shape, str(array.dtype))).encode())
        hashed.update(np.ascontiguousarray(array[chosen]).tobytes())
    return hashed.hexdigest()[:16]


def reopening(images: np.ndarray) -> Callable[[], np.ndarray]:
    """Return a function that gives the same images in another process, mapped ones uncopied."""
    if isinstance(images, np.memmap) and images.filename is not None:
        return partial(np.load, images.filename, mmap_mode="r")
    return partial(np.asarray, images)


def _check(images: np.ndarray, labels: np.ndarray | None, batch_size: int) -> None:
    if len(images) < batch_size:
        raise InputError(
            f"fine-tuning: {len(images)} real images are fewer than a batch of {batch_size}; "
            "loosen the filter, generate more images or lower `batch_size`."
        )
    if labels is not None and len(labels) != len(images):
        raise InputError(f"fine-tuning: {len(labels)} labels for {len(images)} images.")


class RealBatches:
    """Batches of real images and labels; which ones step k gets depends on (seed, k) only.

    The next step's batch is read and converted on a thread of its own meanwhile.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None,
        batch_size: int,
        seed: int,
        device: torch.device,
        *,
        ranks: Ranks = ALONE,
    ):
        """Check the images, uint8 [N,H,W,3], and labels, float [N,L], or None for no labels.

        Of several processes each gets its own part of every batch, B images.

        Raises:
            InputError: fewer images than one batch, or labels and images differ in number.
        """
        _check(images, labels, batch_size)
        self._images, self._batch_size, self.seed = images, batch_size, seed
        self._device, self._ranks = device, ranks
        self._labels = None
        if labels is not None:
            self._labels = torch.as_tensor(labels, dtype=torch.float32, device=device)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="real-images")
        self._ahead: tuple[int, Future[Tensor]] | None = None

    def indices(self, step: int) -> Tensor:
        """Return which images a step sees, int64 [B], on the device."""
        return torch.as_tensor(self._chosen(step), device=self._device)

    def labels(self, step: int) -> Tensor | None:
        """Return the labels of a step's images, float32 [B, L], or None without labels."""
        return None if self._labels is None else self._labels[self.indices(step)]

    def images(self, step: int) -> Tensor:
        """Return a step's images, float32 [B,3,H,W] in -1..1, on the device."""
        if self._ahead is not None and self._ahead[0] == step:
            images = self._ahead[1].result()
        else:
            images = self._read(step)
        self._ahead = (step + 1, self._reader.submit(self._read, step + 1))
        return images.to(self._device, non_blocking=True)

    def in_order(self, size: int) -> Iterator[Tensor]:
        """Yield all images, `size` at a time, float32 [n,3,H,W] in -1..1, on the device."""
        for start in range(0, len(self._images), size):
            # A copy: of a file that is mapped to be read only, torch warns.
            yield to_network_range(np.array(self._images[start : start + size])).to(self._device)

    def __enter__(self) -> "RealBatches":
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.shutdown(cancel_futures=True)

    def _chosen(self, step: int) -> np.ndarray:
        whole = shuffled_batch(self.seed, step, len(self._images), self._batch_size)
        return self._ranks.own(whole)

    def _read(self, step: int) -> Tensor:
        images = to_network_range(np.ascontiguousarray(self._images[self._chosen(step)]))
        return images.pin_memory() if self._device.type == "cuda" else images
