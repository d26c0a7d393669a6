"""A judge from outside: MediaPipe's face mesh; `python -m vectorfind.photo.landmark_judge --help`.

For `compare.outside.command`. Runs in MediaPipe's environment, as `vectorfind.photo.pseudo_maps`.
"""

import argparse
import csv
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from vectorfind.photo.landmarks import MEASURES, PROFILE, measure_landmarks
from vectorfind.photo.pseudo_maps import Mesh

COLUMNS = ("eyes", "mouth", "pose")
"""Properties of system.md 2 that the mesh has a measure for; each has the sign of ours."""


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


def judge_face(points: np.ndarray | None) -> dict[str, float]:
    """Return COLUMNS of the landmarks [468,2] of a face; nothing without, or of a profile.

    Our pose is the slope of the line from the picture's left eye to the right one, down counted
    positive (system.md 2.2): the tangent of the mesh's roll, which is clockwise. The mesh's yaw,
    the turn to the side, has no part in it.
    """
    if points is None:
        return {}
    measured = dict(zip(MEASURES, measure_landmarks(points).tolist(), strict=True))
    if abs(measured["yaw"]) >= PROFILE:
        return {}
    pose = float(np.tan(np.radians(measured["roll"])))
    found = {"eyes": measured["eyes"], "mouth": measured["mouth"], "pose": pose}
    return found if np.isfinite(list(found.values())).all() else {}


def main() -> None:
    """Read the command line; measure the faces of one archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="Archive (.zip) of faces.")
    parser.add_argument(
        "answers",
        type=Path,
        help=f"CSV to write: image_id, {', '.join(COLUMNS)}; empty cells where no face is "
        "found, or a profile.",
    )
    parser.add_argument("--least-confidence", type=float, default=0.3, help="Of a found face.")
    told = parser.parse_args()
    cv2.setNumThreads(1)
    mesh = Mesh(told.least_confidence)
    rows = [
        {"image_id": number, **judge_face(mesh.points(image))}
        for number, image in read_faces(told.images)
    ]
    with told.answers.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ("image_id", *COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
    measured = sum(len(row) > 1 for row in rows)
    print(f"{measured} of {len(rows)} images measured")


if __name__ == "__main__":
    main()
