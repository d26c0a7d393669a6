"""The eight property algorithms (system.md 2.2, 2.3): loops over pixels against ours.

Both resize each image to 224x224 and measure it with its parse map. The maps are the reference
maps in tests/data; `--size` is the images' size before they are resized.
"""

import math
from pathlib import Path

import cv2
import numpy as np

from benchmarks._harness import SIZES, arguments, measure, report
from vectorfind.faces import measure_properties
from vectorfind.faces.parser import resize_faces
from vectorfind.faces.properties import (
    BACKGROUND,
    HAIR,
    INNER_MOUTH,
    LEFT_EYE,
    LOWER_LIP,
    RIGHT_EYE,
    SIZE,
    UPPER_LIP,
)

MAPS = Path(__file__).parent.parent / "tests" / "data" / "property_maps.npz"


def main() -> None:
    """Check that both give the same scores, then time them."""
    options = arguments("properties")
    cv2.setNumThreads(1)
    arrays = np.load(MAPS)
    side = SIZES[options.size]
    images = np.stack([cv2.resize(image, (side, side)) for image in arrays["images"]])
    _check_equal(naive_scores(arrays["maps"], images), our_scores(arrays["maps"], images))
    measurement = measure(
        lambda: naive_scores(arrays["maps"], images),
        lambda: our_scores(arrays["maps"], images),
        items=len(images),
        rounds=options.rounds,
        jobs=options.jobs,
    )
    report("properties", options.size, options.device, measurement)


def our_scores(maps: np.ndarray, images: np.ndarray) -> list[dict[str, float]]:
    """Measure as the pipeline does."""
    return list(map(measure_properties, maps, resize_faces(images)))


def naive_scores(maps: np.ndarray, images: np.ndarray) -> list[dict[str, float]]:
    """Measure one image after the other, pixel by pixel."""
    scores = []
    for parse_map, image in zip(maps, images, strict=True):
        resized = resize_faces(image[None])[0]
        # Lists, since Python reads their elements faster than an array's.
        classes, bright = parse_map.tolist(), (resized.sum(axis=2) / 3).tolist()
        mean, std = _background(classes, bright)
        eyes = [_eye_pixels(classes, LEFT_EYE, 0), _eye_pixels(classes, RIGHT_EYE, SIZE // 4)]
        scores.append(
            {
                "eyes": max(_openness(eye) for eye in eyes),
                "hair_color": _hair_color(classes, bright),
                "hair_length": _hair_length(classes),
                "mouth": _mouth(classes),
                "pose": _slope(*eyes),
                "background_mean": mean,
                "background_std": std,
                "hairstyle": _hairstyle(classes, bright),
            }
        )
    return scores


def _eye_pixels(classes: list, eye: int, left: int) -> list[tuple[int, int]]:
    rows, columns = range(SIZE // 4, 3 * SIZE // 4), range(left, left + 3 * SIZE // 4)
    return [(y, x) for y in rows for x in columns if classes[y][x] == eye]


def _openness(eye: list[tuple[int, int]]) -> float:
    if not eye:
        return 0.0
    tallest = 0
    for column in {x for _, x in eye}:
        rows = [y for y, x in eye if x == column]
        tallest = max(tallest, max(rows) - min(rows))
    farthest, cosine = 0.0, 1.0
    for y, x in eye:
        for other_y, other_x in eye:
            distance = math.hypot(other_y - y, other_x - x)
            if distance > farthest:
                farthest, cosine = distance, abs(other_x - x) / distance
    return tallest * cosine


def _slope(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> float:
    if not left or not right:
        return 0.0
    left_y, left_x = _mean([y for y, _ in left]), _mean([x for _, x in left])
    right_y, right_x = _mean([y for y, _ in right]), _mean([x for _, x in right])
    return 0.0 if left_x == right_x else (right_y - left_y) / (right_x - left_x)


def _hair_color(classes: list, bright: list) -> float:
    values = sorted(bright[y][x] for y in range(SIZE) for x in range(SIZE) if classes[y][x] == HAIR)
    kept = values[int(0.1 * len(values)) : int(0.9 * len(values))]
    return _mean(kept) if kept else 127.5


def _hair_length(classes: list) -> float:
    length = 0.0
    for y in range(SIZE // 4, SIZE):
        if sum(classes[y][x] == HAIR for x in range(SIZE)) >= 20:
            length += 1
    left = sum(classes[-1][x] == HAIR for x in range(SIZE // 2))
    right = sum(classes[-1][x] == HAIR for x in range(SIZE // 2, SIZE))
    if left + right >= 20:
        length += (max(left - 10, 0) + max(right - 10, 0)) / 2
    return length


def _mouth(classes: list) -> float:
    inner = lips = 0
    for row in classes:
        for value in row:
            inner += value == INNER_MOUTH
            lips += value in (UPPER_LIP, LOWER_LIP)
    return inner / (inner + lips) if inner + lips else 0.0


def _background(classes: list, bright: list) -> tuple[float, float]:
    values = sorted(
        bright[y][x] for y in range(SIZE // 2) for x in range(SIZE) if classes[y][x] == BACKGROUND
    )
    if len(values) > 1:
        values = values[int(0.05 * len(values)) : int(0.95 * len(values))]
    if not values:
        return 192.0, 0.0
    mean = _mean(values)
    return mean, math.sqrt(_mean([(value - mean) ** 2 for value in values]))


def _hairstyle(classes: list, bright: list) -> float:
    ratios = []
    for y in range(SIZE // 2, SIZE - 11):
        for x in range(8, SIZE - 11):
            corners = [(y, x), (y + 8, x), (y, x - 8), (y, x + 8)]
            if all(_is_hair(classes, *corner) for corner in corners):
                center, below, left, right = (_block_mean(bright, *corner) for corner in corners)
                across = max(abs(center - left), abs(center - right))
                ratios.append(abs(center - below) / (across + 5))
    return _mean(ratios) if ratios else 0.45


def _is_hair(classes: list, top: int, left: int) -> bool:
    for y in range(top, top + 4):
        for x in range(left, left + 4):
            if classes[y][x] != HAIR:
                return False
    return True


def _block_mean(bright: list, top: int, left: int) -> float:
    return sum(bright[y][x] for y in range(top, top + 4) for x in range(left, left + 4)) / 16


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _check_equal(naive: list[dict[str, float]], ours: list[dict[str, float]]) -> None:
    for one, other in zip(naive, ours, strict=True):
        for name, value in one.items():
            assert math.isclose(value, other[name], abs_tol=1e-9), (name, value, other[name])


if __name__ == "__main__":
    main()
