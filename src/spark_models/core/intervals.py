"""Confidence intervals and evidence from standard errors: normal, or Student's where errors come of few groups."""

from collections.abc import Sequence
from math import isfinite

from spark_models.core.student import reach, two_sided


def interval(
    value: float | None, error: float | None, confidence: float, freedom: int | None = None
) -> tuple[float | None, float | None]:
    """The ends of a two-sided interval at a confidence such as 0.95; None where there is no standard error.

    ``freedom`` are the degrees of freedom that the error has, None if there are as many as rows.

    >>> [round(end, 2) for end in interval(1.0, 0.5, 0.95)]
    [0.02, 1.98]
    """
    if value is None or error is None:
        return None, None
    half = reach(confidence, freedom) * error
    return value - half, value + half


def p_value(change: float | None, error: float | None, freedom: int | None = None) -> float | None:
    """The two-sided probability of at least this change if there were none; None without a standard error.

    Without any error a change is certain, and no change is none.
    """
    if change is None or error is None or not isfinite(change):
        return None
    if not error:
        return 0.0 if change else 1.0
    return two_sided(change / error, freedom)


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
