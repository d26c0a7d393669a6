"""Property scores as deviations from their set (system.md 2.1)."""

from collections.abc import Mapping

import pandas as pd

from vectorfind.errors import InputError

DECIMALS = 4


def fit_normalisation(frame: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return `{"eyes": {"mean": .., "std": ..}, ..}` for the property columns of raw scores.

    std is the sample standard deviation (n - 1).

    Raises:
        InputError: a property does not vary over the rows, or there are fewer than two.
    """
    normalisation = {}
    for name in _properties_of(frame):
        mean, std = float(frame[name].mean()), float(frame[name].std(ddof=1))
        if not std > 0:
            raise InputError(
                f"property scores: {name} does not vary over the {len(frame)} images that passed; "
                "loosen the filter, generate more images, or check the face parser."
            )
        normalisation[name] = {"mean": mean, "std": std}
    return normalisation


def apply_normalisation(
    frame: pd.DataFrame, normalisation: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Return a copy whose property columns are normalised, to 4 decimals; others are kept.

    Raises:
        KeyError: a property of the frame was not among the fitted ones.
    """
    normalised = frame.copy()
    for name in _properties_of(frame):
        fitted = normalisation[name]
        normalised[name] = ((frame[name] - fitted["mean"]) / fitted["std"]).round(DECIMALS)
    return normalised


def _properties_of(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if name != "image_id"]
