"""Measures the photo-like world's parser against MediaPipe's maps, and shows both."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vectorfind.demo.figures import class_overlaps, correlation, parse
from vectorfind.demo.parser_training import load_trained
from vectorfind.demo.pictures import PALETTE
from vectorfind.faces.measures import measure_face
from vectorfind.faces.parser import load_parser, measure_images, resize_faces
from vectorfind.faces.properties import SIZE
from vectorfind.photo.faces import PseudoFaces
from vectorfind.photo.landmarks import MEASURES
from vectorfind.pictures.sheets import contact_sheet, save_png

GOAL = ("background", "skin", "eyes", "lips", "inner mouth", "hair")
"""What the parser must find; eyes and lips each count as one class."""
JOINED = np.array([0, 1, 2, 2, 3, 3, 4, 5, 6, 5, 7], np.uint8)
"""The classes with brows, eyes and lips joined: eyes are 3, lips 5."""
LANDMARKS = {"eyes": "eyes", "mouth": "mouth", "pose": "roll"}
"""Which measure of the landmarks a property of system.md 2.2 should follow."""
SHOWN, FACES_PER_ROW, SCALE = 60, 4, 2


def parser_figures(folder: Path, held_out: PseudoFaces) -> dict[str, Any]:
    """Measure a parser that no training showed these faces to.

    Args:
        folder: the parser in Hugging Face format.
        held_out: faces and MediaPipe's maps, those without a face too.
    """
    faces = held_out.with_a_face()
    found = parse(load_trained(folder).eval(), faces.images, faces.maps.shape[1])
    ours = measure_images(load_parser(folder), faces.images)
    overlaps = class_overlaps(found, faces.maps)
    joined = joined_overlaps(found, faces.maps)
    measured = measure_maps(faces.maps_at(SIZE), faces.images)
    of_landmarks = pd.DataFrame(faces.measures, columns=list(MEASURES))
    return {
        "held-out pictures": len(held_out.images),
        "IoU of the goal's classes": joined,
        "IoU": overlaps,
        "correlation with the measures of MediaPipe's maps": {
            name: correlation(ours[name].to_numpy(), measured[name].to_numpy()) for name in ours
        },
        "correlation with MediaPipe's landmarks, of the parser's maps and of its own": {
            name: [
                correlation(table[name].to_numpy(), of_landmarks[other].to_numpy())
                for table in (ours, measured)
            ]
            for name, other in LANDMARKS.items()
        },
    }


def joined_overlaps(found: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Intersection over union of GOAL's classes, and their mean, of maps uint8 [N,H,W]."""
    overlaps = {}
    for name, index in zip(GOAL, (0, 1, 3, 5, 6, 7), strict=True):
        ours, theirs = JOINED[found] == index, JOINED[right] == index
        overlaps[name] = round(float((ours & theirs).sum() / max((ours | theirs).sum(), 1)), 4)
    return {"mean": round(float(np.mean(list(overlaps.values()))), 4)} | overlaps


def measure_maps(maps: np.ndarray, images: np.ndarray) -> pd.DataFrame:
    """Measure the raw scores of maps [N,224,224] of images [N,H,W,3]: a row per face."""
    pairs = zip(maps, resize_faces(images), strict=True)
    return pd.DataFrame([measure_face(*pair) for pair in pairs])


def found_shares(faces: PseudoFaces) -> dict[str, float]:
    """Return how many pictures MediaPipe found a face in, and how many of these are no profile."""
    detected = np.isfinite(faces.measures[:, 0])
    return {
        "pictures": len(faces.images),
        "share with a face": round(float(detected.mean()), 4),
        "share used, without profiles": round(float(faces.found.mean()), 4),
    }


def draw_pseudo_maps(path: Path, faces: PseudoFaces) -> None:
    """Picture faces beside MediaPipe's maps of them."""
    _draw(path, faces.images[:SHOWN], PALETTE[faces.maps[:SHOWN]])


def draw_parses(path: Path, folder: Path, faces: PseudoFaces) -> None:
    """Picture faces, MediaPipe's maps and the parser's."""
    images, maps = faces.images[:SHOWN], faces.maps[:SHOWN]
    parsed = parse(load_trained(folder).eval(), images, maps.shape[1])
    _draw(path, images, PALETTE[maps], PALETTE[parsed])


def _draw(path: Path, *columns: np.ndarray) -> None:
    beside = np.concatenate(columns, axis=2)
    save_png(path, contact_sheet(beside, FACES_PER_ROW, SCALE))
