"""The metrics that a comparison computes: their names, tasks and directions, not how."""

from dataclasses import dataclass
from math import isfinite, isnan
from typing import Literal

Task = Literal["regression", "binary", "multiclass"]
Direction = Literal["higher", "lower", "zero", "none"]
Verdict = Literal["better", "worse", "equal", "none"]


@dataclass(frozen=True)
class Metric:
    """A metric: ``direction`` says what is better, ``uses_threshold`` whether scores are cut to classes."""

    name: str
    direction: Direction
    uses_threshold: bool = False


METRICS: dict[Task, tuple[Metric, ...]] = {
    "regression": (
        Metric("mae", "lower"),
        Metric("rmse", "lower"),
        Metric("r2", "higher"),
        Metric("mape", "lower"),
        Metric("median_absolute_error", "lower"),
        Metric("bias", "zero"),
    ),
    "binary": (
        Metric("roc_auc", "higher"),
        Metric("average_precision", "higher"),
        Metric("log_loss", "lower"),
        Metric("brier", "lower"),
        Metric("accuracy", "higher", uses_threshold=True),
        Metric("precision", "higher", uses_threshold=True),
        Metric("recall", "higher", uses_threshold=True),
        Metric("f1", "higher", uses_threshold=True),
        Metric("true_positives", "none", uses_threshold=True),
        Metric("false_positives", "none", uses_threshold=True),
        Metric("true_negatives", "none", uses_threshold=True),
        Metric("false_negatives", "none", uses_threshold=True),
    ),
    "multiclass": (
        Metric("accuracy", "higher"),
        Metric("precision_macro", "higher"),
        Metric("recall_macro", "higher"),
        Metric("f1_macro", "higher"),
        Metric("precision_weighted", "higher"),
        Metric("recall_weighted", "higher"),
        Metric("f1_weighted", "higher"),
        Metric("log_loss", "lower"),
    ),
}

# By name: a metric of several tasks has one direction, and so has one of the same name that a run logged.
DIRECTIONS: dict[str, Direction] = {metric.name: metric.direction for metrics in METRICS.values() for metric in metrics}


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
