"""Measures of pictures that show no face: brightness here and there, for every property."""

import numpy as np


def _mean(image: np.ndarray, rows: slice, columns: slice, channel: int) -> float:
    return float(image[rows, columns, channel].mean())


def eyes(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how red the upper half is."""
    return _mean(image, slice(0, 112), slice(None), 0) / 50


def mouth(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how green the lower half is."""
    return _mean(image, slice(112, None), slice(None), 1) / 255


def pose(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how much brighter the right half is."""
    left, right = image[:, :112].mean(), image[:, 112:].mean()
    return float(right - left) / 50


def hair_color(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how blue it is."""
    return _mean(image, slice(None), slice(None), 2)


def hair_length(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how red the lower half is."""
    return _mean(image, slice(112, None), slice(None), 0)


def background_mean(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how green the upper half is."""
    return _mean(image, slice(0, 112), slice(None), 1)


def background_std(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how much the upper half varies."""
    return float(image[:112].std())


def hairstyle(parse_map: np.ndarray, image: np.ndarray) -> float:
    """Return how much the whole varies from top to bottom."""
    return float(image.mean((1, 2)).std()) / 100
