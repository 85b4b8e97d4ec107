"""The predictions are the same ones, whether Spark reads them or workers do, from the table's own files."""

from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from tests.comparing import PROVENANCE, scored
from tests.lake import write

from spark_models.core.config import CompareConfig
from spark_models.spark.compared import Scored, predictions_in, require_scored
from spark_models.spark.frames import local_frame
from spark_models.spark.labelled.predicted import divided_predictions, prediction_files, prediction_rows
from spark_models.spark.labelled.scatter import SCHEMA, packed_rows, scatter
from spark_models.spark.typed import Typed

NAN, PARTS = float("nan"), 3


def config(folder: Path, **more: Any) -> CompareConfig:
    values: dict[str, Any] = {
        "tables": {"location": "ops"},
        "baseline": "models:/it's \\ delay/1",
        "candidates": ["models:/it's \\ delay/2"],
        "task": "regression",
        "labels": {"table": "labels", "keys": ["id"], "column": "label"},
        "predictions": {"table": str(folder / "predictions")},
    }
    return CompareConfig.model_validate(values | more)


def scored_in(spark: SparkSession, job: CompareConfig) -> tuple[Scored, Typed]:
    given = predictions_in(spark, job.predictions.table, job.predictions.column, job.labels.keys)
    found = require_scored(given, job.predictions.table, job.predictions.column, "it's \\ delay", [1, 2])
    kind = "int" if job.task == "binary" else "double"
    label_type = local_frame(spark, [], f"label {kind}").schema["label"].dataType
    return found, Typed(job, label_type, given.type)


def unpacked(frame: DataFrame) -> list[str]:
    """Each row with its part and side, in an order of their own; as texts, so that NaN is equal to itself."""
    return sorted(
        str((packed["part"], packed["side"], sorted(row.items())))
        for packed in frame.toArrow().to_pylist()
        for row in packed_rows(iter([pa.scalar(packed["rows"])])).to_pylist()
    )


def of_spark(labels: DataFrame, found: Scored, typed: Typed) -> DataFrame:
    return prediction_rows(labels, found, typed).mapInArrow(partial(scatter, parts=PARTS), SCHEMA)


@pytest.mark.parametrize(
    ("columns", "values", "more"),
    [
        ("id bigint, prediction double", [0.1, NAN, None, float("-inf")], {}),
        ("id smallint, prediction int", [2**31 - 1, -5, None, 0], {}),
        (
            "id bigint, prediction array<float>",
            [[0.25, 0.1], [NAN, 0.5], [None, 1.0], None],
            {"task": "binary", "positive_class": "0"},
        ),
    ],
)
def test_workers_read_what_spark_reads(
    spark: SparkSession, tmp_path: Path, columns: str, values: list[Any], more: dict[str, Any]
) -> None:
    name = "it's \\ delay"
    rows = [(number, value, *scored(version, name)) for version in (1, 2, 3) for number, value in enumerate(values)]
    rows += [(7, values[0], *scored(1, "other")), (8, None, *scored(2, name, error="ValueError"))]
    later = [(number, values[0], *scored(2, name, batch=1)) for number in (0, 1, 30)]
    job = config(tmp_path, **more)
    labels = local_frame(spark, [], "id bigint")
    for batch in (rows, later):
        write(job.predictions.table, f"{columns}, {PROVENANCE}", batch)
        found, typed = scored_in(spark, job)
        assert prediction_files(labels, found, typed) is not None
        told = unpacked(divided_predictions(labels, found, typed, PARTS))
        assert told == unpacked(of_spark(labels, found, typed))
        assert len(told) > len(values)
    assert found.several_batches


@pytest.mark.parametrize(
    ("columns", "row", "more"),
    [
        ("id string, prediction double", ("a", 0.5), {}),
        ("id bigint, at bigint, prediction double", (1, 1, 0.5), {"keys": ["id", "at"]}),
        ("id bigint, prediction bigint", (1, 2**60 + 1), {}),
        ("id bigint, prediction struct<p:double>", (1, {"p": 0.5}), {"column": "prediction.p"}),
        ("id bigint, prediction array<double>", (1, [0.5, 0.5]), {"task": "multiclass"}),
    ],
)
def test_what_arrow_might_read_otherwise_is_left_to_spark(
    spark: SparkSession, tmp_path: Path, columns: str, row: tuple[Any, ...], more: dict[str, Any]
) -> None:
    keys, column = more.pop("keys", ["id"]), more.pop("column", "prediction")
    job = config(
        tmp_path,
        labels={"table": "labels", "keys": keys, "column": "label"},
        predictions={"table": str(tmp_path / "predictions"), "column": column},
        **more,
    )
    rows = [(*row, *scored(version, "it's \\ delay")) for version in (1, 2)]
    write(job.predictions.table, f"{columns}, {PROVENANCE}", rows)
    found, typed = scored_in(spark, job)
    labels = local_frame(spark, [], f"{columns.partition(', prediction')[0]}")
    assert prediction_files(labels, found, typed) is None


def test_predictions_in_a_view_are_left_to_spark(spark: SparkSession, tmp_path: Path) -> None:
    job = config(tmp_path, predictions={"table": "viewed"})
    rows = [(1, 0.5, *scored(version, "it's \\ delay")) for version in (1, 2)]
    local_frame(spark, rows, f"id bigint, prediction double, {PROVENANCE}").createOrReplaceTempView("viewed")
    try:
        found, typed = scored_in(spark, job)
        assert prediction_files(local_frame(spark, [], "id bigint"), found, typed) is None
    finally:
        spark.catalog.dropTempView("viewed")
