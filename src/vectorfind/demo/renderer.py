"""Draws 64x64 faces together with their exact parse maps.

Every part is a polygon in the head's own coordinates (pixels of the final image, origin at the
bridge of the nose, v downwards), turned and moved onto a canvas of four times the size. The label
canvas is filled by the same polygons, so that image and parse map agree. Textures are added after
the reduction to 64x64, weighted by how much of each pixel its part covers.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vectorfind.demo.parameters import INDEX, glasses_opacity, smear_strength, smoothstep

SIZE = 64
SUPERSAMPLING = 4
MAX_ROLL = np.deg2rad(18)

BACKGROUND, SKIN, LEFT_BROW, RIGHT_BROW, LEFT_EYE, RIGHT_EYE = range(6)
NOSE, UPPER_LIP, INNER_MOUTH, LOWER_LIP, HAIR = range(6, 11)
CLOTH = 11  # drawn, but background in the parse map (system.md 2.1 has no such class)

INK = np.array([38.0, 26.0, 26.0])
GREY = np.array([176.0, 174.0, 172.0])
EYE_U, EYE_V = 7.8, -4.0
MOUTH_V = 12.0
FIXED_POINT_BITS = 4

_angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_CIRCLE = np.stack([np.cos(_angles), np.sin(_angles)], axis=1)
_across = np.linspace(-1, 1, 17)
_bulge = 1 - _across**2
_grid_v, _grid_u = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
_DOTS = np.sin(2 * np.pi * (_grid_u + 2) / 8) * np.sin(2 * np.pi * (_grid_v + 1) / 8)


@dataclass(frozen=True)
class Face:
    """One face while it is being drawn: its parameters, where its head is, and both canvases."""

    value: dict[str, float]
    turn: np.ndarray
    centre: np.ndarray
    canvas: np.ndarray
    labels: np.ndarray

    def fill(self, points: np.ndarray, colour: np.ndarray, label: int | None = None) -> None:
        """Fill a polygon given in head coordinates; `label` None leaves the labels alone."""
        placed = ((points @ self.turn.T + self.centre) * SUPERSAMPLING - 0.5) * 2**FIXED_POINT_BITS
        corners = np.rint(placed).astype(np.int32)
        cv2.fillPoly(self.canvas, [corners], colour.tolist(), cv2.LINE_AA, FIXED_POINT_BITS)
        if label is not None:
            cv2.fillPoly(self.labels, [corners], label, cv2.LINE_8, FIXED_POINT_BITS)

    def stroke(self, points: np.ndarray, colour: np.ndarray, width: float) -> None:
        """Draw an open line of `width` final pixels given in head coordinates."""
        placed = ((points @ self.turn.T + self.centre) * SUPERSAMPLING - 0.5) * 2**FIXED_POINT_BITS
        cv2.polylines(
            self.canvas,
            [np.rint(placed).astype(np.int32)],
            False,
            colour.tolist(),
            max(1, round(width * SUPERSAMPLING)),
            cv2.LINE_AA,
            FIXED_POINT_BITS,
        )


def _mix(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    return first + (second - first) * share


def _tint(brightness: float, chroma: float, hue: float) -> np.ndarray:
    """Return the RGB colour whose mean is `brightness`; `hue` in turns."""
    phases = 2 * np.pi * (hue - np.array([0, 1, 2]) / 3)
    return np.clip(brightness + chroma * np.cos(phases), 0, 255)


def _skin_colour(value: dict[str, float]) -> np.ndarray:
    return _mix(np.array([112.0, 74, 54]), np.array([246.0, 212, 190]), value["skin"])


def _hair_colour(value: dict[str, float]) -> np.ndarray:
    brightness = 28 + 190 * value["hair_brightness"]
    chroma = 14 + 0.42 * min(brightness, 255 - brightness)
    colour = _tint(brightness, chroma, -0.02 + 0.16 * value["hair_hue"])
    return _mix(colour, GREY, 0.5 * smoothstep(value["age"], 0.4, 1.0))


def _background_colour(value: dict[str, float]) -> np.ndarray:
    brightness = 34 + 190 * value["background_brightness"]
    chroma = 0.3 * min(brightness, 255 - brightness)
    return _tint(brightness, chroma, 0.1 + 0.75 * value["background_hue"])


def _shirt_colour(value: dict[str, float]) -> np.ndarray:
    return _tint(105, 55, 0.25 + 0.6 * value["shirt"])


def _face_outline(value: dict[str, float]) -> np.ndarray:
    """Return the outline of the face, [48, 2]; men have a square jaw, women a pointed chin."""
    half_width = 12.3 + 2.6 * value["face_width"]
    woman = smoothstep(value["gender"], 0.2, 0.8)
    sideways, down = _CIRCLE[:, 0], _CIRCLE[:, 1]
    fullness = np.where(down > 0, 0.72 + 0.38 * woman, 0.9)
    u = half_width * np.sign(sideways) * np.abs(sideways) ** fullness
    v = np.where(down > 0, 1 + 21 * down, 1 + 20 * down)
    return np.stack([u, v], axis=1)


def _draw_body(face: Face) -> None:
    shoulders = np.array([[0, 72], [1, 63], [12, 59], [24, 57], [40, 57], [52, 59], [63, 63]])
    points = np.concatenate([shoulders, [[64, 72]]]) * SUPERSAMPLING
    corners = np.rint(points * 2**FIXED_POINT_BITS).astype(np.int32)
    colour = _shirt_colour(face.value).tolist()
    cv2.fillPoly(face.canvas, [corners], colour, cv2.LINE_AA, FIXED_POINT_BITS)
    cv2.fillPoly(face.labels, [corners], CLOTH, cv2.LINE_8, FIXED_POINT_BITS)


def _draw_hair_behind(face: Face) -> None:
    tip = -1 + 31 * face.value["hair_length"]
    top = np.linspace(np.pi, 2 * np.pi, 40)
    u = np.concatenate([20.5 * np.cos(top), np.full(12, 20.5), np.full(12, -20.5)])
    side = np.linspace(-5, tip, 12)
    v = np.concatenate([-5 + 23 * np.sin(top), side, side[::-1]])
    curl = smoothstep(face.value["curl"], 0.3, 0.9)
    waves = 1 + 0.055 * curl * np.sin(2 * np.pi * v / 6)
    sagging = 0.035 * np.maximum(v, 0)
    points = np.stack([u * waves + np.sign(u) * sagging, v], axis=1)
    face.fill(points, _hair_colour(face.value), HAIR)


def _draw_neck(face: Face) -> None:
    colour = 0.82 * _skin_colour(face.value)
    face.fill(np.array([[-6, 14], [6, 14], [6.5, 27], [0, 30], [-6.5, 27]]), colour, CLOTH)


def _draw_skin(face: Face) -> None:
    outline = _face_outline(face.value)
    skin = _skin_colour(face.value)
    face.fill(outline, skin, SKIN)
    man = 1 - smoothstep(face.value["gender"], 0.3, 0.7)
    if man > 0:
        beard = outline[(outline[:, 1] > 7.5)]
        beard = np.concatenate([beard, [[-5, 8.5], [5, 8.5]]])
        beard = beard[np.argsort(np.arctan2(beard[:, 1] - 14, beard[:, 0]))]
        face.fill(beard, _mix(skin, np.array([70.0, 62, 66]), 0.5 * man))


def _draw_wrinkles(face: Face) -> None:
    strength = smoothstep(face.value["age"], 0.3, 0.95)
    if strength == 0:
        return
    ink = _mix(_skin_colour(face.value), np.array([62.0, 36, 30]), 0.9 * strength)
    for v in (-12.6, -10.6):
        face.stroke(np.stack([8.5 * _across, v + 0.9 * _across**2], axis=1), ink, 0.9)
    for side in (-1, 1):
        bag = np.stack([side * EYE_U + 3.8 * _across, 0.4 + 1.5 * _bulge], axis=1)
        face.stroke(bag, ink, 0.9)
        face.stroke(np.array([[side * 4, 4], [side * 6.2, 7], [side * 7.6, 11]]), ink, 1.0)


def _draw_nose(face: Face) -> None:
    colour = 0.82 * _skin_colour(face.value)
    face.fill(
        np.array([[-0.9, -3], [0.9, -3], [3.0, 4], [1.6, 5.8], [-1.6, 5.8], [-3, 4]]), colour, NOSE
    )


def _draw_eye(face: Face, side: int, label: int) -> None:
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


def _draw_brow(face: Face, side: int, label: int) -> None:
    man = 1 - smoothstep(face.value["gender"], 0.2, 0.8)
    thickness = 0.75 + 0.6 * man
    spine_u = side * EYE_U + 4.7 * _across
    spine_v = -9.0 + 1.2 * man - 1.3 * (1 - man) * _bulge
    upper = np.stack([spine_u, spine_v - thickness], axis=1)
    lower = np.stack([spine_u, spine_v + thickness], axis=1)[::-1]
    colour = _mix(0.55 * _hair_colour(face.value), INK, 0.35)
    face.fill(np.concatenate([upper, lower]), colour, label)


def _draw_mouth(face: Face) -> None:
    woman = smoothstep(face.value["gender"], 0.2, 0.8)
    opening = 0.1 + 3.6 * face.value["mouth"]
    half_width = 6.2 - 1.4 * face.value["mouth"]
    inner = np.stack([0.86 * half_width * _across, opening * _bulge], axis=1)
    outer_up = np.stack([half_width * _across, -(opening + 1.3 + 0.5 * woman) * _bulge], axis=1)
    outer_down = np.stack([half_width * _across, (opening + 1.5 + 0.7 * woman) * _bulge], axis=1)
    shift = np.array([0, MOUTH_V])
    mirrored = inner * np.array([1, -1])
    plain = 0.86 * _skin_colour(face.value) * np.array([1, 0.84, 0.84])
    painted = _mix(np.array([176.0, 52, 92]), np.array([222.0, 58, 44]), face.value["lips"])
    lips = _mix(plain, painted, 0.15 + 0.85 * woman)
    face.fill(np.concatenate([outer_up, mirrored[::-1]]) + shift, 0.9 * lips, UPPER_LIP)
    face.fill(np.concatenate([outer_down, inner[::-1]]) + shift, lips, LOWER_LIP)
    face.fill(
        np.concatenate([mirrored, inner[::-1]]) + shift, np.array([66.0, 12, 22]), INNER_MOUTH
    )


def _draw_fringe(face: Face) -> None:
    half_width = 13.2 + 2.6 * face.value["face_width"]
    u = np.linspace(-half_width, half_width, 25)
    hairline = np.stack([u, -15 + 10 * np.abs(u / half_width) ** 4], axis=1)
    crown = 17.5 * _CIRCLE[_CIRCLE[:, 1] <= 0] * np.array([1, 1.15]) + np.array([0, -5])
    points = np.concatenate([hairline[::-1], crown[np.argsort(crown[:, 0])]])
    face.fill(points, _hair_colour(face.value), HAIR)


def _draw_glasses(face: Face) -> None:
    opacity = glasses_opacity(face.value["glasses"])
    if opacity == 0:
        return
    frame = _mix(_skin_colour(face.value), np.array([24.0, 24, 52]), opacity)
    for side in (-1, 1):
        ring = 5.7 * _CIRCLE + np.array([side * EYE_U, EYE_V])
        face.stroke(np.concatenate([ring, ring[:1]]), frame, 1.3)
        face.stroke(np.array([[side * 13.4, -5.5], [side * 15.5, -6.5]]), frame, 1.3)
    face.stroke(np.array([[-2.2, -5.0], [0, -5.8], [2.2, -5.0]]), frame, 1.3)


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
    hair = cv2.resize(
        (face.labels == HAIR).astype(np.float32),
        None,
        fx=scale,
        fy=scale,
        interpolation=cv2.INTER_AREA,
    )
    behind = cv2.resize(
        (face.labels == BACKGROUND).astype(np.float32),
        None,
        fx=scale,
        fy=scale,
        interpolation=cv2.INTER_AREA,
    )
    colour = _hair_colour(face.value).astype(np.float32)
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


def render(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw one face.

    Args:
        parameters: float [P] in 0..1, in the order of `vectorfind.demo.parameters.PARAMETERS`.

    Returns:
        The image, uint8 [64, 64, 3] RGB, and its parse map, uint8 [64, 64] with the classes of
        system.md 2.1. The parse map of a smeared face is that of the face before smearing.
    """
    face = _start(parameters)
    _draw_body(face)
    _draw_hair_behind(face)
    _draw_neck(face)
    _draw_skin(face)
    _draw_wrinkles(face)
    _draw_nose(face)
    for side, eye, brow in ((-1, LEFT_EYE, LEFT_BROW), (1, RIGHT_EYE, RIGHT_BROW)):
        _draw_eye(face, side, eye)
        _draw_brow(face, side, brow)
    _draw_mouth(face)
    _draw_fringe(face)
    _draw_glasses(face)
    return _finish(face)


def _start(parameters: np.ndarray) -> Face:
    value = {name: float(parameters[column]) for name, column in INDEX.items()}
    roll = MAX_ROLL * (2 * value["pose"] - 1)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    centre = np.array([32 + 3 * (value["position"] - 0.5), 33.0])
    side = SIZE * SUPERSAMPLING
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = _background_colour(value).astype(np.uint8)
    return Face(value, turn, centre, canvas, np.zeros((side, side), np.uint8))


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
