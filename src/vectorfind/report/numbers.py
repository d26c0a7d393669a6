"""Numbers as the page says them."""

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np

NORMAL_95 = 1.959964


def wilson(passed: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); 0 to 1 for none."""
    if not count:
        return 0.0, 1.0
    share, z2 = passed / count, NORMAL_95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    reach = sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    reach *= NORMAL_95 / (1 + z2 / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def fisher(correlation: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a correlation over `count` pairs (Fisher 1915)."""
    if count < 4:
        return -1.0, 1.0
    middle, reach = np.arctanh(np.clip(correlation, -0.999999, 0.999999)), NORMAL_95
    reach /= sqrt(count - 3)
    return float(np.tanh(middle - reach)), float(np.tanh(middle + reach))


def percent(share: float) -> str:
    """Return a share in percent, with one decimal."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def share_of(passed: int, count: int) -> str:
    """Return a share in percent with its 95 % interval."""
    low, high = wilson(passed, count)
    return f"{percent(passed / count if count else 0)} ({100 * low:.1f} to {100 * high:.1f})"


def between(low: float, high: float, digits: int = 3) -> str:
    """Return an interval."""
    return f"{low:.{digits}f} to {high:.{digits}f}"


def duration(seconds: float) -> str:
    """Return a time in the two largest of its units."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def conditions(filter_: Mapping[str, Mapping[str, float | None]]) -> str:
    """Return a filter in words, such as `gender ≥ 0.7 and age ≤ 0.1`."""
    return " and ".join(_condition(name, bounds) for name, bounds in filter_.items())


def _condition(name: str, bounds: Mapping[str, float | None]) -> str:
    low, high = bounds.get("min") or 0, bounds.get("max")
    if high is None or high >= 1:
        return f"{name} ≥ {low:g}"
    return f"{low:g} ≤ {name} ≤ {high:g}" if low > 0 else f"{name} ≤ {high:g}"


def limits(bounds: Mapping[str, float | None]) -> list[float]:
    """Return the bounds of a condition that leave scores out, of scores from 0 to 1."""
    return [value for value in bounds.values() if value is not None and 0 < value < 1]


def listed(names: Sequence[str]) -> str:
    """Return names in a row, the last after `and`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
