"""The two tables of a comparison, and all that is wrong with their columns told at once."""

from collections.abc import Iterator

from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.core.table_name import parse_table_name
from spark_models.errors import SchemaError
from spark_models.spark.compared import Predictions, prediction_problems, predictions_of, value_type
from spark_models.spark.fitting import key_problems, label_type_problems, prediction_type_problems
from spark_models.spark.labels import Labels, column_problems, labels_of
from spark_models.spark.tables import pinned_table


def read_tables(spark: SparkSession, config: CompareConfig) -> tuple[Labels, Predictions]:
    """The labels table at its pinned version, filtered, and the predictions table as it is now.

    Raises:
        ConfigError: if the labels' filter is not a condition on the table's columns.
        DataError: if there is no such table or version.
        SchemaError: listing every column that either table lacks, and beside them the types that do not fit.
    """
    labels, predictions = parse_table_name(config.labels.table), parse_table_name(config.predictions.table)
    labelled, version = pinned_table(spark, labels, config.labels.version)
    scored, scored_version = pinned_table(spark, predictions)
    column, keys = config.predictions.column, config.labels.keys
    problems = [
        *(f"labels table: {problem}" for problem in column_problems(labelled, config)),
        *(f"predictions table: {problem}" for problem in prediction_problems(scored, column, keys)),
    ]
    if problems:
        problems += _type_problems(config, labelled.schema, scored.schema)
        raise SchemaError(f"labels table {labels} and predictions table {predictions} cannot be compared", problems)
    return labels_of(labelled, version, config), predictions_of(scored, scored_version, column)


def _type_problems(config: CompareConfig, labels: T.StructType, predictions: T.StructType) -> Iterator[str]:
    """Those of the columns that are there; of values only if the task is given, since it is detected from both."""
    yield from key_problems(labels, predictions, config.labels.keys)
    if config.task is None:
        return
    if config.labels.column in labels.names:
        yield from label_type_problems(config, labels[config.labels.column].dataType)
    if (kind := value_type(predictions, config.predictions.column)) is not None:
        yield from prediction_type_problems(config, kind)
