"""Influences are derivatives: what a value changes by where a row gets a little more weight or a little less."""

from typing import Any

import numpy as np
import pytest
from tests.measures.without_spark import measured, overall

from spark_models.core.metrics import Task
from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.binary_sums import CELLS
from spark_models.measures.sample import Floats

rng = np.random.default_rng(31)
ROWS, STEP = 41, 1e-5
WEIGHT = rng.uniform(0.5, 2, ROWS)
LABEL = (rng.random(ROWS) < 0.4).astype(float)
# Some are tied.
SCORE = np.where(rng.random(ROWS) < 0.3, 0.4, 1 / (1 + np.exp(-(2 * LABEL - 1 + rng.normal(size=ROWS)))))
NUMBER = rng.gamma(2, 3, ROWS)
CLASS = rng.choice(list("abc"), ROWS, p=[0.5, 0.3, 0.2])
# One class is told where it never is, and one is never told.
TOLD = np.where(rng.random(ROWS) < 0.6, CLASS, rng.choice(list("abd"), ROWS))
TOLD[TOLD == "c"] = "a"
SETTINGS = BinarySettings(threshold=0.45, costs=(-0.5, 1.0, 5.0, 0.25), top=(0.3,))

CASES: dict[Task, dict[str, Any]] = {
    "regression": {"label": NUMBER, "predictions": {1: np.abs(NUMBER + rng.normal(size=ROWS))}},
    "binary": {"label": LABEL, "predictions": {1: SCORE}, "settings": SETTINGS},
    "multiclass": {"label": CLASS, "predictions": {1: TOLD}, "probabilities": {1: rng.uniform(0.1, 0.9, ROWS)}},
}
# Of a median and of what lies within a top share, the derivative is a density, which bins estimate.
ESTIMATED = {"median_absolute_error", "gain_at_30", "lift_at_30"}


def derivatives(task: Task, row: int) -> dict[str, float]:
    """What values change by, to a unit of the row's weight, by central differences."""
    sides = []
    for sign in (1, -1):
        weight = WEIGHT.copy()
        weight[row] += sign * STEP
        sides.append(overall(measured(task, weight=weight, **CASES[task])))
    more, less = sides
    # What is counted is of so many rows as there are: a row takes away its share of them.
    totals = [WEIGHT.sum() + sign * STEP for sign in (1, -1)]
    scale = {name: [WEIGHT.sum() / total for total in totals] for name in CELLS}
    return {
        name: (up * a - down * b) / (2 * STEP)
        for name, a in more.items()
        for b, (up, down) in [(less[name], scale.get(name, (1.0, 1.0)))]
        if a is not None and b is not None
    }


def of_delong(name: str, label: Floats) -> Floats:
    """What makes the variance of each class's placements unbiased, and all of them together, too."""
    if name not in {"roc_auc", "gini"}:
        return np.ones(ROWS)
    counts = np.where(label == 1, label.sum(), (1 - label).sum())
    factors: Floats = np.sqrt(counts / (counts - 1) * (ROWS - 1) / ROWS)
    return factors


@pytest.mark.parametrize("task", CASES)
def test_each_row_s_contribution_is_its_weight_times_the_derivative(task: Task) -> None:
    # Clusters of one row each, of which one has all of the error, are a row's contribution, but for its sign.
    slopes = [derivatives(task, row) for row in range(ROWS)]
    found = measured(task, weight=WEIGHT, **CASES[task])[1, None, None].errors
    named = set(slopes[0]) & set(found)
    assert named >= {name for name, error in found.items() if error is not None} - ESTIMATED
    for name in named - ESTIMATED:
        squares = [(WEIGHT[row] * slopes[row][name]) ** 2 for row in range(ROWS)]
        scale = of_delong(name, LABEL)
        expected = np.sqrt(np.sum(squares * scale**2) * ROWS / (ROWS - 1))
        assert found[name] == pytest.approx(expected, rel=1e-5), name


@pytest.mark.parametrize("task", CASES)
def test_contributions_of_rows_that_belong_together_add_up_with_their_signs(task: Task) -> None:
    cluster = np.arange(ROWS) % 6
    slopes = [derivatives(task, row) for row in range(ROWS)]
    found = measured(task, weight=WEIGHT, cluster=cluster, splits=[17], **CASES[task])[1, None, None].errors
    for name in (set(slopes[0]) & set(found)) - ESTIMATED:
        scale = of_delong(name, LABEL)
        sums = np.bincount(cluster, [WEIGHT[row] * slopes[row][name] * scale[row] for row in range(ROWS)])
        assert found[name] == pytest.approx(np.sqrt((sums**2).sum() * 6 / 5), rel=1e-5), name
