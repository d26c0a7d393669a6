"""Parse maps of photo-like faces by MediaPipe: `python -m vectorfind.photo.pseudo_maps --help`.

Runs in an environment of its own (Python 3.11, `pip install mediapipe==0.10.21`), with `src` on
PYTHONPATH: MediaPipe wants an older numpy than the package. Nothing else imports this module.
"""

import argparse
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np

from vectorfind.photo.landmarks import (
    MEASURES,
    POINTS,
    PROFILE,
    agree,
    draw_map,
    measure_landmarks,
    mirror_points,
)

ENLARGED, BORDER = 256, 64
"""MediaPipe finds faces of this size, with black around, in 94 % of the teacher's pictures."""
SIDE = 64


def read_images(path: Path) -> np.ndarray:
    """Read uint8 RGB [N,H,W,3] from a .npy, an .npz (`images`) or an image archive (.zip)."""
    if path.suffix == ".zip":
        return np.stack([image for _, image in read_faces(path)])
    loaded = np.load(path, allow_pickle=False)
    images: np.ndarray = loaded["images"] if path.suffix == ".npz" else loaded
    return images


def read_faces(path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """Yield id and image uint8 RGB [H,W,3] of every PNG of an archive, in the order of its members.

    The id is the number that a member's name ends in.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            number = re.search(r"(\d+)$", PurePosixPath(name).stem)
            if name.endswith(".png") and number:
                encoded = np.frombuffer(archive.read(name), np.uint8)
                image = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
                if image is None:
                    raise ValueError(f"{path}: {name} is damaged; make the archive again")
                yield int(number[1]), cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


class Mesh:
    """MediaPipe's face mesh and its segmentation of persons."""

    def __init__(self, least_confidence: float):
        """Load both; faces found with less confidence are left out."""
        import mediapipe

        self._mesh = mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=least_confidence,
        )
        self._person = mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)

    def points(self, image: np.ndarray) -> np.ndarray | None:
        """Return float32 [468,2], shares of the picture; None where no face is found."""
        larger = _enlarged(image)
        bordered = np.pad(larger, ((BORDER, BORDER), (BORDER, BORDER), (0, 0)))
        found = self._mesh.process(bordered).multi_face_landmarks
        if not found:
            return None
        rows = np.array([[point.x, point.y] for point in found[0].landmark[:POINTS]], np.float32)
        return (rows * (ENLARGED + 2 * BORDER) - BORDER) / ENLARGED

    def person(self, image: np.ndarray) -> np.ndarray:
        """Return uint8 [64,64], 255 where a person is."""
        mask = self._person.process(_enlarged(image)).segmentation_mask
        small = cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return np.rint(255 * small).astype(np.uint8)


def _enlarged(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (ENLARGED, ENLARGED), interpolation=cv2.INTER_CUBIC)


def map_faces(images: np.ndarray, mesh: Any) -> dict[str, Any]:
    """Return what the program writes, by name.

    Args:
        images: uint8 [N,H,W,3].
        mesh: has `points` and `person`, as Mesh. Its points in a picture and in the mirrored one
            differ by a fifth of an eye's height: maps are drawn from their mean.
    """
    count = len(images)
    made = {
        "maps": np.zeros((count, SIDE, SIDE), np.uint8),
        "found": np.zeros(count, bool),
        "measures": np.full((count, len(MEASURES)), np.nan, np.float32),
        "points": np.full((count, POINTS, 2), np.nan, np.float32),
        "sides": np.full((count, 2, POINTS, 2), np.nan, np.float32),
        "person": np.zeros((count, SIDE, SIDE), np.uint8),
    }
    for row, image in enumerate(images):
        if row % 1000 == 0:
            print(f"{row} of {count}", flush=True)
        mirrored = np.ascontiguousarray(image[:, ::-1])
        plain, other = mesh.points(image), mesh.points(mirrored)
        if plain is None and other is None:
            continue
        sides = made["sides"][row]
        if plain is not None:
            sides[0] = plain
        if other is not None:
            sides[1] = mirror_points(other)
        points = np.nanmean(sides, axis=0)
        made["points"][row], made["person"][row] = points, mesh.person(image)
        made["measures"][row] = measure_landmarks(points)
        ahead = abs(made["measures"][row][MEASURES.index("yaw")]) < PROFILE
        made["found"][row] = ahead and agree(*sides)
        made["maps"][row] = draw_map(points, made["person"][row], image, SIDE)
    return made


def main() -> None:
    """Read the command line; write the maps of one file of images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help=".npy, .npz (`images`) or archive of faces.")
    parser.add_argument(
        "output",
        type=Path,
        help=".npz to write: maps [N,64,64], found [N] (a face, no profile, the same in the "
        f"mirrored picture), measures [N,4] ({', '.join(MEASURES)}), points [N,468,2], sides "
        "[N,2,468,2] (points of the picture and of the mirrored one, mirrored back), person "
        "[N,64,64].",
    )
    parser.add_argument("--least-confidence", type=float, default=0.3, help="Of a found face.")
    told = parser.parse_args()
    cv2.setNumThreads(1)
    made = map_faces(read_images(told.images), Mesh(told.least_confidence))
    partial = told.output.with_suffix(".partial.npz")
    np.savez_compressed(partial, **made)
    partial.replace(told.output)
    detected = np.isfinite(made["measures"][:, 0])
    print(f"{detected.mean():.4f} with a face, {made['found'].mean():.4f} followed by the mesh")


if __name__ == "__main__":
    main()
