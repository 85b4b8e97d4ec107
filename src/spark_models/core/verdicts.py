"""What a change of a metric means: its size, what is gained by it, and for whom it speaks."""

from math import isfinite, isnan
from typing import Literal

from spark_models.core.metrics import Direction

Verdict = Literal["better", "worse", "equal", "none"]


def change(candidate: float | None, baseline: float | None) -> tuple[float | None, float | None]:
    """Candidate minus baseline, and that over the baseline's magnitude; None where undefined or not finite."""
    if candidate is None or baseline is None:
        return None, None
    difference = candidate - baseline
    return _finite(difference), (_finite(difference / abs(baseline)) if baseline else None)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def gain(candidate: float, baseline: float, direction: Direction) -> float:
    """How much better the candidate is, in the metric's units; negative if it is worse."""
    if direction == "zero":
        return abs(baseline) - abs(candidate)
    return candidate - baseline if direction == "higher" else baseline - candidate


def verdict(candidate: float | None, baseline: float | None, direction: Direction) -> Verdict:
    """Whether the candidate is better, by the metric's direction; none for a value that is missing or NaN."""
    if candidate is None or baseline is None or direction == "none" or isnan(candidate) or isnan(baseline):
        return "none"
    # Not the sign of the gain: it is NaN between two infinities, which a run may have logged.
    ours, theirs = (abs(candidate), abs(baseline)) if direction == "zero" else (candidate, baseline)
    if ours == theirs:
        return "equal"
    return "better" if (ours > theirs) == (direction == "higher") else "worse"
