"""Standard errors and intervals, of changes on the same rows, too, against SciPy's bootstrap of plain formulas."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.measures.without_spark import measured

from spark_models.core.intervals import interval
from spark_models.core.metrics import Task
from spark_models.measures.sample import Floats

rng = np.random.default_rng(41)
ROWS, DAYS, DRAWS = 400, 40, 600
DAY = np.repeat(np.arange(DAYS), ROWS // DAYS)
OF_DAY = rng.normal(size=DAYS)[DAY]
WEIGHT = rng.choice([0.5, 1.0, 2.0], ROWS)
LABEL = rng.normal(size=ROWS)
FLAG = (rng.random(ROWS) < 0.4).astype(float)
CLASS = rng.choice(3, ROWS, p=[0.5, 0.3, 0.2])
Statistic = Callable[[Floats, Floats, Floats], float]


def logistic(logit: Floats) -> Floats:
    return 1 / (1 + np.exp(-logit))


def told(share: float) -> Floats:
    return np.where(rng.random(ROWS) < share, CLASS, rng.choice(3, ROWS)).astype(float)


# Two versions that know some of the same and some of their own, and are wrong on the same days.
COLUMNS: dict[Task, tuple[Floats, Floats, Floats]] = {
    "regression": (LABEL, LABEL + 0.5 * OF_DAY + 0.8 * rng.normal(size=ROWS), LABEL + OF_DAY),
    "binary": (FLAG, logistic(2 * FLAG - 1 + OF_DAY), logistic(2 * FLAG - 1 + OF_DAY / 2 + rng.normal(size=ROWS))),
    "multiclass": (CLASS.astype(float), told(0.6), told(0.4)),
}


def mean_absolute(label: Floats, predicted: Floats, weight: Floats) -> float:
    return float(np.average(np.abs(predicted - label), weights=weight))


def explained(label: Floats, predicted: Floats, weight: Floats) -> float:
    mean = np.average(label, weights=weight)
    return float(1 - weight @ (predicted - label) ** 2 / (weight @ (label - mean) ** 2))


def squared(label: Floats, predicted: Floats, weight: Floats) -> float:
    return float(np.average((predicted - label) ** 2, weights=weight))


def area(label: Floats, score: Floats, weight: Floats) -> float:
    order = np.argsort(score)
    label, weight = label[order], weight[order]
    negatives = weight * (1 - label)
    return float((weight * label) @ negatives.cumsum() / ((weight @ label) * negatives.sum()))


def f1(label: Floats, score: Floats, weight: Floats) -> float:
    flagged = score >= 0.5
    return float(2 * (weight * label) @ flagged / (weight @ label + weight @ flagged))


def agreed(label: Floats, predicted: Floats, weight: Floats) -> float:
    return float(np.average(label == predicted, weights=weight))


def kappa(label: Floats, predicted: Floats, weight: Floats) -> float:
    shares = [np.bincount(column.astype(int), weight, 3) / weight.sum() for column in (label, predicted)]
    chance = float(shares[0] @ shares[1])
    return (agreed(label, predicted, weight) - chance) / (1 - chance)


PLAIN: dict[Task, dict[str, Statistic]] = {
    "regression": {"mae": mean_absolute, "r2": explained},
    "binary": {"roc_auc": area, "brier": squared, "f1": f1},
    "multiclass": {"accuracy": agreed, "cohen_kappa": kappa},
}
CASES = [(task, name) for task, named in PLAIN.items() for name in named]


def found(task: Task, **more: Any) -> tuple[Any, Any]:
    label, one, other = COLUMNS[task]
    columns: tuple[Any, ...] = (label, one, other)
    if task == "multiclass":
        columns = tuple([f"{value:.0f}" for value in column] for column in columns)
        more |= {"probabilities": dict.fromkeys((1, 2), np.full(ROWS, 0.5))}
    measurements = measured(task, columns[0], {1: columns[1], 2: columns[2]}, splits=[150], **more)
    return measurements[1, None, None], measurements[2, None, None]


def bootstrapped(of_rows: Callable[..., float], units: int) -> Any:
    """SciPy's bootstrap of what a statistic is of some of the rows, or of the clusters."""
    return stats.bootstrap(
        (np.arange(units),),
        of_rows,
        vectorized=False,
        n_resamples=DRAWS,
        method="percentile",
        rng=np.random.default_rng(5),
    )


@pytest.mark.parametrize(("task", "name"), CASES)
@pytest.mark.parametrize("clustered", [False, True], ids=["rows", "clusters"])
def test_a_value_and_its_change_are_as_sure_as_the_bootstrap_says(task: Task, name: str, clustered: bool) -> None:  # noqa: FBT001 - pytest gives it by name
    label, one, other = COLUMNS[task]
    statistic = PLAIN[task][name]
    rows_of = [np.flatnonzero(day == DAY) for day in range(DAYS)]

    def value(drawn: Any, version: Floats) -> float:
        rows = np.concatenate([rows_of[day] for day in drawn]) if clustered else drawn
        return statistic(label[rows], version[rows], WEIGHT[rows])

    baseline, candidate = found(task, weight=WEIGHT, **({"cluster": DAY} if clustered else {}))
    units = DAYS if clustered else ROWS
    alone = bootstrapped(lambda drawn: value(drawn, other), units)
    change = bootstrapped(lambda drawn: value(drawn, other) - value(drawn, one), units)
    assert candidate.values[name] == pytest.approx(value(np.arange(units), other), rel=1e-12)
    moved = candidate.values[name] - baseline.values[name]
    for drawn, middle, error in (
        (alone, candidate.values[name], candidate.errors[name]),
        (change, moved, candidate.paired_errors[name]),
    ):
        # So many draws know a standard error to 3 %, and first order is off by some more where there are few clusters.
        assert error == pytest.approx(drawn.standard_error, rel=0.12)
        ours = np.array(interval(middle, error, 0.95), float)
        assert np.abs(ours - drawn.confidence_interval).max() < 0.35 * error


def test_rows_that_depend_on_one_another_are_less_sure_than_they_look() -> None:
    taken: Mapping[str, float | None] = found("regression", weight=WEIGHT)[1].errors
    together: Mapping[str, float | None] = found("regression", weight=WEIGHT, cluster=DAY)[1].errors
    assert (together["mae"] or 0) > 2 * (taken["mae"] or 1)
