"""The parts of a face, drawn from back to front."""

import cv2
import numpy as np

from vectorfind.demo.world.face import (
    CLOTH,
    FIXED_POINT_BITS,
    HAIR,
    INNER_MOUTH,
    LOWER_LIP,
    NOSE,
    SKIN,
    SUPERSAMPLING,
    UPPER_LIP,
    Face,
    hair_colour,
    mix,
    shirt_colour,
    skin_colour,
)
from vectorfind.demo.world.parameters import glasses_opacity, smoothstep

INK = np.array([38.0, 26.0, 26.0])
EYE_U, EYE_V = 7.8, -4.0
MOUTH_V = 12.0

_angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_CIRCLE = np.stack([np.cos(_angles), np.sin(_angles)], axis=1)
_across = np.linspace(-1, 1, 17)
_bulge = 1 - _across**2


def _face_outline(value: dict[str, float]) -> np.ndarray:
    """Return the outline of the face, [48, 2]; men have a square jaw, women a pointed chin."""
    half_width = 12.3 + 2.6 * value["face_width"]
    woman = smoothstep(value["gender"], 0.2, 0.8)
    sideways, down = _CIRCLE[:, 0], _CIRCLE[:, 1]
    fullness = np.where(down > 0, 0.72 + 0.38 * woman, 0.9)
    u = half_width * np.sign(sideways) * np.abs(sideways) ** fullness
    v = np.where(down > 0, 1 + 21 * down, 1 + 20 * down)
    return np.stack([u, v], axis=1)


def draw_body(face: Face) -> None:
    """Draw shoulders and shirt."""
    shoulders = np.array([[0, 72], [1, 63], [12, 59], [24, 57], [40, 57], [52, 59], [63, 63]])
    points = np.concatenate([shoulders, [[64, 72]]]) * SUPERSAMPLING
    corners = np.rint(points * 2**FIXED_POINT_BITS).astype(np.int32)
    colour = shirt_colour(face.value).tolist()
    cv2.fillPoly(face.canvas, [corners], colour, cv2.LINE_AA, FIXED_POINT_BITS)
    cv2.fillPoly(face.labels, [corners], CLOTH, cv2.LINE_8, FIXED_POINT_BITS)


def draw_hair_behind(face: Face) -> None:
    """Draw the hair behind the head."""
    tip = -1 + 31 * face.value["hair_length"]
    top = np.linspace(np.pi, 2 * np.pi, 40)
    u = np.concatenate([20.5 * np.cos(top), np.full(12, 20.5), np.full(12, -20.5)])
    side = np.linspace(-5, tip, 12)
    v = np.concatenate([-5 + 23 * np.sin(top), side, side[::-1]])
    curl = smoothstep(face.value["curl"], 0.3, 0.9)
    waves = 1 + 0.055 * curl * np.sin(2 * np.pi * v / 6)
    sagging = 0.035 * np.maximum(v, 0)
    points = np.stack([u * waves + np.sign(u) * sagging, v], axis=1)
    face.fill(points, hair_colour(face.value), HAIR)


def draw_neck(face: Face) -> None:
    """Draw the neck."""
    colour = 0.82 * skin_colour(face.value)
    face.fill(np.array([[-6, 14], [6, 14], [6.5, 27], [0, 30], [-6.5, 27]]), colour, CLOTH)


def draw_skin(face: Face) -> None:
    """Draw the face, and a beard's shade."""
    outline = _face_outline(face.value)
    skin = skin_colour(face.value)
    face.fill(outline, skin, SKIN)
    man = 1 - smoothstep(face.value["gender"], 0.3, 0.7)
    if man > 0:
        beard = outline[(outline[:, 1] > 7.5)]
        beard = np.concatenate([beard, [[-5, 8.5], [5, 8.5]]])
        beard = beard[np.argsort(np.arctan2(beard[:, 1] - 14, beard[:, 0]))]
        face.fill(beard, mix(skin, np.array([70.0, 62, 66]), 0.5 * man))


def draw_wrinkles(face: Face) -> None:
    """Draw the wrinkles of age."""
    strength = smoothstep(face.value["age"], 0.3, 0.95)
    if strength == 0:
        return
    ink = mix(skin_colour(face.value), np.array([62.0, 36, 30]), 0.9 * strength)
    for v in (-12.6, -10.6):
        face.stroke(np.stack([8.5 * _across, v + 0.9 * _across**2], axis=1), ink, 0.9)
    for side in (-1, 1):
        bag = np.stack([side * EYE_U + 3.8 * _across, 0.4 + 1.5 * _bulge], axis=1)
        face.stroke(bag, ink, 0.9)
        face.stroke(np.array([[side * 4, 4], [side * 6.2, 7], [side * 7.6, 11]]), ink, 1.0)


def draw_nose(face: Face) -> None:
    """Draw the nose."""
    colour = 0.82 * skin_colour(face.value)
    face.fill(
        np.array([[-0.9, -3], [0.9, -3], [3.0, 4], [1.6, 5.8], [-1.6, 5.8], [-3, 4]]), colour, NOSE
    )


def draw_eye(face: Face, side: int, label: int) -> None:
    """Draw one eye; `side` -1 is the picture's left."""
    opening = 0.45 + 2.75 * face.value["eyes"]
    centre = np.array([side * EYE_U, EYE_V])
    upper = np.stack([4.6 * _across, -opening * _bulge], axis=1)
    lens = np.concatenate([upper, -upper]) + centre
    face.fill(lens, np.array([246.0, 244, 240]), label)
    # The iris is cut to the lens: each of its points is clipped to the lids at that column.
    iris = 2.3 * _CIRCLE
    lids = opening * (1 - (iris[:, 0] / 4.6) ** 2)
    iris = np.stack([iris[:, 0], np.clip(iris[:, 1], -lids, lids)], axis=1)
    face.fill(iris + centre, np.array([44.0, 34, 40]))
    woman = smoothstep(face.value["gender"], 0.2, 0.8)
    face.stroke(upper + centre, INK, 0.6 + 0.8 * woman)


def draw_brow(face: Face, side: int, label: int) -> None:
    """Draw one brow."""
    man = 1 - smoothstep(face.value["gender"], 0.2, 0.8)
    thickness = 0.75 + 0.6 * man
    spine_u = side * EYE_U + 4.7 * _across
    spine_v = -9.0 + 1.2 * man - 1.3 * (1 - man) * _bulge
    upper = np.stack([spine_u, spine_v - thickness], axis=1)
    lower = np.stack([spine_u, spine_v + thickness], axis=1)[::-1]
    colour = mix(0.55 * hair_colour(face.value), INK, 0.35)
    face.fill(np.concatenate([upper, lower]), colour, label)


def draw_mouth(face: Face) -> None:
    """Draw lips and inner mouth."""
    woman = smoothstep(face.value["gender"], 0.2, 0.8)
    opening = 0.1 + 3.6 * face.value["mouth"]
    half_width = 6.2 - 1.4 * face.value["mouth"]
    inner = np.stack([0.86 * half_width * _across, opening * _bulge], axis=1)
    outer_up = np.stack([half_width * _across, -(opening + 1.3 + 0.5 * woman) * _bulge], axis=1)
    outer_down = np.stack([half_width * _across, (opening + 1.5 + 0.7 * woman) * _bulge], axis=1)
    shift = np.array([0, MOUTH_V])
    mirrored = inner * np.array([1, -1])
    plain = 0.86 * skin_colour(face.value) * np.array([1, 0.84, 0.84])
    painted = mix(np.array([176.0, 52, 92]), np.array([222.0, 58, 44]), face.value["lips"])
    lips = mix(plain, painted, 0.15 + 0.85 * woman)
    face.fill(np.concatenate([outer_up, mirrored[::-1]]) + shift, 0.9 * lips, UPPER_LIP)
    face.fill(np.concatenate([outer_down, inner[::-1]]) + shift, lips, LOWER_LIP)
    face.fill(
        np.concatenate([mirrored, inner[::-1]]) + shift, np.array([66.0, 12, 22]), INNER_MOUTH
    )


def draw_fringe(face: Face) -> None:
    """Draw the hair over the forehead."""
    half_width = 13.2 + 2.6 * face.value["face_width"]
    u = np.linspace(-half_width, half_width, 25)
    hairline = np.stack([u, -15 + 10 * np.abs(u / half_width) ** 4], axis=1)
    crown = 17.5 * _CIRCLE[_CIRCLE[:, 1] <= 0] * np.array([1, 1.15]) + np.array([0, -5])
    points = np.concatenate([hairline[::-1], crown[np.argsort(crown[:, 0])]])
    face.fill(points, hair_colour(face.value), HAIR)


def draw_glasses(face: Face) -> None:
    """Draw glasses, if any."""
    opacity = glasses_opacity(face.value["glasses"])
    if opacity == 0:
        return
    frame = mix(skin_colour(face.value), np.array([24.0, 24, 52]), opacity)
    for side in (-1, 1):
        ring = 5.7 * _CIRCLE + np.array([side * EYE_U, EYE_V])
        face.stroke(np.concatenate([ring, ring[:1]]), frame, 1.3)
        face.stroke(np.array([[side * 13.4, -5.5], [side * 15.5, -6.5]]), frame, 1.3)
    face.stroke(np.array([[-2.2, -5.0], [0, -5.8], [2.2, -5.0]]), frame, 1.3)
