"""Labels and predictions as the detection of a task looks at them."""

from collections.abc import Callable
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_models.core.config import CompareConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import quoted
from spark_models.core.task_detection import Seen
from spark_models.spark.compared import Predictions


def seen_columns(
    labels: DataFrame,
    predictions: Predictions,
    config: CompareConfig,
    baseline: ModelVersion,
    output: Callable[[], str | None],
) -> Seen:
    """The types of both columns; labels and the baseline's predictions are looked at when they are asked for."""
    column = config.labels.column
    return Seen(
        labels.schema[column].dataType.simpleString(),
        predictions.type.simpleString(),
        partial(_width, predictions, baseline),
        partial(_has_two_labels, labels, column),
        output,
    )


def _width(predictions: Predictions, baseline: ModelVersion) -> int | None:
    """That of one prediction; whether all are alike is looked at later."""
    of_baseline = (F.col("model_name") == baseline.name) & (F.col("model_version") == baseline.version)
    there = predictions.frame.where(of_baseline & predictions.value.isNotNull())
    row = there.select(F.size(predictions.value).alias("width")).first()
    return row["width"] if row else None


def _has_two_labels(labels: DataFrame, column: str) -> bool:
    label = F.col(quoted(column))
    return labels.where(label.isNotNull() & ~label.isin(0, 1)).isEmpty()
