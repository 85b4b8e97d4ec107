"""The metrics that a comparison computes: their names, tasks and directions, not how."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import isclose
from typing import Literal

Task = Literal["regression", "binary", "multiclass", "multilabel", "ranking", "quantile", "forecast"]
Direction = Literal["higher", "lower", "zero", "none"]


@dataclass(frozen=True)
class Metric:
    """A metric: ``direction`` says what is better, ``uses_threshold`` whether scores are cut to classes."""

    name: str
    direction: Direction
    uses_threshold: bool = False


_REGRESSION = (
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
)

METRICS: dict[Task, tuple[Metric, ...]] = {
    "regression": _REGRESSION,
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
    "multilabel": (
        Metric("label_ranking_average_precision", "higher"),
        Metric("label_ranking_loss", "lower"),
        Metric("coverage_error", "lower"),
        Metric("log_loss", "lower"),
        Metric("subset_accuracy", "higher", uses_threshold=True),
        Metric("hamming_loss", "lower", uses_threshold=True),
        Metric("precision_micro", "higher", uses_threshold=True),
        Metric("recall_micro", "higher", uses_threshold=True),
        Metric("f1_micro", "higher", uses_threshold=True),
        Metric("precision_macro", "higher", uses_threshold=True),
        Metric("recall_macro", "higher", uses_threshold=True),
        Metric("f1_macro", "higher", uses_threshold=True),
        Metric("precision_weighted", "higher", uses_threshold=True),
        Metric("recall_weighted", "higher", uses_threshold=True),
        Metric("f1_weighted", "higher", uses_threshold=True),
        Metric("precision_samples", "higher", uses_threshold=True),
        Metric("recall_samples", "higher", uses_threshold=True),
        Metric("f1_samples", "higher", uses_threshold=True),
        Metric("jaccard_macro", "higher", uses_threshold=True),
        Metric("jaccard_samples", "higher", uses_threshold=True),
    ),
    "ranking": (Metric("mrr", "higher"),),
    "quantile": (Metric("pinball_loss", "lower"), Metric("quantile_crossing", "lower")),
    "forecast": (*_REGRESSION, Metric("smape", "lower"), Metric("mase", "lower"), Metric("wape", "lower")),
}

# How far a candidate's predictions agree with the baseline's, row by row and then as distributions, by the names of
# the drift tables' columns, of a struct's field with a dot. Which of them a comparison has depends on its task.
AGREEMENT: tuple[Metric, ...] = (
    Metric("agreement", "none", uses_threshold=True),
    Metric("cohen_kappa", "none"),
    Metric("correlation", "none"),
    Metric("mean_difference", "none"),
    Metric("mean_absolute_difference", "none"),
    Metric("max_absolute_difference", "none"),
    Metric("population_stability_index", "none"),
    Metric("js_distance", "none"),
    Metric("ks_test.statistic", "none"),
    Metric("wasserstein_distance", "none"),
    Metric("chi_squared_test.statistic", "none"),
    Metric("tv_distance", "none"),
    Metric("l_infinity_distance", "none"),
)

_OF_COSTS = ("cost", "min_cost", "threshold_min_cost")

# By name: a metric of several tasks has one direction, and so has one of the same name that a run logged.
DIRECTIONS: dict[str, Direction] = {metric.name: metric.direction for metrics in METRICS.values() for metric in metrics}

_NUMBER = r"\d+(\.\d+)?"
# Metrics with a parameter in their name: lift_at_2.5 percent of the rows, ndcg_at_10 items, pinball_loss_10 and
# interval_width_80 percent.
_FAMILIES: dict[str, Direction] = {
    rf"(gain|lift)_at_{_NUMBER}": "higher",
    r"(ndcg|map|recall|precision)_at_\d+": "higher",
    rf"pinball_loss_{_NUMBER}": "lower",
    rf"interval_(width|score)_{_NUMBER}": "lower",
    rf"(interval_)?coverage_{_NUMBER}": "none",
    rf"(interval_)?coverage_error_{_NUMBER}": "zero",
}


def direction_of(name: str) -> Direction | None:
    """What is better by a metric that any comparison may compute; None if there is none, or it is a user's own."""
    of_family = (direction for pattern, direction in _FAMILIES.items() if re.fullmatch(pattern, name))
    return DIRECTIONS.get(name) or next(of_family, None)


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


def central_intervals(levels: Sequence[float]) -> tuple[tuple[int, int], ...]:
    """The places of two quantiles' levels between which a central interval lies, the widest interval first.

    >>> central_intervals((0.05, 0.1, 0.5, 0.9, 0.97))
    ((1, 3),)
    """
    pairs = combinations(range(len(levels)), 2)
    return tuple((low, high) for low, high in pairs if isclose(levels[low] + levels[high], 1, abs_tol=1e-9))


def metrics_of(
    task: Task,
    *,
    top: Iterable[float] = (),
    costs: bool = False,
    at: Iterable[int] = (),
    levels: Iterable[float] = (),
) -> tuple[Metric, ...]:
    """The metrics of a task, with those that have a parameter.

    Args:
        task: What is predicted.
        top: binary: shares of the rows, those with the highest scores.
        costs: binary: whether decisions have costs; metrics of costs are left out otherwise.
        at: ranking: how many of the first items are looked at.
        levels: quantile: the quantiles' levels, ascending; of one alone, none can cross another.
    """
    levels = tuple(levels)
    left_out = {*(() if costs else _OF_COSTS), *(() if len(levels) > 1 else ("quantile_crossing",))}
    names = {
        "binary": [f"{kind}_at_{percent(share)}" for share in top for kind in ("gain", "lift")],
        "ranking": [f"{kind}_at_{place}" for kind, place in product(("ndcg", "map", "recall", "precision"), at)],
        "quantile": [*_names_of_levels(levels)],
    }
    of_families = [Metric(name, direction_of(name) or "none") for name in names.get(task, ())]
    return (*(metric for metric in METRICS[task] if metric.name not in left_out), *of_families)


def _names_of_levels(levels: Sequence[float]) -> Iterator[str]:
    for kind in ("pinball_loss", "coverage", "coverage_error"):
        yield from (f"{kind}_{percent(level)}" for level in levels)
    intervals = [percent(levels[high] - levels[low]) for low, high in central_intervals(levels)]
    for kind in ("coverage", "coverage_error", "width", "score"):
        yield from (f"interval_{kind}_{interval}" for interval in intervals)
