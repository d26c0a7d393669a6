"""The population of drawn faces: a fixed smooth map from the latent z to face parameters."""

from functools import cache

import numpy as np
from scipy.special import ndtr

from vectorfind.demo.world.parameters import INDEX, PARAMETERS

Z_DIM = 64
SEED = 20241
CURVATURE = 0.35
"""Weight of the bent part of every normal score beside its linear part."""

CORRELATIONS = {
    ("eyes", "mouth"): -0.25,
    ("hair_length", "gender"): 0.45,
    ("lips", "gender"): 0.3,
    ("glasses", "age"): 0.3,
    ("hair_brightness", "age"): 0.15,
    ("eyes", "age"): -0.15,
    ("pose", "position"): 0.3,
    ("curl", "hair_length"): -0.15,
    ("hair_brightness", "skin"): 0.3,
    ("face_width", "gender"): -0.25,
    ("background_brightness", "background_texture"): 0.15,
}
"""Correlations of the linear parts, as between the properties of real faces."""


@cache
def _projections() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the linear rows [P, 64], the bent rows [P, 64] and the mixing matrix [P, P]."""
    count = len(PARAMETERS)
    gaussian = np.random.default_rng(SEED).standard_normal((Z_DIM, 2 * count))
    basis, triangle = np.linalg.qr(gaussian)
    rows = (basis * np.sign(np.diag(triangle))).T  # the sign that LAPACK leaves open
    correlation = np.eye(count)
    for (first, second), value in CORRELATIONS.items():
        correlation[INDEX[first], INDEX[second]] = correlation[INDEX[second], INDEX[first]] = value
    return rows[:count], rows[count:], np.linalg.cholesky(correlation)


def normal_scores(z: np.ndarray) -> np.ndarray:
    """Map latents to correlated scores, each about N(0, 1).

    Args:
        z: float [N, 64].

    Returns:
        float64 [N, P] in the order of `vectorfind.demo.world.parameters.PARAMETERS`.
    """
    z = np.asarray(z, np.float64)
    sphere = z / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 1e-8)
    linear, bent, mixing = _projections()
    # tanh of twice a standard normal has variance 0.628.
    scores = sphere @ linear.T @ mixing.T + CURVATURE * np.tanh(2 * sphere @ bent.T)
    return scores / np.sqrt(1 + 0.628 * CURVATURE**2)


def parameters_of(z: np.ndarray) -> np.ndarray:
    """Map latents [N, 64] to face parameters, float32 [N, P], each uniform in 0..1."""
    return ndtr(normal_scores(z)).astype(np.float32)
