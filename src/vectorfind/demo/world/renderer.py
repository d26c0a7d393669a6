"""Draws 64x64 faces together with their exact parse maps.

Textures are added after the reduction to 64x64, weighted by how much of each pixel its part covers.
"""

import cv2
import numpy as np

from vectorfind.demo.world import parts
from vectorfind.demo.world.face import (
    BACKGROUND,
    CLOTH,
    HAIR,
    LEFT_BROW,
    LEFT_EYE,
    RIGHT_BROW,
    RIGHT_EYE,
    SUPERSAMPLING,
    Face,
    background_colour,
    hair_colour,
)
from vectorfind.demo.world.parameters import INDEX, smear_strength, smoothstep

SIZE = 64
MAX_ROLL = np.deg2rad(18)

_grid_v, _grid_u = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
_DOTS = np.sin(2 * np.pi * (_grid_u + 2) / 8) * np.sin(2 * np.pi * (_grid_v + 1) / 8)


def render(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw one face.

    Args:
        parameters: float [P] in 0..1, as `vectorfind.demo.world.parameters.PARAMETERS`.

    Returns:
        The image, uint8 [64, 64, 3] RGB, and its parse map, uint8 [64, 64] with the classes of
        system.md 2.1. The parse map of a smeared face is that of the face before smearing.
    """
    face = _start(parameters)
    parts.draw_body(face)
    parts.draw_hair_behind(face)
    parts.draw_neck(face)
    parts.draw_skin(face)
    parts.draw_wrinkles(face)
    parts.draw_nose(face)
    for side, eye, brow in ((-1, LEFT_EYE, LEFT_BROW), (1, RIGHT_EYE, RIGHT_BROW)):
        parts.draw_eye(face, side, eye)
        parts.draw_brow(face, side, brow)
    parts.draw_mouth(face)
    parts.draw_fringe(face)
    parts.draw_glasses(face)
    return _finish(face)


def _start(parameters: np.ndarray) -> Face:
    value = {name: float(parameters[column]) for name, column in INDEX.items()}
    roll = MAX_ROLL * (2 * value["pose"] - 1)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    centre = np.array([32 + 3 * (value["position"] - 0.5), 33.0])
    side = SIZE * SUPERSAMPLING
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = background_colour(value).astype(np.uint8)
    return Face(value, turn, centre, canvas, np.zeros((side, side), np.uint8))


def _hair_texture(face: Face) -> np.ndarray:
    """Return strands (straight) or waves (curly) that move with the head, [64, 64] in -1..1."""
    offset_u, offset_v = _grid_u - face.centre[0], _grid_v - face.centre[1]
    u = face.turn[0, 0] * offset_u + face.turn[1, 0] * offset_v
    v = face.turn[0, 1] * offset_u + face.turn[1, 1] * offset_v
    strands = np.cos(2 * np.pi * u / 4.6)
    waves = np.cos(2 * np.pi * (v + 1.1 * np.cos(2 * np.pi * u / 11)) / 5.2)
    curl = smoothstep(face.value["curl"], 0.1, 0.9)
    return (1 - curl) * strands + curl * waves


def _add_textures(image: np.ndarray, face: Face) -> np.ndarray:
    """Add hair and background texture to the reduced image, float32 [64, 64, 3]."""
    scale = 1 / SUPERSAMPLING
    hair, behind = (
        cv2.resize(
            (face.labels == part).astype(np.float32),
            None,
            fx=scale,
            fy=scale,
            interpolation=cv2.INTER_AREA,
        )
        for part in (HAIR, BACKGROUND)
    )
    colour = hair_colour(face.value).astype(np.float32)
    contrast = 14 + 0.16 * colour
    dots = 38 * smoothstep(face.value["background_texture"], 0.0, 1.0)
    image += (hair * _hair_texture(face))[..., None] * contrast
    image += (behind * _DOTS * dots)[..., None].astype(np.float32)
    return image


def _smear(image: np.ndarray, strength: float) -> np.ndarray:
    """Blur the face and drag the rows near the hairline up to the top edge."""
    blurred = cv2.GaussianBlur(image, (0, 0), 1.5)
    streaks = np.broadcast_to(blurred[14:18].mean(axis=0), image.shape)
    share = smoothstep(-np.arange(SIZE), -17, -11)[:, None, None]
    smeared = blurred + (streaks - blurred) * share
    return image + (smeared - image) * strength


def _finish(face: Face) -> tuple[np.ndarray, np.ndarray]:
    reduced = cv2.resize(face.canvas, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    image = _add_textures(reduced.astype(np.float32), face)
    strength = float(smear_strength(face.value["quality"]))
    if strength > 0:
        image = _smear(image, strength)
    middle = SUPERSAMPLING // 2
    parse_map = face.labels[middle::SUPERSAMPLING, middle::SUPERSAMPLING].copy()
    parse_map[parse_map == CLOTH] = BACKGROUND
    return np.clip(np.rint(image), 0, 255).astype(np.uint8), parse_map
