from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_models.core.config import CompareConfig
from spark_models.spark.frames import local_frame
from spark_models.spark.metrics.blocks import Layout, block_of
from spark_models.spark.scales import SCALE, with_scale
from spark_models.spark.typed import Typed

NAN = float("nan")


def config(**more: Any) -> CompareConfig:
    values: dict[str, Any] = {
        "tables": {"location": "ops"},
        "baseline": "models:/delay/1",
        "candidates": ["models:/delay/2"],
        "labels": {"table": "labels", "keys": ["id"], "column": "label"},
        "predictions": {"table": "predictions"},
    }
    return CompareConfig.model_validate({**values, **more})


@pytest.mark.parametrize(
    ("task", "kind", "given", "expected"),
    [
        ({"task": "quantile", "quantiles": [0.5]}, "float", [1.5, NAN, None], [[1.5], None, None]),
        ({"task": "quantile", "quantiles": [0.1, 0.9]}, "array<int>", [[1, 2], [1, None]], [[1.0, 2.0], None]),
        ({"task": "multilabel"}, "array<boolean>", [[True, False], [None, True]], [[1.0, 0.0], None]),
        ({"task": "multilabel"}, "array<double>", [[0.5, NAN], [0.5, 0.25]], [None, [0.5, 0.25]]),
        ({"task": "ranking", "ranking": {"group": ["id"]}}, "array<double>", [[0.75, 0.25]], [0.25]),
    ],
)
def test_predictions_of_several_numbers_are_there_if_all_are(
    spark: SparkSession, task: dict[str, Any], given: list[Any], kind: str, expected: list[Any]
) -> None:
    frame = local_frame(spark, [(value,) for value in given], f"value {kind}")
    typed = Typed(config(**task), frame.schema["value"].dataType, frame.schema["value"].dataType)
    rows = frame.select(typed.predicted(F.col("value"))["prediction"]).collect()
    assert [row[0] for row in rows] == expected


def test_a_scale_may_be_an_expression(spark: SparkSession) -> None:
    rows = local_frame(spark, [(1, 4), (2, None)], "id int, error int")
    found = with_scale(rows, rows, config(forecast={"scale": "error / 2"})).orderBy("id").collect()
    assert [row[SCALE] for row in found] == [2.0, None]


def test_blocks_hold_arrays_of_one_length_and_scales() -> None:
    rows = pa.table(
        {"label": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], "prediction_1": [[0.5, 0.25], [0.0, 0.5], [1.0, 0.0]]}
    )
    # The second and the third row of a table's memory are not its first ones.
    (sample,) = block_of(rows.slice(1), Layout((1,), width=2)).samples.values()
    assert sample.label.tolist() == [[0.0, 1.0], [1.0, 1.0]]
    assert sample.prediction.tolist() == [[0.0, 0.5], [1.0, 0.0]]
    rows = pa.table({"label": [1.0, 2.0], "scale": [2.5, None], "prediction_1": [1.0, 2.0]})
    (sample,) = block_of(rows, Layout((1,), has_scale=True)).samples.values()
    assert str(sample.more["scale"].tolist()) == "[2.5, nan]"
