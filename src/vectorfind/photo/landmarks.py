"""Parse maps and measures from the 468 landmarks of MediaPipe's face mesh and a person mask.

Left is the picture's left (smaller x), as in all parse maps: the mesh's own names are the person's.
"""

import cv2
import numpy as np

# As faces.properties; its room imports pandas, which MediaPipe's environment has no need of.
BACKGROUND, SKIN, LEFT_BROW, RIGHT_BROW, LEFT_EYE, RIGHT_EYE = range(6)
NOSE, UPPER_LIP, INNER_MOUTH, LOWER_LIP, HAIR = range(6, 11)

POINTS = 468

CANVAS = 448
"""Side of what polygons are drawn on: a multiple of the pictures' 64 and of the parse maps' 224."""
FIXED_POINT_BITS = 4

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
UPPER_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
UPPER_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LOWER_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
LEFT_EYELIDS = (
    *(33, 246, 161, 160, 159, 158, 157, 173),
    *(133, 155, 154, 153, 145, 144, 163, 7),
)
RIGHT_EYELIDS = (
    *(263, 466, 388, 387, 386, 385, 384, 398),
    *(362, 382, 381, 380, 374, 373, 390, 249),
)
POLYGONS = {
    SKIN: OVAL,
    NOSE: (168, 122, 174, 198, 129, 64, 98, 97, 2, 326, 327, 294, 358, 420, 399, 351),
    LEFT_BROW: (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    RIGHT_BROW: (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
    LEFT_EYE: LEFT_EYELIDS,
    RIGHT_EYE: RIGHT_EYELIDS,
    UPPER_LIP: UPPER_OUTER + UPPER_INNER[::-1],
    LOWER_LIP: LOWER_OUTER + LOWER_INNER[::-1],
    INNER_MOUTH: UPPER_INNER + LOWER_INNER[::-1],
}
"""Landmarks around every part, in the order in which they are drawn."""


def _opposite() -> np.ndarray:
    """Return intp [468], the landmark at the other side of the face for each of POLYGONS'."""
    across = np.arange(POINTS)
    for outline in (OVAL, POLYGONS[NOSE]):  # begin in the middle
        across[list(outline)] = np.roll(outline[::-1], 1)
    for outline in (UPPER_OUTER, UPPER_INNER, LOWER_INNER, LOWER_OUTER):
        across[list(outline)] = outline[::-1]
    for left, right in ((LEFT_BROW, RIGHT_BROW), (LEFT_EYE, RIGHT_EYE)):
        across[list(POLYGONS[left])] = POLYGONS[right]
        across[list(POLYGONS[right])] = POLYGONS[left]
    return across


OPPOSITE = _opposite()
DRAWN_FROM = sorted({point for outline in POLYGONS.values() for point in outline})

MEASURES = ("eyes", "mouth", "roll", "yaw")
"""What `measure_landmarks` returns: gap of the lids by an eye's width (mean of both), gap of the
lips by the mouth's width, tilt of the eyes' line in degrees (clockwise), and how far the nose's tip
is from the middle between the cheeks to the right, as a share of half their distance."""
_EYE_GAPS = ((33, 133, 159, 145), (362, 263, 386, 374))
_CHEEKS, _NOSE_TIP, _CHIN = (234, 454), 1, 152
PROFILE = 1.4
"""From this yaw on the mesh no longer follows the face: its far half folds over the near one."""
APART = 0.03
"""Share of the picture by which the mesh may differ from that of the mirrored picture, on average:
it is within 0.01 in half of the teacher's pictures, and one of both has lost the face beyond."""

_CUT, _CUT_ROUNDS = 112, 3
_WHOLE = (0, 0, _CUT, _CUT)
_REACH, _SURE = 31, 5
"""How far around the oval (pixels of _CUT) skin is looked for, and where it is supposed first."""


def measure_landmarks(points: np.ndarray) -> np.ndarray:
    """Return float32 [4], MEASURES of one face, from its points [468,2] in any scale."""
    eyes = [_distance(points, up, down) / _distance(points, *ends) for *ends, up, down in _EYE_GAPS]
    mouth = _distance(points, 13, 14) / _distance(points, 78, 308)
    across = points[263] - points[33]
    roll = np.degrees(np.arctan2(across[1], across[0]))
    cheeks = points[list(_CHEEKS)]
    half = (cheeks[1] - cheeks[0]) / 2
    yaw = (points[_NOSE_TIP] - cheeks.mean(axis=0)) @ half / (half @ half)
    return np.array([np.mean(eyes), mouth, roll, yaw], np.float32)


def mirror_points(points: np.ndarray) -> np.ndarray:
    """Return where the landmarks [468,2] are in the mirrored picture, as shares of it.

    Right for those that maps are drawn and measures are taken from.
    """
    mirrored: np.ndarray = points[OPPOSITE] * (-1, 1) + (1, 0)
    return mirrored.astype(np.float32)


def agree(points: np.ndarray, others: np.ndarray) -> bool:
    """Tell whether two meshes [468,2], shares of the picture, see the same face; NaN sees none."""
    apart = np.linalg.norm(points - others, axis=1)[DRAWN_FROM].mean()
    return bool(apart < APART)


def _distance(points: np.ndarray, first: int, second: int) -> float:
    return float(np.linalg.norm(points[first] - points[second]))


def draw_map(
    points: np.ndarray, person: np.ndarray, image: np.ndarray, side: int = 64
) -> np.ndarray:
    """Draw the parse map of one face.

    The oval of the mesh cuts forehead and far cheek: what looks like skin beside it is skin too.
    What else is person is hair (or a hat) down to the chin; neck and clothes are background, as in
    the demo's world.

    Args:
        points: float [468,2], x and y of the landmarks as shares of the picture.
        person: uint8 [h,w], 255 where a person is.
        image: uint8 RGB [H,W,3], the picture.
        side: of the map, a divisor of CANVAS.

    Returns:
        uint8 [side,side], classes of faces.properties.
    """
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    enlarged = cv2.resize(person, (CANVAS, CANVAS), interpolation=cv2.INTER_LINEAR) > 127
    canvas[_part_with(enlarged, _filled(points, OVAL, CANVAS))] = HAIR
    skin = _skin_around(points, canvas == HAIR, image)
    canvas[cv2.resize(skin, (CANVAS, CANVAS), interpolation=cv2.INTER_NEAREST) > 0] = SKIN
    canvas[max(int(points[_CHIN, 1] * CANVAS), 0) :] = BACKGROUND
    for part, outline in POLYGONS.items():
        canvas[_filled(points, outline, CANVAS) > 0] = part
    return shrink(canvas, side)


def _filled(points: np.ndarray, outline: tuple[int, ...], side: int) -> np.ndarray:
    """Return uint8 [side,side], 1 inside of a polygon of landmarks."""
    corners = np.rint((points[list(outline)] * side - 0.5) * 2**FIXED_POINT_BITS).astype(np.int32)
    mask = np.zeros((side, side), np.uint8)
    return cv2.fillPoly(mask, [corners], 1, cv2.LINE_8, FIXED_POINT_BITS)


def _part_with(person: np.ndarray, oval: np.ndarray) -> np.ndarray:
    """Leave of a person's mask what is connected with the face."""
    _, parts = cv2.connectedComponents((person | (oval > 0)).astype(np.uint8))
    return person & np.isin(parts, np.unique(parts[oval > 0]))


def _skin_around(points: np.ndarray, person: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return uint8 [112,112], 1 for the face and the skin beside its oval, told by its colours.

    Source: GrabCut, Rother et al. 2004.
    """
    small = cv2.resize(image, (_CUT, _CUT), interpolation=cv2.INTER_CUBIC)
    oval = _filled(points, OVAL, _CUT)
    if not oval.any():
        return oval
    inside = cv2.resize(person.astype(np.uint8), (_CUT, _CUT), interpolation=cv2.INTER_AREA) > 0
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_REACH, _REACH))
    sure = np.ones((_SURE, _SURE), np.uint8)
    labels = np.full((_CUT, _CUT), cv2.GC_BGD, np.uint8)
    labels[inside & (cv2.dilate(oval, reach) > 0)] = cv2.GC_PR_BGD
    labels[inside & (cv2.dilate(oval, sure) > 0)] = cv2.GC_PR_FGD
    labels[oval > 0] = cv2.GC_FGD
    if oval.all() or not np.isin(labels, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return oval
    cv2.setRNGSeed(0)
    face, other = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, labels, _WHOLE, other, face, _CUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)


def shrink(canvas: np.ndarray, side: int) -> np.ndarray:
    """Bring a map [S,S] down to uint8 [side,side]: the class that fills most of each square."""
    scale = len(canvas) // side
    squares = canvas.reshape(side, scale, side, scale)
    counts = [(squares == part).sum(axis=(1, 3)) for part in range(HAIR + 1)]
    return np.argmax(counts, axis=0).astype(np.uint8)
