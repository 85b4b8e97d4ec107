"""Confidence intervals and evidence from standard errors, by the normal approximation."""

from collections.abc import Sequence
from math import isfinite
from statistics import NormalDist

_NORMAL = NormalDist()


def interval(value: float | None, error: float | None, confidence: float) -> tuple[float | None, float | None]:
    """The ends of a two-sided interval at a confidence such as 0.95; None where there is no standard error.

    >>> [round(end, 2) for end in interval(1.0, 0.5, 0.95)]
    [0.02, 1.98]
    """
    if value is None or error is None:
        return None, None
    reach = standard_errors_in(confidence) * error
    return value - reach, value + reach


def standard_errors_in(confidence: float) -> float:
    """How many standard errors a two-sided interval reaches to either side."""
    return _NORMAL.inv_cdf(0.5 + confidence / 2)


def p_value(change: float | None, error: float | None) -> float | None:
    """The two-sided probability of at least this change if there were none; None without a standard error.

    Without any error a change is certain, and no change is none.
    """
    if change is None or error is None or not isfinite(change):
        return None
    if not error:
        return 0.0 if change else 1.0
    return 2 * _NORMAL.cdf(-abs(change / error))


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """The p-values adjusted for there being so many: below a level, that share of what is below it is false at most.

    Benjamini and Hochberg, Controlling the False Discovery Rate (1995); what is None stays so, and counts for none.

    >>> benjamini_hochberg([0.01, None, 0.04, 0.03])
    [0.03, None, 0.04, 0.04]
    """
    there = sorted((value, place) for place, value in enumerate(p_values) if value is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    least = 1.0
    for rank, (value, place) in reversed(list(enumerate(there, start=1))):
        least = min(least, value * len(there) / rank)
        adjusted[place] = least
    return adjusted
