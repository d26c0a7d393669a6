"""The methods by name (`directions.method`): how each finds and edits, and what it needs.

Their modules are imported when they are used, so that the Snakefile and the configuration can ask
what there is without torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vectorfind.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from vectorfind.directions.directions import Directions
    from vectorfind.directions.dual import DualFinder, Validate
    from vectorfind.directions.edits import Edit
    from vectorfind.directions.kept import KeptMeasures
    from vectorfind.directions.surrogate import SurrogateFinder
    from vectorfind.directions.svm import SvmFinder
    from vectorfind.networks import FaceGenerator, FaceScorer

    Finder = SvmFinder | DualFinder | SurrogateFinder


@dataclass(frozen=True, kw_only=True)
class Means:
    """What methods find directions with; each takes what it needs.

    `svm` are the options of `SvmFinder`; `validate` chooses the parameters of the dual basis by
    held-out edits; `generator` and `scorer` are in eval mode on one device; `kept` measures what
    edits leave alone; `tries` is how many faces `surrogate` edits per round, and `fit_steps` how
    long it trains on them; `unit` the length of an offset of 1 in w, or `auto`; `offsets` those of
    the image test [K, S].
    """

    svm: Mapping[str, Any] = field(default_factory=dict)
    validate: Validate | None = None
    generator: FaceGenerator | None = None
    scorer: FaceScorer | None = None
    kept: KeptMeasures | None = None
    tries: int = 4000
    fit_steps: int | None = None
    unit: float | str = "auto"
    offsets: np.ndarray | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to find directions and to edit along them."""

    finder: Callable[[Means], Finder]
    """Makes its estimator."""
    edit: Callable[[Directions], Edit]
    """How offsets become latents."""
    draws: bool = True
    """Whether it needs the networks."""
    keeps: bool = False
    """Whether it needs what edits must leave alone."""
    bends: bool = False
    """Whether its edits bend the way, so that its exported directions are something else."""


def _svm(means: Means) -> Finder:
    from vectorfind.directions.svm import SvmFinder

    return SvmFinder(**means.svm)


def _dual(means: Means) -> DualFinder:
    from vectorfind.directions.dual import DualFinder

    return DualFinder(validate=means.validate)


def _surrogate(means: Means) -> Finder:
    from vectorfind.directions.surrogate import SurrogateFinder

    if means.generator is None or means.scorer is None:
        raise ValueError("the method `surrogate` needs the generator and the scorer")
    return SurrogateFinder(
        means.generator,
        means.scorer,
        _dual(means),
        unit=means.unit,
        kept=means.kept,
        offsets=means.offsets,
        tries=means.tries,
        fit_steps=means.fit_steps,
        seed=means.seed,
    )


def _straight(directions: Directions) -> Edit:
    return directions.straight


def _bent(directions: Directions) -> Edit:
    from vectorfind.directions.surrogate_edit import surrogate_edit

    if directions.score_model is None:
        raise InputError(f"method {directions.method}: the model of the scores is missing; rerun.")
    return surrogate_edit(directions.score_model, directions.straight)


METHODS = {
    "svm": Method(finder=_svm, edit=_straight, draws=False),
    "dual": Method(finder=_dual, edit=_straight),
    "surrogate": Method(finder=_surrogate, edit=_bent, keeps=True, bends=True),
}


def method_named(name: str) -> Method:
    """Return a method.

    Raises:
        InputError: there is none of that name.
    """
    if name not in METHODS:
        raise InputError(f"directions.method: {name!r} is none of {', '.join(METHODS)}.")
    return METHODS[name]
