"""Measures the photo-like world's parser against MediaPipe's maps, and shows both."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vectorfind.demo.figures import class_overlaps, correlation, parse
from vectorfind.demo.parser_training import load_trained
from vectorfind.demo.pictures import PALETTE
from vectorfind.faces.measures import PUBLISHED_MEASURES, Measure, load_measures, measure_face
from vectorfind.faces.parser import load_parser, measure_images, resize_faces
from vectorfind.faces.properties import SIZE
from vectorfind.photo.faces import PseudoFaces
from vectorfind.photo.landmarks import MEASURES
from vectorfind.pictures.sheets import contact_sheet, save_png

GOAL = ("background", "skin", "eyes", "lips", "inner mouth", "hair")
"""What the parser must find; eyes and lips each count as one class."""
JOINED = np.array([0, 1, 6, 6, 2, 2, 7, 3, 4, 3, 5], np.uint8)
"""The place in GOAL of every class; brows and nose have none there."""
TURN = "config/photo64.py:turn"
"""What measures pose in this world, from the project's folder."""
PROPERTY_OF = {"eyes": "eyes", "mouth": "mouth", "roll": "pose", "yaw": "turn"}
"""Which property of system.md 2.2, or TURN, should follow a measure of the landmarks."""
TURNED = 0.7
"""The yaw of three quarters of the faces is less."""
SHOWN, FACES_PER_ROW, SCALE = 60, 4, 2


def parser_figures(folder: Path, held_out: PseudoFaces) -> dict[str, Any]:
    """Measure a parser on faces that no training showed it.

    Args:
        folder: the parser in Hugging Face format.
        held_out: pictures and MediaPipe's maps, those without a face too.
    """
    faces = held_out.with_a_face()
    found = parse(load_trained(folder).eval(), faces.images, faces.maps.shape[1])
    ours = measure_images(load_parser(folder), faces.images, measures=all_measures())
    measured = measure_maps(faces.maps_at(SIZE), faces.images)
    marks = pd.DataFrame(faces.measures, columns=list(MEASURES)).rename(columns=PROPERTY_OF)
    return {
        "held-out faces": len(faces.images),
        "IoU of the goal's classes": joined_overlaps(found, faces.maps),
        "IoU": class_overlaps(found, faces.maps),
        "correlation of the measures of the parser's maps and MediaPipe's": correlations(
            ours, measured
        ),
        "the same, of faces turned little": correlations(
            ours, measured, np.abs(faces.measures[:, MEASURES.index("yaw")]) < TURNED
        ),
        "correlation of the parser's measures with the landmarks'": correlations(
            ours[[*PROPERTY_OF.values()]], marks
        ),
        "correlation of the measures of MediaPipe's maps with the landmarks'": correlations(
            measured[[*PROPERTY_OF.values()]], marks
        ),
    }


def own_agreement(held_out: PseudoFaces) -> dict[str, Any]:
    """Measure how far MediaPipe's map of a picture agrees with that of the mirrored picture.

    The held-out maps are drawn from the mean of both sides' points.
    """
    faces = held_out.with_a_face()
    drawn = [faces.maps_of(faces.sides[:, side], SIZE) for side in (0, 1)]
    measured, again = (measure_maps(maps, faces.images) for maps in drawn)
    small = [faces.maps_of(faces.sides[:, side], faces.maps.shape[1]) for side in (0, 1)]
    return {
        "IoU of the goal's classes": joined_overlaps(small[1], small[0]),
        "correlation": correlations(measured, again),
    }


def correlations(
    first: pd.DataFrame, second: pd.DataFrame, among: np.ndarray | None = None
) -> dict[str, float]:
    """Correlate the columns of the first table with those of the second, of rows `among`."""
    rows = np.ones(len(first), bool) if among is None else among
    return {
        name: correlation(first[name].to_numpy()[rows], second[name].to_numpy()[rows])
        for name in first
    }


def joined_overlaps(found: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Intersection over union of GOAL's classes, and their mean, of maps uint8 [N,H,W]."""
    return class_overlaps(JOINED[found], JOINED[right], GOAL)


def measure_maps(maps: np.ndarray, images: np.ndarray) -> pd.DataFrame:
    """Measure the raw scores of maps [N,224,224] of images [N,H,W,3]: a row per face."""
    measures = all_measures()
    pairs = zip(maps, resize_faces(images), strict=True)
    return pd.DataFrame([measure_face(*pair, measures) for pair in pairs])


def all_measures() -> dict[str, Measure]:
    """Return the published measures and the turn."""
    return PUBLISHED_MEASURES | load_measures({"turn": TURN})


def found_shares(faces: PseudoFaces) -> dict[str, float]:
    """Return how many pictures MediaPipe found a face in, and how many of these are no profile."""
    return {
        "pictures": len(faces.images),
        "share with a face": round(float(faces.detected.mean()), 4),
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
