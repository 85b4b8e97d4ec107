"""The two tables of a comparison; all that is wrong with them is told at once: first of columns, then of rows."""

from collections.abc import Iterable, Iterator

from pyspark.sql import SparkSession
from pyspark.sql import types as T

from spark_models.core.comparison_rows import Subject
from spark_models.core.config import CompareConfig
from spark_models.core.table_name import parse_table_name
from spark_models.errors import DataError, SchemaError
from spark_models.spark.compared import (
    Predictions,
    Scored,
    prediction_problems,
    predictions_of,
    scored_problems,
    scored_rows,
    value_type,
)
from spark_models.spark.fitting import key_problems, label_type_problems, prediction_type_problems, struct_problems
from spark_models.spark.labels import Labels, column_problems, labels_of, value_problems
from spark_models.spark.tables import pinned_table
from spark_models.spark.typed import Typed
from spark_models.steps.problems import problems_in, result_or_error


def read_tables(spark: SparkSession, config: CompareConfig) -> tuple[Labels, Predictions]:
    """The labels table at its pinned version, filtered, and the predictions table as it is now.

    Raises:
        ConfigError: if the labels' filter is not a condition on the table's columns.
        DataError: if there is no such table or version, of one or both.
        SchemaError: listing every column that either table lacks, and beside them the types that do not fit.
    """
    names = parse_table_name(config.labels.table), parse_table_name(config.predictions.table)
    labels, no_labels = result_or_error(DataError, lambda: pinned_table(spark, names[0], config.labels.version))
    predictions, no_predictions = result_or_error(DataError, lambda: pinned_table(spark, names[1]))
    if labels is None or predictions is None:
        problems = _of_both(problems_in(no_labels), problems_in(no_predictions))
        raise DataError(_subject(config), problems) from no_labels or no_predictions
    (labelled, version), (scored, scored_version) = labels, predictions
    column, keys = config.predictions.column, config.labels.keys
    lacking = _of_both(column_problems(labelled, config), prediction_problems(scored, column, keys))
    if problems := [*lacking, *_type_problems(config, labelled.schema, scored.schema)]:
        raise SchemaError(_subject(config), problems)
    return labels_of(labelled, version, config), predictions_of(scored, scored_version, column)


def require_rows(labels: Labels, predictions: Predictions, typed: Typed, subject: Subject) -> Scored:
    """The predictions of all versions.

    Raises:
        DataError: listing all that is wrong with what the rows of both tables hold: versions without predictions,
            arrays of other lengths than there are classes, labels that no metric can be computed on.
    """
    config, name = typed.config, subject.baseline.name
    table, column = config.predictions.table, config.predictions.column
    scored = scored_rows(predictions, table, name, subject.versions)
    of_predictions = [*scored_problems(scored, table, column, name, subject.versions)]
    classes, unfit = result_or_error(DataError, lambda: typed.classes(scored.width))
    known = typed.named_classes if classes is None else classes
    found, failed = result_or_error(DataError, lambda: value_problems(labels, config, known, scored.width))
    if problems := _of_both([*(found or ()), *problems_in(failed)], [*of_predictions, *problems_in(unfit)]):
        raise DataError(_subject(config), problems) from failed or unfit
    return scored


def _subject(config: CompareConfig) -> str:
    labels, predictions = parse_table_name(config.labels.table), parse_table_name(config.predictions.table)
    return f"labels table {labels} and predictions table {predictions} cannot be compared"


def _of_both(labels: Iterable[str], predictions: Iterable[str]) -> list[str]:
    return [
        *(f"labels table: {problem}" for problem in labels),
        *(f"predictions table: {problem}" for problem in predictions),
    ]


def _type_problems(config: CompareConfig, labels: T.StructType, predictions: T.StructType) -> Iterator[str]:
    """Those of the columns that are there; a task that is detected from them has its own looked at then."""
    yield from key_problems(labels, predictions, config.labels.keys)
    kind = value_type(predictions, config.predictions.column)
    if config.task is not None and config.labels.column in labels.names:
        yield from label_type_problems(config, labels[config.labels.column].dataType)
    if kind is not None:
        of_task = (
            struct_problems(config.predictions.column, kind)
            if config.task is None
            else prediction_type_problems(config, kind)
        )
        yield from of_task
