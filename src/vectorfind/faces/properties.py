"""Raw property scores of a face from its parse map and its colours (system.md 2.2 and 2.3)."""

from typing import NamedTuple

import cv2
import numpy as np

SIZE = 224
"""Height and width of a parse map."""

BACKGROUND, SKIN, LEFT_BROW, RIGHT_BROW, LEFT_EYE, RIGHT_EYE = range(6)
NOSE, UPPER_LIP, INNER_MOUTH, LOWER_LIP, HAIR = range(6, 11)

CLASS_NAMES = (
    "background",
    "skin",
    "left brow",
    "right brow",
    "left eye",
    "right eye",
    "nose",
    "upper lip",
    "inner mouth",
    "lower lip",
    "hair",
)
"""Meaning of the values 0..10 of a parse map (system.md 2.1); left is the picture's left."""

QUARTER, HALF = SIZE // 4, SIZE // 2
LEAST_HAIR = 20
"""Hair pixels a row needs to count for hair_length."""

BLOCK, STEP = 4, 8
"""Side of the blocks that hairstyle compares, and the distance between them."""


class Eye(NamedTuple):
    """What the scores need of one eye: openness in pixels, and its centroid."""

    openness: float
    x: float
    y: float


def measure_properties(parse_map: np.ndarray, image: np.ndarray) -> dict[str, float]:
    """Measure the 8 raw scores of one face, in the order of the published properties.

    Where a part is missing the score is a fixed value: 0 for eyes, pose, hair_length and mouth,
    127.5 for hair_color, 192 and 0 for the background, 0.45 for hairstyle. pose is also 0 when
    the eyes' centroids lie one above the other, where the slope is infinite.

    Args:
        parse_map: uint8 [224,224], classes 0..10 of system.md 2.1.
        image: uint8 [224,224,3], the very picture that was parsed.

    Raises:
        ValueError: the shapes are others.
    """
    if parse_map.shape != (SIZE, SIZE) or image.shape != (SIZE, SIZE, 3):
        raise ValueError(f"expected 224x224 map and image, got {parse_map.shape}, {image.shape}")
    # Sums of R, G and B stay whole numbers: brightness times 3, exactly.
    tripled = image[..., 0].astype(np.uint16) + image[..., 1] + image[..., 2]
    hair = parse_map == HAIR
    # An eye is looked for on its side of the face and a little beyond.
    left = _measure_eye(parse_map, LEFT_EYE, 0)
    right = _measure_eye(parse_map, RIGHT_EYE, QUARTER)
    background_mean, background_std = _background(parse_map, tripled)
    return {
        "eyes": max([eye.openness for eye in (left, right) if eye is not None], default=0.0),
        "hair_color": _hair_color(hair, tripled),
        "hair_length": _hair_length(hair),
        "mouth": _mouth(parse_map),
        "pose": _pose(left, right),
        "background_mean": background_mean,
        "background_std": background_std,
        "hairstyle": _hairstyle(hair, tripled),
    }


def _measure_eye(parse_map: np.ndarray, eye: int, left: int) -> Eye | None:
    area = parse_map[QUARTER : 3 * QUARTER, left : left + 3 * QUARTER] == eye
    found = cv2.findNonZero(area.view(np.uint8))
    if found is None:
        return None
    x, y = found.reshape(-1, 2).mean(axis=0)
    box_x, box_y, width, height = cv2.boundingRect(found)
    pixels = area[box_y : box_y + height, box_x : box_x + width]
    openness = _tallest_column(pixels) * _cosine_of_tilt(found)
    return Eye(openness, float(x) + left, float(y))


def _tallest_column(pixels: np.ndarray) -> int:
    """Largest distance between the first and the last pixel of a column."""
    first = pixels.argmax(axis=0)
    last = len(pixels) - 1 - pixels[::-1].argmax(axis=0)
    return int((last - first)[pixels.any(axis=0)].max())


def _cosine_of_tilt(pixels: np.ndarray) -> float:
    """Cosine of the line between the two farthest pixels, which lie on the convex hull."""
    corners = cv2.convexHull(pixels).reshape(-1, 2)
    between = corners[:, None] - corners[None]
    squared = (between**2).sum(axis=-1)
    farthest = np.unravel_index(squared.argmax(), squared.shape)
    if squared[farthest] == 0:
        return 1.0
    return float(abs(between[farthest][0]) / np.sqrt(squared[farthest]))


def _pose(left: Eye | None, right: Eye | None) -> float:
    if left is None or right is None or left.x == right.x:
        return 0.0
    return (right.y - left.y) / (right.x - left.x)


def _trimmed(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.sort(values)[int(low * len(values)) : int(high * len(values))]


def _hair_color(hair: np.ndarray, tripled: np.ndarray) -> float:
    kept = _trimmed(tripled[hair], 0.1, 0.9)
    return float(kept.mean() / 3) if len(kept) else 127.5


def _hair_length(hair: np.ndarray) -> float:
    lower = hair[QUARTER:].view(np.uint8)
    per_row = cv2.reduce(lower, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    length = float(np.count_nonzero(per_row >= LEAST_HAIR))
    if per_row[-1] >= LEAST_HAIR:
        at_left = int(np.count_nonzero(hair[-1, :HALF]))
        at_right = int(per_row[-1]) - at_left
        length += (max(at_left - 10, 0) + max(at_right - 10, 0)) / 2
    return length


def _mouth(parse_map: np.ndarray) -> float:
    inner = np.count_nonzero(parse_map == INNER_MOUTH)
    lips = np.count_nonzero(parse_map == UPPER_LIP) + np.count_nonzero(parse_map == LOWER_LIP)
    return inner / (inner + lips) if inner + lips else 0.0


def _background(parse_map: np.ndarray, tripled: np.ndarray) -> tuple[float, float]:
    values = tripled[:HALF][parse_map[:HALF] == BACKGROUND]
    kept = values if len(values) == 1 else _trimmed(values, 0.05, 0.95)
    if not len(kept):
        return 192.0, 0.0
    return float(kept.mean() / 3), float(kept.std() / 3)


def _hairstyle(hair: np.ndarray, tripled: np.ndarray) -> float:
    """Mean contrast down the hair against across it, over all blocks that are hair throughout."""
    whole = _block_sums(hair[HALF:].view(np.uint8)) == BLOCK**2
    whole = _center(whole) & _below(whole) & _left(whole) & _right(whole)
    if not whole.any():
        return 0.45
    sums = _block_sums(tripled[HALF:])
    center = _center(sums)[whole]
    down = np.abs(center - _below(sums)[whole])
    across = np.maximum(np.abs(center - _left(sums)[whole]), np.abs(center - _right(sums)[whole]))
    # The 5 of the rule is a brightness; sums are brightness times 3 times the block's pixels.
    return float((down / (across + 5 * 3 * BLOCK**2)).mean())


def _block_sums(values: np.ndarray) -> np.ndarray:
    """Sum every block; entry [y, x] is the block whose top-left is there."""
    sums = cv2.boxFilter(values, cv2.CV_32S, (BLOCK, BLOCK), anchor=(0, 0), normalize=False)
    return sums[: 1 - BLOCK, : 1 - BLOCK]


def _center(blocks: np.ndarray) -> np.ndarray:
    return blocks[:-STEP, STEP:-STEP]


def _below(blocks: np.ndarray) -> np.ndarray:
    return blocks[STEP:, STEP:-STEP]


def _left(blocks: np.ndarray) -> np.ndarray:
    return blocks[:-STEP, : -2 * STEP]


def _right(blocks: np.ndarray) -> np.ndarray:
    return blocks[:-STEP, 2 * STEP :]
