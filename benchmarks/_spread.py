"""What rounds in which two sides took turns say about their ratio, and when they say nothing."""

from collections.abc import Sequence
from statistics import quantiles

FEWEST_ROUNDS = 3
WIDEST = 1.5
"""Upper over lower quartile of the rounds' ratios, from which on they say nothing."""
NOISE = 0.25
"""Cores that other programs may take of those that the benchmark uses."""
AGAIN = "run it again with nothing else running"


def quartiles(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Return the quartiles of the rounds' ratios; of one round three times the same."""
    if len(ratios) == 1:
        return (ratios[0],) * 3
    low, middle, high = quantiles(ratios, n=4, method="inclusive")
    return low, middle, high


def doubt(ratios: Sequence[float], others: float, spare: float) -> str:
    """Say why the rounds' ratios mean nothing and what to do; nothing where they do mean something.

    Args:
        ratios: of both sides, round by round.
        others: cores that other programs took meanwhile. They may have slowed one side in every
            round, as threads that wait for one another are, so that no spread shows it.
        spare: cores that the benchmark left to them.
    """
    if len(ratios) < FEWEST_ROUNDS:
        return f"{len(ratios)} round(s) show no spread: --rounds {FEWEST_ROUNDS} or more"
    if others > spare + NOISE:
        return f"other programs took {others:.1f} cores, {spare:.0f} were to spare: {AGAIN}"
    low, _, high = quartiles(ratios)
    if high > WIDEST * low:
        return (
            f"half of the rounds lie outside of {low:.3g} to {high:.3g}: {AGAIN}, or more --rounds"
        )
    return ""
