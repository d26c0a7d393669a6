"""The teacher's pictures that the parser learns from, and what MediaPipe made of them."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.images import to_uint8
from vectorfind.photo.landmarks import draw_map
from vectorfind.photo.teacher import Teacher, latents

TRAINING, HELD_OUT = 12_000, 1_000
SEEDS = {"training": 21, "held-out": 22}
BATCH = 50
SOURCE = Path(__file__).parents[2]
Draws = Callable[[Tensor], Tensor]
"""A network in eval mode, from z [N,100] to images [N,3,64,64], about -1..1."""


@dataclass(frozen=True)
class PseudoFaces:
    """Pictures and what `photo.pseudo_maps` made of them; the arrays are parallel.

    Attributes:
        images: uint8 [N,64,64,3]; maps: uint8 [N,64,64] parse maps.
        found: bool [N], False for no face, a profile, or another face in the mirrored picture:
            such a map means nothing.
        measures: float32 [N,4], `landmarks.MEASURES`, NaN where no face was found.
        points, person: what `landmarks.draw_map` draws maps from.
        sides: float32 [N,2,468,2], the points of the picture alone and of its mirror image alone,
            whose mean `points` is; NaN where no face was found.
    """

    images: np.ndarray
    maps: np.ndarray
    found: np.ndarray
    measures: np.ndarray
    points: np.ndarray
    person: np.ndarray
    sides: np.ndarray

    @property
    def detected(self) -> np.ndarray:
        """Where there is a face, profiles among them: bool [N]."""
        return np.isfinite(self.measures[:, 0])

    def with_a_face(self) -> "PseudoFaces":
        """Return the faces that were found."""
        return self.among(self.found)

    def among(self, rows: np.ndarray) -> "PseudoFaces":
        """Return the faces of bool [N]."""
        return PseudoFaces(**{name: values[rows] for name, values in vars(self).items()})

    def maps_at(self, side: int) -> np.ndarray:
        """Draw the maps at another size, uint8 [N,side,side]."""
        return self.maps_of(self.points, side)

    def maps_of(self, points: np.ndarray, side: int) -> np.ndarray:
        """Draw the maps that other points [N,468,2] make, uint8 [N,side,side]."""
        rows = zip(points, self.person, self.images, strict=True)
        return np.stack([draw_map(*row, side) for row in rows])


@torch.inference_mode()
def draw(network: Draws, z: Tensor) -> np.ndarray:
    """Draw the pictures of z [N,100], uint8 [N,64,64,3]."""
    return torch.cat([to_uint8(network(part)) for part in z.split(BATCH)]).numpy()


def draw_pictures(path: Path, teacher: Teacher, count: int, seed: int) -> None:
    """Write the pictures of `count` random z, uint8 [N,64,64,3], as a .npy; none if it is there."""
    if not path.exists():
        save_pictures(path, draw(teacher, latents(count, seed)))


def save_pictures(path: Path, images: np.ndarray) -> None:
    """Write uint8 [N,64,64,3] as a .npy, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.save(file, images)


def pictures_path(work: Path, kind: str) -> Path:
    """Return where the pictures of one of SEEDS are."""
    return work / f"{kind}.npy"


def maps_path(work: Path, kind: str) -> Path:
    """Return where their maps are."""
    return work / f"{kind}-maps.npz"


def map_pictures(work: Path, kind: str, mediapipe: str | None) -> None:
    """Have a Python with MediaPipe make the maps of the pictures of one kind; none if it has.

    Raises:
        InputError: no such Python is given, or it cannot do it.
    """
    if (output := maps_path(work, kind)).exists():
        return
    if mediapipe is None:
        raise InputError("Give --mediapipe, a Python that has mediapipe 0.10.21.")
    words = ["-m", "vectorfind.photo.pseudo_maps", str(pictures_path(work, kind)), str(output)]
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"}
    try:
        subprocess.run([mediapipe, *words], check=True, env=environment)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(
            f"{mediapipe}: made no maps of faces ({error}); give --mediapipe, a Python that has "
            "mediapipe 0.10.21."
        ) from error


def load_faces(work: Path, kind: str) -> PseudoFaces:
    """Load the pictures of one of SEEDS with their maps.

    Raises:
        InputError: either is missing, or the maps are of other pictures.
    """
    pictures, maps = pictures_path(work, kind), maps_path(work, kind)
    for path, stage in ((pictures, "pictures"), (maps, "maps")):
        if not path.exists():
            raise InputError(f"{path}: is missing; make it by --stage {stage}.")
    images = np.load(pictures)
    with np.load(maps) as made:
        faces = PseudoFaces(images=images, **{name: made[name] for name in made.files})
    if len(faces.maps) != len(images):
        raise InputError(
            f"{maps}: has {len(faces.maps)} maps for {len(images)} pictures; delete it and run "
            "--stage maps again."
        )
    return faces
