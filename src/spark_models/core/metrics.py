"""The metrics that a comparison computes: their names, tasks and directions, not how."""

import re
from collections.abc import Iterable
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
        Metric("explained_variance", "higher"),
        Metric("d2_absolute_error", "higher"),
        Metric("mape", "lower"),
        Metric("rmsle", "lower"),
        Metric("median_absolute_error", "lower"),
        Metric("max_error", "lower"),
        Metric("bias", "zero"),
    ),
    "binary": (
        Metric("roc_auc", "higher"),
        Metric("average_precision", "higher"),
        Metric("gini", "higher"),
        Metric("ks", "higher"),
        Metric("log_loss", "lower"),
        Metric("d2_log_loss", "higher"),
        Metric("brier", "lower"),
        Metric("expected_calibration_error", "lower"),
        Metric("accuracy", "higher", uses_threshold=True),
        Metric("balanced_accuracy", "higher", uses_threshold=True),
        Metric("precision", "higher", uses_threshold=True),
        Metric("recall", "higher", uses_threshold=True),
        Metric("specificity", "higher", uses_threshold=True),
        Metric("f1", "higher", uses_threshold=True),
        Metric("mcc", "higher", uses_threshold=True),
        Metric("cohen_kappa", "higher", uses_threshold=True),
        Metric("cost", "lower", uses_threshold=True),
        Metric("max_f1", "higher"),
        Metric("threshold_max_f1", "none"),
        Metric("min_cost", "lower"),
        Metric("threshold_min_cost", "none"),
        Metric("true_positives", "none", uses_threshold=True),
        Metric("false_positives", "none", uses_threshold=True),
        Metric("true_negatives", "none", uses_threshold=True),
        Metric("false_negatives", "none", uses_threshold=True),
    ),
    "multiclass": (
        Metric("accuracy", "higher"),
        Metric("balanced_accuracy", "higher"),
        Metric("precision_macro", "higher"),
        Metric("recall_macro", "higher"),
        Metric("f1_macro", "higher"),
        Metric("precision_weighted", "higher"),
        Metric("recall_weighted", "higher"),
        Metric("f1_weighted", "higher"),
        Metric("mcc", "higher"),
        Metric("cohen_kappa", "higher"),
        Metric("log_loss", "lower"),
        Metric("d2_log_loss", "higher"),
    ),
}

# How far a candidate's predictions agree with the baseline's, row by row and then as distributions; the distances have
# the names that the drift tables have them by. Which of them a comparison has depends on its task.
AGREEMENT: tuple[Metric, ...] = (
    Metric("class_change_share", "none", uses_threshold=True),
    Metric("cohen_kappa", "none"),
    Metric("correlation", "none"),
    Metric("mean_difference", "none"),
    Metric("mean_absolute_difference", "none"),
    Metric("max_absolute_difference", "none"),
    Metric("population_stability_index", "none"),
    Metric("js_distance", "none"),
    Metric("ks_statistic", "none"),
    Metric("wasserstein_distance", "none"),
    Metric("chi_squared_statistic", "none"),
    Metric("tv_distance", "none"),
    Metric("l_infinity_distance", "none"),
)

_OF_COSTS = ("cost", "min_cost", "threshold_min_cost")

# By name: a metric of several tasks has one direction, and so has one of the same name that a run logged.
DIRECTIONS: dict[str, Direction] = {metric.name: metric.direction for metrics in METRICS.values() for metric in metrics}

# Metrics of a share of the rows, those with the highest scores: lift_at_10, gain_at_2.5.
_OF_TOP = re.compile(r"(gain|lift)_at_\d+(\.\d+)?")


def direction_of(name: str) -> Direction | None:
    """What is better by a metric that any comparison may compute; None if there is none, or it is a user's own."""
    return "higher" if _OF_TOP.fullmatch(name) else DIRECTIONS.get(name)


def spelt_otherwise(name: str) -> str | None:
    """The metric that a comparison computes whose name is this one in other words: rocauc, ROC_AUC, roc-auc.

    >>> spelt_otherwise("ROC-AUC"), spelt_otherwise("roc_auc"), spelt_otherwise("fare")
    ('roc_auc', None, None)
    """
    known = next((metric for metric in DIRECTIONS if _letters(metric) == _letters(name)), None)
    return None if known == name else known


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def percent(share: float) -> str:
    """A share as a part of a metric's name.

    >>> percent(0.1), percent(0.025)
    ('10', '2.5')
    """
    return f"{100 * share:.10g}"


def metrics_of(task: Task, *, top: Iterable[float] = (), costs: bool = False) -> tuple[Metric, ...]:
    """The metrics of a task, with those of the top shares, and those of costs only if there are any."""
    found = [metric for metric in METRICS[task] if costs or metric.name not in _OF_COSTS]
    if task == "binary":
        names = [f"{kind}_at_{percent(share)}" for share in top for kind in ("gain", "lift")]
        found += [Metric(name, "higher") for name in names]
    return tuple(found)


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
