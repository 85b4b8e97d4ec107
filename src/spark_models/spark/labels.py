"""The labels table: read, and refused before work starts if it cannot be compared with."""

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.core.slices import slice_title
from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import parse_table_name, quoted
from spark_models.errors import DataError, SchemaError
from spark_models.spark.class_labels import class_label, class_name
from spark_models.spark.inputs import filtered
from spark_models.spark.metrics.own_checks import own_metric_problems
from spark_models.spark.slices import slice_column, slice_problems, with_slices
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
        ConfigError: if the filter is not a condition on the table's columns.
        DataError: if there is no such table or version.
        SchemaError: listing every column that is missing.
    """
    table = parse_table_name(config.labels.table)
    version = config.labels.version if config.labels.version is not None else latest_version(spark, table)
    frame = read_table(spark, table, version)
    named = {
        "key": config.labels.keys,
        "label": (config.labels.column,),
        "weight": (config.labels.weight,) if config.labels.weight else (),
        "cluster": (config.labels.cluster,) if config.labels.cluster else (),
    }
    problems = [
        f"{role} column {name!r} is not in it{did_you_mean(name, frame.columns)}"
        for role, names in named.items()
        for name in dict.fromkeys(names)
        if name not in frame.columns
    ]
    problems += slice_problems(frame, config.slices, config.slice_bins)
    problems += own_metric_problems(frame, config)
    if problems:
        raise SchemaError(f"labels table {table}", problems)
    kept = filtered(frame, config.labels.filter)
    return Labels(with_slices(kept, tuple(dict.fromkeys(config.slices)), config.slice_bins), version)


def require_same_keys(labels: DataFrame, predictions: DataFrame, config: CompareConfig) -> None:
    """Refuse keys that a join would have to read as something else.

    Raises:
        SchemaError: listing every key whose types do not fit.
    """
    problems = []
    for key in config.labels.keys:
        ours, theirs = labels.schema[key].dataType, predictions.schema[key].dataType
        if ours != theirs and not (isinstance(ours, T.NumericType) and isinstance(theirs, T.NumericType)):
            types = f"{ours.simpleString()} in the labels table, but {theirs.simpleString()} in the predictions table"
            problems.append(f"key {key!r} is {types}")
    if problems:
        raise SchemaError("the keys", problems)


def require_comparable(labels: Labels, config: CompareConfig, classes: Collection[str]) -> None:
    """Refuse labels that no metric can be computed on.

    Args:
        labels: The labelled rows.
        config: Names the columns.
        classes: The classes that there may be, as ``class_label`` writes them; any if there are none.

    Raises:
        DataError: listing all that is wrong: no labels, one class only, slices with too many values,
            labels that are not among the classes.
    """
    of_labels = _number_problems if config.task == "regression" else _class_problems
    problems = [
        *of_labels(labels.frame, config, classes),
        *_weight_problems(labels.frame, config),
        *_slice_problems(labels.frame, config),
    ]
    if problems:
        raise DataError(f"labels in {parse_table_name(config.labels.table)}", problems)


def _number_problems(frame: DataFrame, config: CompareConfig, _classes: Collection[str]) -> Iterator[str]:
    label = F.col(quoted(config.labels.column)).cast("double")
    if frame.where(label.isNotNull() & ~F.isnan(label)).isEmpty():
        yield _no_label(config.labels.column)


def _class_problems(frame: DataFrame, config: CompareConfig, classes: Collection[str]) -> Iterator[str]:
    name = config.labels.column
    text = class_label(F.col(quoted(name)), frame.schema[name].dataType)
    rows = frame.select(text.alias("label")).where(F.col("label").isNotNull()).distinct()
    found = {row["label"] for row in rows.limit(MOST_CLASSES + 1).collect()}
    if not found:
        yield _no_label(name)
        return
    if len(found) == 1:
        yield f"column {name!r} has one class only; a comparison needs at least two"
    elif config.task == "binary" and len(found) > 2:
        yield f"column {name!r} has {_count(len(found))} classes; binary needs two (or task: multiclass)"
    if config.task == "binary" and class_name(config.positive_class) not in found:
        yield f"positive_class {config.positive_class!r} is not a value of column {name!r}"
    unknown = found - set(classes)
    if classes and unknown:
        known = "among classes" if config.classes else f"0 to {len(classes) - 1}; name them in classes"
        yield f"column {name!r} has {_count(len(unknown))} values that are not {known}"


def _no_label(name: str) -> str:
    return f"column {name!r} is NULL or NaN in all rows; there is nothing to compare with"


def _count(number: int) -> str:
    return f"more than {MOST_CLASSES}" if number > MOST_CLASSES else str(number)


def _weight_problems(frame: DataFrame, config: CompareConfig) -> list[str]:
    name = config.labels.weight
    if name is None:
        return []
    kind = frame.schema[name].dataType
    if not isinstance(kind, T.NumericType):
        return [f"weight column {name!r} is {kind.simpleString()}, not a number"]
    weight = F.col(quoted(name)).cast("double")
    # NaN is above infinity in Spark's order.
    unfit = frame.where(weight.isNull() | ~weight.between(0, sys.float_info.max)).count()
    return [f"weight column {name!r} is NULL, negative or not finite in {unfit} rows"] if unfit else []


def _slice_problems(frame: DataFrame, config: CompareConfig) -> list[str]:
    names, most = [slice_title(one) for one in dict.fromkeys(config.slices)], config.max_slice_values
    if not names:
        return []
    places = range(len(names))
    (about,) = frame.agg(*(F.approx_count_distinct(slice_column(place)) for place in places)).collect()
    # An estimate is several times as fast, and where it is far below there is nothing to count.
    near = [place for place in places if about[place] > most / 2]
    (counts,) = (
        frame.agg(F.lit(0), *(F.count_distinct(slice_column(place)) for place in near)).collect() if near else [()]
    )
    return [
        f"slice column {names[place]!r} has {count} values, more than max_slice_values ({most})"
        for place, count in zip(near, counts[1:], strict=True)
        if count > most
    ]
