from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.sql import SparkSession
from sklearn import metrics as sklearn_metrics
from tests.blocks import blocks_of

from spark_models.core.metrics import METRICS
from spark_models.spark.metrics import Layout, Measurement, measure

Array = NDArray[np.float64]
Found = dict[tuple[int, str | None, str | None], Measurement]


@dataclass(frozen=True)
class Case:
    label: Array
    predictions: dict[int, Array]


def noisy(label: Array, seed: int, spread: float = 1.0) -> Case:
    rng = np.random.default_rng(seed)
    return Case(label, {3: label + rng.normal(0, spread, len(label)), 11: label + rng.normal(0.3, spread, len(label))})


def cases() -> dict[str | None, Case]:
    rng = np.random.default_rng(7)
    few_values = rng.integers(-2, 3, 150).astype(float)
    return {
        "random": noisy(rng.normal(0, 3, 301), 1),
        "even count": noisy(rng.normal(50, 3, 300), 2),
        "ties": Case(few_values, {3: np.roll(few_values, 1), 11: np.zeros(150)}),
        "all predictions right": Case(few_values, {3: few_values, 11: few_values + 1}),
        "one row": noisy(np.array([4.0]), 3),
        "two rows": noisy(np.array([4.0, 5.0]), 4),
        "constant labels": noisy(np.full(40, 2.5), 5),
        "constant labels, all right": Case(np.full(40, 2.5), {3: np.full(40, 2.5), 11: np.full(40, 2.5)}),
        "zeros among the labels": noisy(np.array([0.0, -0.0, 1.0, 2.0, 0.0, 3.0]), 6),
        "signed zeros": Case(np.array([0.0, -0.0, 0.0, -0.0]), {3: np.array([-0.0, 0, 0, 0]), 11: np.zeros(4)}),
        "far from zero": noisy(1e9 + rng.normal(0, 1, 250), 7, spread=0.5),
        "far below zero": noisy(-1e9 + rng.normal(0, 10, 251), 8),
        "tiny": noisy(rng.normal(0, 1e-6, 120), 9, spread=1e-7),
        None: noisy(rng.exponential(3, 77), 10),
        "": noisy(rng.exponential(3, 30), 11),
        **{f"random {size}": noisy(rng.normal(0, 1, size), size) for size in range(2, 40, 3)},
    }


CASES = cases()


COMPARED = ("mae", "rmse", "r2", "mape", "median_absolute_error", "bias")


def expected(label: Array, prediction: Array) -> dict[str, float | None]:
    return {
        "mae": sklearn_metrics.mean_absolute_error(label, prediction),
        "rmse": sklearn_metrics.root_mean_squared_error(label, prediction),
        "r2": sklearn_metrics.r2_score(label, prediction) if len(label) > 1 else None,
        "mape": sklearn_metrics.mean_absolute_percentage_error(label, prediction),
        "median_absolute_error": sklearn_metrics.median_absolute_error(label, prediction),
        "bias": float(np.mean(prediction - label)),
    }


def known(found: Measurement) -> dict[str, float | None]:
    """The values that are compared here; the others are in tests/measures."""
    return {name: found.values[name] for name in COMPARED}


def near(values: dict[str, float | None], *, smallest: float) -> dict[str, object]:
    """The values, to a relative 1e-9; ``smallest`` is the difference that is none beside a value near zero."""
    return {
        name: value if value is None else pytest.approx(value, rel=1e-9, abs=smallest) for name, value in values.items()
    }


@pytest.fixture(scope="module")
def measured(spark: SparkSession) -> Found:
    columns = {
        "label": np.concatenate([case.label for case in CASES.values()]),
        **{
            f"prediction_{version}": np.concatenate([case.predictions[version] for case in CASES.values()])
            for version in (3, 11)
        },
        "kind.of `case`": [name for name, case in CASES.items() for _ in case.label],
    }
    layout = Layout((3, 11), ("kind.of `case`",))
    found = measure(blocks_of(spark, columns, layout), layout, "regression")
    return {(m.version, m.slice_column, m.slice_value): m for m in found}


@pytest.mark.parametrize("version", [3, 11])
@pytest.mark.parametrize("name", CASES)
def test_every_slice_equals_scikit_learn(measured: Found, name: str | None, version: int) -> None:
    case = CASES[name]
    found = measured[version, "kind.of `case`", name]
    assert found.rows == len(case.label)
    assert known(found) == near(expected(case.label, case.predictions[version]), smallest=1e-15)


@pytest.mark.parametrize("version", [3, 11])
def test_all_rows_equal_scikit_learn(measured: Found, version: int) -> None:
    label = np.concatenate([case.label for case in CASES.values()])
    prediction = np.concatenate([case.predictions[version] for case in CASES.values()])
    assert known(measured[version, None, None]) == near(expected(label, prediction), smallest=1e-12)


def test_every_version_and_slice_is_measured_once(measured: Found) -> None:
    assert len(measured) == 2 * (1 + len(CASES))


def test_versions_then_slices_then_values_are_in_order_with_null_first(spark: SparkSession) -> None:
    columns = {
        "label": [1.0, 2.0, 3.0],
        "prediction_2": [1.0, 2.0, 3.0],
        "prediction_1": [2.0, 2.0, 2.0],
        "origin": ["b", None, "a"],
        "carrier": [None, "x", "x"],
    }
    layout = Layout((2, 1), ("origin", "carrier"))
    found = measure(blocks_of(spark, columns, layout), layout, "regression")
    slices = [
        (None, None, 3),
        ("origin", None, 1),
        ("origin", "a", 1),
        ("origin", "b", 1),
        ("carrier", None, 1),
        ("carrier", "x", 2),
    ]
    assert [(m.version, m.slice_column, m.slice_value, m.rows) for m in found] == [
        (version, *named) for version in (2, 1) for named in slices
    ]
    assert list(found[0].values) == [metric.name for metric in METRICS["regression"]]


def test_a_value_that_is_not_finite_is_none(spark: SparkSession) -> None:
    layout = Layout((1,))
    columns = {"label": [1.0, 2.0], "prediction_1": [float("inf"), 2.0]}
    (found,) = measure(blocks_of(spark, columns, layout), layout, "regression")
    assert found.values["mae"] is None


def test_no_rows_give_no_values(spark: SparkSession) -> None:
    layout = Layout((1,), ("origin",))
    (found,) = measure(blocks_of(spark, {"label": [], "prediction_1": [], "origin": []}, layout), layout, "regression")
    assert found == Measurement(1, None, None, 0, {metric.name: None for metric in METRICS["regression"]})
