"""Looking at the same faces as a fine-tuning goes: the best average, and the signs of trouble."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from vectorfind.data.filters import passes
from vectorfind.errors import InputError
from vectorfind.scoring import (
    AttributeEnsemble,
    PropertyScorer,
    score_attributes,
    score_images,
)

Monitor = Callable[[np.ndarray], Mapping[str, float]]
"""Turns uint8 [N,H,W,3] faces into figures; `pass_share` and `spread_*` decide what is best."""

PLOTTED_FACES = 100
"""The published reports plot the mean attribute scores of this many faces."""
KEPT_VARIETY = 0.9
"""Variety and spreads may fall to this share of the start before they count against a look."""
COLLAPSED_VARIETY = 0.5
"""Share of the variety at the start below which the faces have become one face."""
SATURATED = 0.9999
"""AUROC from which the discriminator tells every real from every fake."""


def attribute_monitor(
    attributes: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    bounds: Mapping[str, Mapping[str, float]],
    properties: Callable[[np.ndarray], pd.DataFrame] | None = None,
) -> Monitor:
    """Make a monitor of mean attribute scores, pass share and the spread of the properties.

    Args:
        attributes: per attribute a function from uint8 [N,H,W,3] to scores 0..1, [N].
        bounds: the filter, as in `vectorfind.data.passes`.
        properties: from uint8 [N,H,W,3] to a table of property scores; their spread over faces
            is watched. None leaves it out.
    """

    def monitor(images: np.ndarray) -> dict[str, float]:
        scores = pd.DataFrame({name: score(images) for name, score in attributes.items()})
        figures = {name: float(scores[name][:PLOTTED_FACES].mean()) for name in scores}
        figures["pass_share"] = float(passes(scores, bounds).mean())
        if properties is not None:
            spreads = properties(images).std()
            figures |= {f"spread_{name}": float(value) for name, value in spreads.items()}
        return figures

    return monitor


def scoring_monitor(
    ensembles: Sequence[AttributeEnsemble],
    scorer: PropertyScorer,
    bounds: Mapping[str, Mapping[str, float]],
    *,
    device: torch.device | str = "cpu",
) -> Monitor:
    """Make the monitor of a stage's attribute CNNs, its filter and the property scorer."""
    scores = {
        ensemble.attribute: partial(score_attributes, ensemble, device=device)
        for ensemble in ensembles
    }

    def properties(images: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(score_images(scorer, images, device=device), columns=scorer.properties)

    return attribute_monitor(scores, bounds, properties)


def image_variety(images: np.ndarray) -> float:
    """Return the mean standard deviation over faces of uint8 [N,H,W,3], seen at 16x16 pixels."""
    small = torch.as_tensor(images).permute(0, 3, 1, 2).float()
    small = functional.adaptive_avg_pool2d(small, 16)
    return float(small.std(dim=0).mean())


class Watch:
    """Judges every look at the fixed faces and every logged AUROC of one training."""

    def __init__(self, name: str, patience: int | None, saturated_rows: int = 50):
        """Watch the training whose config section is `name`, for example `finetune.v8`.

        Args:
            name: the config section, for the messages.
            patience: looks without a better objective after which `exhausted` is True.
            saturated_rows: logged rows in a row at AUROC 1.0 that count as "for long".
        """
        self._name, self._patience, self._saturated_rows = name, patience, saturated_rows
        self._start: dict[str, float] = {}
        self._best: float | None = None
        self._since_best = self._collapsed = self._saturated = 0

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {key: value for key, value in vars(self).items() if key in _STATE}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        vars(self).update(state)

    @property
    def exhausted(self) -> bool:
        """Whether there was nothing better for `patience` looks."""
        return self._patience is not None and self._since_best >= self._patience

    def look(self, images: np.ndarray, monitor: Monitor | None) -> tuple[dict[str, float], bool]:
        """Measure the fixed faces, uint8 [N,H,W,3]; return the figures and whether they are best.

        The objective is the pass share, lowered when any variety falls under 90 % of the start's;
        without a pass share the latest look always is the best one.

        Raises:
            InputError: the variety has collapsed.
        """
        figures = {"variety": image_variety(images), **(monitor(images) if monitor else {})}
        self._start = self._start or dict(figures)
        self._refuse_collapse(figures["variety"] / max(self._start["variety"], 1e-9))
        if "pass_share" not in figures:
            return figures, True
        kept = min(1.0, self._kept_variety(figures) / KEPT_VARIETY)
        figures["objective"] = figures["pass_share"] * kept**4
        better = self._best is None or figures["objective"] > self._best
        self._best = figures["objective"] if better else self._best
        self._since_best = 0 if better else self._since_best + 1
        return figures, better

    def see_auroc(self, auroc: float | Tensor) -> None:
        """Note one logged AUROC.

        Raises:
            InputError: it has been 1.0 for long.
        """
        self._saturated = self._saturated + 1 if auroc >= SATURATED else 0
        if self._saturated >= self._saturated_rows:
            raise InputError(
                f"{self._name}: the discriminator has told every real image from every generated "
                f"one (AUROC 1.0) for {self._saturated} logged rows, so the generator learns "
                f"nothing from it; lower `{self._name}.discriminator_learning_rate` or raise "
                f"`{self._name}.r1_gamma`."
            )

    def _kept_variety(self, figures: Mapping[str, float]) -> float:
        watched = [key for key in figures if key == "variety" or key.startswith("spread_")]
        return min(figures[key] / max(self._start[key], 1e-9) for key in watched)

    def _refuse_collapse(self, kept: float) -> None:
        self._collapsed = self._collapsed + 1 if kept < COLLAPSED_VARIETY else 0
        if self._collapsed >= 2:
            raise InputError(
                f"{self._name}: the faces have lost their variety ({kept:.0%} of the start's, two "
                f"looks in a row); lower `{self._name}.mapping_learning_rate` and "
                f"`{self._name}.generator_learning_rate`, or add real images."
            )


_STATE = ("_start", "_best", "_since_best", "_collapsed", "_saturated")
