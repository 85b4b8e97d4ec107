from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_models.core.config import CompareConfig
from spark_models.errors import DataError
from spark_models.spark.frames import local_frame
from spark_models.spark.metrics.blocks import OWN, Layout
from spark_models.spark.metrics.measurement import Measurement
from spark_models.spark.metrics.own import with_own_metrics
from spark_models.spark.metrics.own_checks import own_metric_problems
from spark_models.spark.metrics.own_columns import own_columns

rng = np.random.default_rng(2)
ROWS = 200
DAY, FARE = rng.permutation(np.arange(ROWS) % 60), rng.gamma(2.0, 50, ROWS).round(2)
LABEL = (rng.random(ROWS) < 0.4).astype(float)
SCORES = {1: rng.random(ROWS).round(2), 2: (0.5 * LABEL + 0.5 * rng.random(ROWS)).round(2)}
WEIGHT = rng.integers(1, 4, ROWS).astype(float)
# One slice is of rows of one day alone, and one of two.
ORIGIN = np.array(["JFK", "EWR"])[rng.integers(0, 2, ROWS)].astype(object)
ORIGIN[DAY == 7], ORIGIN[(DAY == 8) | (DAY == 9)] = "one day", None

LAYOUT = Layout((1, 2), ("origin",), has_weight=True)

Array = np.ndarray[Any, Any]
Metric = Callable[[Array, int], float]


def missed_fare(rows: Array, version: int) -> float:
    return float(np.where((LABEL == 1) & (SCORES[version] < 0.5), FARE, 0)[rows].sum() / rows.sum())


def weighed(rows: Array, version: int) -> float:
    return float(np.average(SCORES[version][rows], weights=WEIGHT[rows]))


def best_fare(rows: Array, version: int) -> float:
    cheap = FARE[rows & (SCORES[version] < 0.1)]
    return float(cheap.max()) if len(cheap) else np.nan


METRICS: dict[str, tuple[str, Metric]] = {
    "missed_fare": ("sum(IF(label = 1 AND prediction < 0.5, `total fare`, 0)) / count(*)", missed_fare),
    "weighed": ("sum(weight * prediction) / sum(weight)", weighed),
    "best_fare": ("max(`total fare`) FILTER (WHERE prediction < 0.1)", best_fare),
}


def config(task: str = "binary", **sql: str) -> CompareConfig:
    return CompareConfig.model_validate(
        {
            "tables": {"location": "ops"},
            "baseline": "models:/delay/1",
            "candidates": ["models:/delay/2"],
            "task": task,
            "labels": {"table": "labels", "keys": ["id"], "column": "label", "cluster": "day"},
            "predictions": {"table": "predictions"},
            "metrics": [{"name": name, "sql": text, "direction": "lower"} for name, text in sql.items()],
        }
    )


def labels_of(spark: SparkSession) -> DataFrame:
    # Columns with the names of what expressions are given, and of what is made here.
    ddl = "id int, day int, `total fare` double, Prediction string, rows int, own int, weight double"
    columns = (range(ROWS), DAY.tolist(), FARE.tolist(), ["no"] * ROWS, [0] * ROWS, [0] * ROWS, WEIGHT.tolist())
    return local_frame(spark, list(zip(*columns, strict=True)), ddl)


def compared(spark: SparkSession, job: CompareConfig) -> DataFrame:
    labels = labels_of(spark)
    ddl = "id int, label double, prediction_1 double, prediction_2 double, slice_0 string"
    columns = (range(ROWS), LABEL.tolist(), *(SCORES[version].tolist() for version in (1, 2)), ORIGIN.tolist())
    scored = local_frame(spark, list(zip(*columns, strict=True)), ddl)
    return labels.select("id", "weight", *own_columns(labels, job)).join(scored, "id")


def measured() -> list[Measurement]:
    slices = [(None, None), *(("origin", value) for value in (None, "EWR", "JFK", "one day", "nobody"))]
    return [Measurement(version, *slice_, 0, {"accuracy": 0.5}) for version in (1, 2) for slice_ in slices]


def jackknife(values: Array) -> Any:
    """Kott (2001)."""
    groups = len(values)
    found = float(np.sqrt((groups - 1) / groups * ((values - values.mean()) ** 2).sum()))
    return None if np.isnan(found) else pytest.approx(found, rel=1e-9, abs=1e-12)


def expected(metric: Metric, mask: Array, group: Array, version: int) -> tuple[Any, ...]:
    """The value, and the errors of it and of its difference from the first version's."""
    value, members = metric(mask, version), sorted(set(group[mask]))
    told = None if np.isnan(value) else pytest.approx(value, rel=1e-9)
    if len(members) < 2:
        return told, None, None
    ours, theirs = (np.array([metric(mask & (group != left), one) for left in members]) for one in (version, 1))
    return told, jackknife(ours), jackknife(ours - theirs)


def test_each_version_and_slice_has_its_values_and_errors_by_groups_of_clusters(spark: SparkSession) -> None:
    job = config(**{name: sql for name, (sql, _) in METRICS.items()})
    rows = compared(spark, job)
    groups: dict[int, int] = dict(rows.select("id", F.col(f"{OWN}._spark_models_group")).collect())
    group = np.array([groups[row] for row in range(ROWS)])
    assert all(len(set(group[day == DAY])) == 1 for day in set(DAY))
    for one in with_own_metrics(measured(), rows, LAYOUT, job):
        told = one.version, one.slice_column, one.slice_value
        assert one.values["accuracy"] == 0.5
        if one.slice_value == "nobody":
            assert [one.values[name] for name in METRICS] == [None, None, None]
            assert not one.errors
            continue
        mask = np.array([one.slice_column is None or value == one.slice_value for value in ORIGIN])
        for name, (_, metric) in METRICS.items():
            found = one.values[name], one.errors[name], one.paired_errors[name]
            assert found == expected(metric, mask, group, one.version), (told, name)


def test_classes_have_the_probability_of_the_true_one(spark: SparkSession) -> None:
    job = config("multiclass", sure="avg(probability) FILTER (WHERE label = prediction)")
    labels = labels_of(spark).where("id < 3")
    ddl = "id int, label string, prediction_1 string, probabilities_1 array<double>"
    shares = [(0, "b", "b", [0.25, 0.75]), (1, "a", "a", [0.625, 0.375]), (2, "a", "b", [0.125, 0.875])]
    rows = labels.select("id", *own_columns(labels, job)).join(local_frame(spark, shares, ddl), "id")
    layout = Layout((1,), classes=("a", "b"), width=2)
    (found,) = with_own_metrics([Measurement(1, None, None, 3, {})], rows, layout, job)
    assert found.values == {"sure": (0.75 + 0.625) / 2}


def test_an_expression_that_fails_on_the_rows_is_told_without_their_values(spark: SparkSession) -> None:
    job = config(ratio="sum(`total fare`) / sum(IF(prediction > 2, 1, 0))")
    with pytest.raises(DataError, match=r"one of ratio fails on these rows \(DIVIDE_BY_ZERO\).* try_divide") as error:
        with_own_metrics(measured(), compared(spark, job), LAYOUT, job)
    assert error.value.__cause__ is None


def test_expressions_are_checked_against_the_labels_before_anything_is_computed(spark: SparkSession) -> None:
    problems = {
        "sum(`totl fare`)": "names 'totl fare', which is no column of the labels table; did you mean 'total fare'?",
        "sum(predicton)": "names 'predicton', which is no column of the labels table; did you mean 'prediction'?",
        "prediction * 2": "is no aggregate, such as sum or avg of a column",
        "2.0": "is no aggregate, such as sum or avg of a column",
        "day + sum(day)": "has columns outside of its aggregates; put each into one, such as sum or avg",
        "sum(day": "is no SQL expression",
        "max(Prediction > 1)": "gives boolean, not a number",
        "summe(day)": "calls 'summe', which is no function of Spark's",
        "sum(sum(day)) OVER ()": "has a window (OVER)",
        "explode(collect_list(day))": "makes rows",
        "sum(day) + (SELECT 1)": "has a query in it",
        "sum(probability)": "names 'probability', which is no column of the labels table",
        "sum(array(day))": "cannot be computed: ",
    }
    labels = labels_of(spark)
    found = list(own_metric_problems(labels, config(**{f"m{n}": sql for n, sql in enumerate(problems)})))
    for place, (problem, expected) in enumerate(zip(found, problems.values(), strict=True)):
        assert problem.startswith(f"metric 'm{place}' {expected}"), problem
    classes = config("multiclass", sure="avg(IF(label = prediction, probability, -weight))", most="max(`Total Fare`)")
    assert list(own_metric_problems(labels, classes)) == []
