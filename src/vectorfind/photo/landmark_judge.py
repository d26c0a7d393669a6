"""A judge from outside: MediaPipe's face mesh; `python -m vectorfind.photo.landmark_judge --help`.

For `compare.outside.command`. Runs in MediaPipe's environment, as `vectorfind.photo.pseudo_maps`.
"""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

from vectorfind.photo.landmarks import MEASURES, PROFILE, measure_landmarks
from vectorfind.photo.pseudo_maps import Mesh, read_faces

COLUMNS = ("eyes", "mouth", "pose")
"""Properties of system.md 2 that the mesh has a measure for; each has the sign of ours."""


POSES = ("roll", "yaw")


def judge_face(points: np.ndarray | None, pose: str = "roll") -> dict[str, float]:
    """Return COLUMNS of the landmarks [468,2] of a face; nothing without, or of a profile.

    Args:
        points: None where no face was found.
        pose: what pose is. `roll`: the published one, the slope of the line from the picture's left
            eye to the right one, down counted positive (system.md 2.2), which is the tangent of the
            mesh's roll. `yaw`: how far the nose is to the right, the turn of `config/photo64.py`.
    """
    if points is None:
        return {}
    measured = dict(zip(MEASURES, measure_landmarks(points).tolist(), strict=True))
    if abs(measured["yaw"]) >= PROFILE:
        return {}
    slope = float(np.tan(np.radians(measured["roll"])))
    moved = {"roll": slope, "yaw": measured["yaw"]}[pose]
    found = {"eyes": measured["eyes"], "mouth": measured["mouth"], "pose": moved}
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
    parser.add_argument(
        "--pose", choices=POSES, default="roll", help="The tilt of the eyes' line, or the turn."
    )
    parser.add_argument("--least-confidence", type=float, default=0.3, help="Of a found face.")
    told = parser.parse_args()
    cv2.setNumThreads(1)
    mesh = Mesh(told.least_confidence)
    rows = [
        {"image_id": number, **judge_face(mesh.points(image), told.pose)}
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
