"""The labels table: read, and refused before work starts if it cannot be compared with."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import parse_table_name, quoted
from spark_models.errors import DataError, SchemaError
from spark_models.spark.inputs import filtered
from spark_models.spark.labelled import canonical, canonical_text
from spark_models.spark.tables import latest_version, read_table

# More classes than this are taken for something else than classes.
MOST_CLASSES = 1000


@dataclass(frozen=True)
class Labels:
    """The labelled rows, and the Delta version that they are of (None for a view)."""

    frame: DataFrame
    version: int | None


def read_labels(spark: SparkSession, config: CompareConfig) -> Labels:
    """The labels table at its pinned version, filtered, with the columns that the config names.

    Raises:
        DataError: if there is no such table or version.
        SchemaError: listing every column that is missing.
    """
    table = parse_table_name(config.labels.table)
    version = config.labels.version if config.labels.version is not None else latest_version(spark, table)
    frame = filtered(read_table(spark, table, version), config.labels.filter)
    named = {"key": config.labels.keys, "label": (config.labels.column,), "slice": config.slices}
    problems = [
        f"{role} column {name!r} is not in {table}{did_you_mean(name, frame.columns)}"
        for role, names in named.items()
        for name in names
        if name not in frame.columns
    ]
    if problems:
        raise SchemaError("the labels table", problems)
    return Labels(frame, version)


def require_comparable(labels: Labels, config: CompareConfig) -> None:
    """Refuse labels that no metric can be computed on.

    Raises:
        DataError: listing all that is wrong: no labels, one class only, keys that repeat, slices with
            too many values, labels that are not among the configured classes.
    """
    problems = [*_label_problems(labels.frame, config), *_key_problems(labels.frame, config)]
    if config.slices:
        problems += _slice_problems(labels.frame, config)
    if problems:
        raise DataError(f"labels in {config.labels.table}", problems)


def _label_problems(frame: DataFrame, config: CompareConfig) -> Iterator[str]:
    name = config.labels.column
    if config.task == "regression":
        if frame.where(F.col(quoted(name)).isNotNull()).isEmpty():
            yield _all_null(name)
        return
    text = canonical(F.col(quoted(name)), frame.schema[name].dataType)
    found = frame.select(text.alias("label")).dropna().distinct().limit(MOST_CLASSES + 1).collect()
    classes = {row["label"] for row in found}
    if not classes:
        yield _all_null(name)
    elif len(classes) == 1:
        yield f"column {name!r} has one class only; a comparison needs at least two"
    elif config.task == "binary" and len(classes) > 2:
        yield f"column {name!r} has {_count(len(classes))} classes; binary needs two (or task: multiclass)"
    if config.task == "binary" and classes and canonical_text(config.positive_class) not in classes:
        yield f"positive_class {config.positive_class!r} is not a value of column {name!r}"
    unknown = classes - {canonical_text(known) for known in config.classes}
    if config.classes and unknown:
        yield f"column {name!r} has {_count(len(unknown))} values that are not among classes"


def _all_null(name: str) -> str:
    return f"column {name!r} is NULL in all rows; there is nothing to compare with"


def _count(number: int) -> str:
    return f"more than {MOST_CLASSES}" if number > MOST_CLASSES else str(number)


def _key_problems(frame: DataFrame, config: CompareConfig) -> list[str]:
    keys = [F.col(quoted(key)) for key in config.labels.keys]
    repeated = frame.groupBy(*keys).count().where(F.col("count") > 1).agg(F.count(F.lit(1)).alias("keys")).first()
    count = repeated["keys"] if repeated is not None else 0
    names = ", ".join(config.labels.keys)
    return [f"{count} keys ({names}) occur in more than one row; each must occur once"] if count else []


def _slice_problems(frame: DataFrame, config: CompareConfig) -> list[str]:
    counted = frame.agg(*(F.count_distinct(F.col(quoted(name)).cast(T.StringType())) for name in config.slices)).first()
    return [
        f"slice column {name!r} has {count} values, more than max_slice_values ({config.max_slice_values})"
        for name, count in zip(config.slices, counted or (), strict=True)
        if count > config.max_slice_values
    ]
