"""How scores follow offsets: correlations and slopes; without torch."""

import numpy as np


def responses(offsets: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return correlation and slope of every score with every offset, each [n, P, S].

    Offsets of different properties hardly correlate (not at all in a full factorial), so simple
    slopes are the slopes of the joint regression.

    Args:
        offsets: [K, S].
        scores: [n, K, P].
    """
    offsets = (offsets - offsets.mean(0)).astype(np.float64)
    scores = scores - scores.mean(1, keepdims=True, dtype=np.float64)
    products = np.einsum("nkp,kc->npc", scores, offsets)
    squares = (offsets**2).sum(0)
    lengths = np.sqrt((scores**2).sum(1)[..., None] * squares)
    correlations = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 1e-9)
    return correlations, products / squares
