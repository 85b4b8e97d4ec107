"""The labels table: read, and refused before work starts if it cannot be compared with."""

import sys
from collections.abc import Collection
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import CompareConfig
from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import parse_table_name, quoted
from spark_models.spark.expressions import values_told
from spark_models.spark.inputs import filtered
from spark_models.spark.label_values import label_problems
from spark_models.spark.metrics.own_checks import own_metric_problems
from spark_models.spark.scales import history_problems, scale_problems
from spark_models.spark.slices import count_problems, slice_problems, with_slices


@dataclass(frozen=True)
class Labels:
    """The labelled rows, the Delta version that they are of (None for a view), and the table whatever the filter is."""

    frame: DataFrame
    version: int | None
    table: DataFrame


def column_problems(frame: DataFrame, config: CompareConfig) -> list[str]:
    """Every column that the config names and the table lacks, and every expression that is none over its columns."""
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
    problems += [*slice_problems(frame, config.all_slices, config.slice_bins), *scale_problems(frame, config)]
    # What they see depends on the task; where that is detected, they are looked at then.
    return problems + list(own_metric_problems(frame, config) if config.task is not None else [])


def labels_of(frame: DataFrame, version: int | None, config: CompareConfig) -> Labels:
    """The labels of a table that has the columns, at its version.

    Raises:
        ConfigError: if the filter is not a condition on the table's columns.
    """
    kept = filtered(frame, config.labels.filter)
    return Labels(with_slices(kept, config.all_slices, config.slice_bins), version, frame)


def value_problems(
    labels: Labels, config: CompareConfig, classes: Collection[str], width: int | None = None
) -> list[str]:
    """All that keeps a metric from being computed on the labels: none at all, slices with too many values, and others.

    Args:
        labels: The labelled rows.
        config: Names the columns.
        classes: The classes that there may be, as ``class_label`` writes them; any if there are none.
        width: How many values each prediction has; None if they are no arrays.

    Raises:
        DataError: if a condition fails on the rows.
    """
    with values_told(f"labels in {parse_table_name(config.labels.table)}", _conditions(config)):
        return [
            *label_problems(labels.frame, config, classes, width),
            *_weight_problems(labels.frame, config),
            *count_problems(labels.frame, config.all_slices, config.max_slice_values, has_bins=True),
            *history_problems(labels.table, config),
        ]


def _conditions(config: CompareConfig) -> list[str]:
    """What is evaluated on the rows besides slices, which are told by themselves."""
    forecast = config.forecast
    given = (config.labels.filter, *((forecast.scale, forecast.history) if forecast else ()))
    return [one for one in given if one is not None] or ["what the labels table is made of, if it is a view,"]


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
