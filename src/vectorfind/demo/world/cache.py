"""The rendered population, drawn once by all cores and shared by every training."""

import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from vectorfind.demo.world.parameters import INDEX, smear_strength, true_attributes
from vectorfind.demo.world.population import Z_DIM, normal_scores, parameters_of
from vectorfind.demo.world.renderer import SIZE, render

CHUNK = 500
HELD_OUT = 4000
"""The last faces of a cache, which no training sees."""


@dataclass(frozen=True)
class Faces:
    """Rendered faces on one device; the arrays are parallel.

    Attributes:
        z: float32 [N, 64]; scores: float32 [N, P] normal scores; parameters: float32 [N, P].
        images: uint8 [N, 3, 64, 64]; maps: uint8 [N, 64, 64] parse maps.
        attributes: float32 [N, 4] labels; clear: bool [N], False for smeared faces.
    """

    z: Tensor
    scores: Tensor
    parameters: Tensor
    images: Tensor
    maps: Tensor
    attributes: Tensor
    clear: Tensor

    def pictures(self, rows: Tensor) -> Tensor:
        """Return the images of some faces, float32 [n, 3, 64, 64] in -1..1."""
        return self.images[rows].float() / 127.5 - 1


def _draw_chunk(task: tuple[str, int, np.ndarray]) -> None:
    folder, start, parameters = task
    cv2.setNumThreads(1)
    images = np.load(Path(folder, "images.npy"), mmap_mode="r+")
    maps = np.load(Path(folder, "maps.npy"), mmap_mode="r+")
    for index, row in enumerate(parameters, start):
        image, maps[index] = render(row)
        images[index] = image.transpose(2, 0, 1)


def build_cache(folder: Path, count: int, processes: int) -> None:
    """Draw `count` faces of the population into `folder`; a finished cache is left alone.

    Face k has the latent drawn from the seed k // CHUNK, so a longer cache begins like a shorter.
    """
    done = folder / "finished"
    if done.exists() and int(done.read_text()) == count:
        return
    done.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, count, CHUNK)
    draws = [np.random.default_rng([7, s]).standard_normal((CHUNK, Z_DIM)) for s in starts]
    z = np.concatenate(draws)[:count].astype(np.float32)
    np.save(folder / "z.npy", z)
    parameters = parameters_of(z)
    for name, shape in (("images", (count, 3, SIZE, SIZE)), ("maps", (count, SIZE, SIZE))):
        np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.uint8, shape).flush()
    tasks = [(str(folder), s, parameters[s : s + CHUNK]) for s in starts]
    # The children only draw, without torch or CUDA: a fork is safe and starts at once.
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for _ in pool.imap_unordered(_draw_chunk, tasks):
            pass
    done.write_text(str(count))


def _load(folder: Path, rows: slice, device: torch.device) -> Faces:
    z = np.load(folder / "z.npy")[rows]
    parameters = parameters_of(z)
    arrays = {
        "z": z,
        "scores": normal_scores(z).astype(np.float32),
        "parameters": parameters,
        "images": np.load(folder / "images.npy", mmap_mode="r")[rows],
        "maps": np.load(folder / "maps.npy", mmap_mode="r")[rows],
        "attributes": true_attributes(parameters).astype(np.float32),
        "clear": smear_strength(parameters[:, INDEX["quality"]]) == 0,
    }
    return Faces(**{k: torch.from_numpy(np.array(v)).to(device) for k, v in arrays.items()})


def training_faces(folder: Path, device: torch.device) -> Faces:
    """Load all faces but the held-out ones."""
    return _load(folder, slice(None, -HELD_OUT), device)


def held_out_faces(folder: Path, device: torch.device) -> Faces:
    """Load the faces that no training sees."""
    return _load(folder, slice(-HELD_OUT, None), device)
