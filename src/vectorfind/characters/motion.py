"""Motions: keyframes in seconds, and ready ones that fit what a face can do."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator

from vectorfind.errors import InputError

Keyframe = Mapping[str, float]
"""`t` in seconds, and offsets by steered property."""
Ranges = Mapping[str, np.ndarray]
"""By steered property, a face's scores at the offsets that `character.PROBED` holds."""

EYES, MOUTH, POSE = "eyes", "mouth", "pose"
SHUT, WIDE, ASIDE = -2.5, 1.5, 1.2
"""Offsets: of eyes that blink, of a mouth that speaks, of a head that turns."""


def timeline(keyframes: Sequence[Keyframe], steered: Sequence[str], fps: float) -> np.ndarray:
    """Return offsets float32 [T, S] of a smooth passage, from the first keyframe to the last.

    Monotone between keyframes, so that nothing overshoots.

    Raises:
        InputError: a keyframe lacks `t` or names something else, times do not rise, fps is no
            positive number.
    """
    if not fps > 0:
        raise InputError(f"fps {fps}: give a positive number.")
    times, rows = _rows(keyframes, steered)
    count = 1 + math.ceil((times[-1] - times[0]) * fps - 1e-6)
    at = np.minimum(times[0] + np.arange(count) / fps, times[-1])
    if len(times) == 1:
        return rows.astype(np.float32)
    return np.asarray(PchipInterpolator(times, rows)(at), np.float32)


def _rows(keyframes: Sequence[Keyframe], steered: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    now, times, rows = dict.fromkeys(steered, 0.0), [], []
    for number, keyframe in enumerate(keyframes):
        values = dict(keyframe)
        if "t" not in values:
            raise InputError(f"keyframe {number}: lacks `t`, its second.")
        times.append(float(values.pop("t")))
        if unknown := [name for name in values if name not in now]:
            raise InputError(
                f"keyframe {number}: {unknown[0]!r} is not steered; this face follows "
                f"{', '.join(steered)}."
            )
        now |= {name: float(value) for name, value in values.items()}
        rows.append(list(now.values()))
    if not rows or not np.isfinite(rows).all() or not (np.diff(times) > 0).all():
        raise InputError("keyframes: give one or more, with finite values and rising `t`.")
    return np.array(times), np.array(rows)


def _neutral(ranges: Ranges) -> list[Keyframe]:
    return [{"t": 0.0}]


def _blink(ranges: Ranges) -> list[Keyframe]:
    _require(ranges, EYES)
    return [
        {"t": 0.0},
        {"t": 0.6, EYES: 0.0},
        {"t": 0.72, EYES: SHUT},
        {"t": 0.8, EYES: SHUT},
        {"t": 0.96, EYES: 0.0},
        {"t": 2.0, EYES: 0.0},
    ]


def _talk(ranges: Ranges) -> list[Keyframe]:
    """Syllables of different openness, the same every time; the loop closes."""
    _require(ranges, MOUTH)
    openness = [0.0, 0.7, 0.1, 1.0, 0.3, 0.6, 0.0, 0.8, 0.2, 0.5, 0.0]
    return [{"t": 0.16 * place, MOUTH: WIDE * share} for place, share in enumerate(openness)]


def _nod(ranges: Ranges) -> list[Keyframe]:
    _require(ranges, POSE)
    turns = [0.0, 0.4, -0.3, 0.3, 0.0]
    return [{"t": 0.3 * place, POSE: ASIDE * share} for place, share in enumerate(turns)]


def _look_aside(ranges: Ranges) -> list[Keyframe]:
    _require(ranges, POSE)
    return [
        {"t": 0.0},
        {"t": 0.7, POSE: ASIDE},
        {"t": 1.4, POSE: ASIDE},
        {"t": 2.1, POSE: 0.0},
    ]


def _require(ranges: Ranges, name: str) -> None:
    if name not in ranges:
        raise InputError(f"this motion needs {name!r}; this face follows {', '.join(ranges)}.")


PRESETS: dict[str, Callable[[Ranges], list[Keyframe]]] = {
    "neutral": _neutral,
    "talk": _talk,
    "blink": _blink,
    "nod": _nod,
    "look_aside": _look_aside,
}
"""Motions by name; each returns to where it began, so that it can be repeated."""
