from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn import metrics as sklearn_metrics
from tests.comparing import PROVENANCE, scored
from tests.rows import START

from spark_models.core.config import CompareConfig
from spark_models.spark.class_labels import class_label, class_name
from spark_models.spark.compared import Predictions, require_scored
from spark_models.spark.fitting import require_fitting
from spark_models.spark.frames import local_frame
from spark_models.spark.labelled import rows
from spark_models.spark.labelled.layouts import layout_of
from spark_models.spark.labelled.rows import Labelled, label_rows
from spark_models.spark.labels import Labels, value_problems
from spark_models.spark.metrics import measure
from spark_models.spark.typed import Typed

NAN = float("nan")


def config(task: str, **more: Any) -> CompareConfig:
    return CompareConfig.model_validate(
        {
            "tables": {"location": "ops"},
            "baseline": "models:/delay/1",
            "candidates": ["models:/delay/2"],
            "task": task,
            "labels": {"table": "labels", "keys": ["id"], "column": "label"},
            "predictions": {"table": "predictions"},
            **more,
        }
    )


def labelled(labels: DataFrame, predictions: DataFrame, job: CompareConfig) -> Labelled:
    """The same predictions by both versions."""
    typed = Typed(job, labels.schema["label"].dataType, predictions.schema["prediction"].dataType)
    require_fitting(typed)
    versions = predictions.crossJoin(local_frame(predictions.sparkSession, [(1,), (2,)], "model_version bigint"))
    given = Predictions(versions, None, F.col("prediction"), predictions.schema["prediction"].dataType)
    scored = require_scored(given, job.predictions.table, job.predictions.column, "delay", [1, 2])
    return label_rows(labels, scored, typed, layout_of(labels, scored, typed, (1, 2)))


def predictions_of(spark: SparkSession, kind: str, values: list[Any]) -> DataFrame:
    rows = [(number, value, *scored(1)) for number, value in enumerate(values)]
    return local_frame(spark, rows, f"id bigint, prediction {kind}, {PROVENANCE}").drop("model_version")


def labels_of(spark: SparkSession, kind: str, values: list[Any]) -> DataFrame:
    return local_frame(spark, list(enumerate(values)), f"id bigint, label {kind}")


def test_rows_come_along_as_they_are_for_metrics_of_a_user_s_own(spark: SparkSession) -> None:
    columns = "id bigint, label double, `a.b``c d` string, at timestamp, price decimal(9,2), made struct<`x y`:int>"
    rows = [(0, 0.5, "one", START, Decimal("1.25"), {"x y": 1}), (1, None, "two", START, Decimal(2), None)]
    sql = "count(`a.b``c d`) + count(at) + sum(price) + max(made.`x y`)"
    job = config("regression", metrics=[{"name": "all", "sql": sql, "direction": "none"}])
    found = labelled(local_frame(spark, rows, columns), predictions_of(spark, "double", [0.25, 0.75]), job)
    assert found.compared is not None
    (row,) = found.compared.collect()
    assert (row["label"], row["prediction_1"], row["prediction_2"]) == (0.5, 0.25, 0.25)
    _, *own = row["own"]
    assert own == ["one", START.replace(tzinfo=None), Decimal("1.25"), (1,)]
    assert found.compared.select("own.*").columns[1:] == ["a.b`c d", "at", "price", "made"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("boolean", [True, False]),
        ("int", [1, 0]),
        ("double", [1.0, -0.0]),
        ("float", [1.0, 0.0]),
        ("string", ["true", "0"]),
        ("string", ["1.0", "False"]),
        ("string", ["1.00", "0"]),
    ],
)
def test_classes_are_the_same_whatever_type_they_are_kept_in(spark: SparkSession, kind: str, values: list[Any]) -> None:
    frame = local_frame(spark, [(value,) for value in values], f"label {kind}")
    found = frame.select(class_label(F.col("label"), frame.schema["label"].dataType)).collect()
    assert [row[0] for row in found] == ["1", "0"]
    assert [class_name(str(value)) for value in values if value != 0.0] == ["1", "0"][: sum(v != 0.0 for v in values)]


def test_classes_of_decimals_and_of_other_numbers_and_texts_stay_what_they_are(spark: SparkSession) -> None:
    texts = ["v1.0", "1.50", "late", "", "10", "100", "-2.0", "true story"]
    expected = ["v1.0", "1.50", "late", "", "10", "100", "-2", "true story"]
    frame = local_frame(spark, [(text,) for text in texts], "label string")
    found = frame.select(class_label(F.col("label"), frame.schema["label"].dataType)).collect()
    assert [row[0] for row in found] == expected == [class_name(text) for text in texts]

    numbers = spark.sql("SELECT EXPLODE(ARRAY(CAST(100 AS DECIMAL(9, 2)), 1.50, -0.25, 10)) AS label")
    found = numbers.select(class_label(F.col("label"), numbers.schema["label"].dataType)).collect()
    assert [row[0] for row in found] == ["100", "1.5", "-0.25", "10"]
    doubles = local_frame(spark, [(0.5,), (100.0,), (NAN,), (None,)], "label double")
    found = doubles.select(class_label(F.col("label"), doubles.schema["label"].dataType)).collect()
    assert [row[0] for row in found] == ["0.5", "100", None, None]


@pytest.mark.parametrize("kind", ["int", "double", "boolean", "string"])
def test_predicted_classes_meet_labels_of_another_type(spark: SparkSession, kind: str) -> None:
    values: dict[str, list[Any]] = {
        "int": [1, 0, 1],
        "double": [1.0, 0.0, 1.0],
        "boolean": [True, False, True],
        "string": ["1", "false", "True"],
    }
    found = labelled(
        labels_of(spark, "int", [1, 0, 0]), predictions_of(spark, kind, values[kind]), config("multiclass")
    )
    (measured, _) = measure(found.blocks, found.layout, "multiclass")
    assert measured.values["accuracy"] == pytest.approx(2 / 3)


def test_a_class_that_is_nan_or_null_is_no_prediction(spark: SparkSession) -> None:
    found = labelled(
        labels_of(spark, "int", [1, 0, 0]), predictions_of(spark, "double", [1.0, NAN, None]), config("multiclass")
    )
    counts = found.counts()
    assert (counts["rows_compared"][1], counts["rows_without_value"][1]) == (1, 2)


def test_a_class_label_that_is_nan_is_no_class(spark: SparkSession) -> None:
    labels = labels_of(spark, "double", [1.0, 0.0, NAN, None])
    assert value_problems(Labels(labels, None, labels), config("binary"), ()) == []
    found = labelled(labels, predictions_of(spark, "double", [0.9, 0.1, 0.2, 0.3]), config("binary"))
    counts = found.counts()
    counted = {name: counts[name][2] for name in ("rows_compared", "rows_with_nan_label", "rows_without_label")}
    assert counted == {"rows_compared": 2, "rows_with_nan_label": 1, "rows_without_label": 1}


def test_places_in_an_array_are_the_classes_unless_they_are_named(spark: SparkSession) -> None:
    shares = [[0.5, 0.3, 0.2], [0.2, 0.4, 0.4], [0.1, 0.2, 0.7], [0.5, None, 0.5], [0.5, NAN, 0.5], None]
    labels, predictions = labels_of(spark, "int", [0, 1, 2, 0, 1, 2]), predictions_of(spark, "array<double>", shares)
    for names in ([], ["0", "1", "2"]):
        found = labelled(labels, predictions, config("multiclass", classes=names))
        assert found.counts()["rows_without_value"] == {1: 3, 2: 3}
        (measured, _) = measure(found.blocks, found.layout, "multiclass")
        assert measured.values["accuracy"] == 1.0
        expected = sklearn_metrics.log_loss([0, 1, 2], [row for row in shares[:3] if row])
        assert measured.values["log_loss"] == pytest.approx(expected, rel=1e-12)


def test_named_classes_may_be_in_any_order(spark: SparkSession) -> None:
    labels = labels_of(spark, "string", ["late", "early"])
    predictions = predictions_of(spark, "array<float>", [[0.75, 0.25], [0.25, 0.75]])
    positive = {"positive_class": "late", "classes": ["late", "early"]}
    found = labelled(labels, predictions, config("binary", **positive))
    (measured, _) = measure(found.blocks, found.layout, "binary")
    assert measured.values["brier"] == pytest.approx(0.25**2)


def test_rows_are_the_same_in_however_many_parts_they_are_joined(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [1.0 if number % 3 else 0.0 for number in range(40)]
    labels = labels_of(spark, "double", [None if number == 7 else value for number, value in enumerate(values)])
    # Some parts have no predictions, and others no labels.
    predictions = predictions_of(spark, "double", [0.9 * value + 0.05 for value in values[:17]])
    predictions = predictions.withColumn("id", F.expr("IF(id < 12, id, id + 100)"))
    monkeypatch.setattr(rows, "_PER_PART", 6)
    found = labelled(labels, predictions, config("binary"))
    counts = {name: by_version[2] for name, by_version in found.counts().items()}
    assert counts == {
        "rows": 40,
        "rows_compared": 11,
        "rows_without_label": 1,
        "rows_with_nan_label": 0,
        "rows_without_prediction": 28,
        "rows_failed": 0,
        "rows_without_value": 0,
        "rows_not_labelled": 5,
    }
    assert found.parts.where("block IS NOT NULL").count() > 1
    (measured, _) = measure(found.blocks, found.layout, "binary")
    assert (measured.rows, measured.values["roc_auc"]) == (11, 1.0)
