"""Users' own metrics: SQL aggregates for all versions and slices in one job, with the jackknife's standard errors.

Every row enters once for each version, slice, and group of rows that it is not in; a line for each of these comes back,
whatever the aggregates are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from pyspark.errors import (
    ArithmeticException,
    ArrayIndexOutOfBoundsException,
    DateTimeException,
    NumberFormatException,
    SparkRuntimeException,
)
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from spark_models.core.config import CompareConfig
from spark_models.core.own_metric_sql import given_columns, named_columns
from spark_models.core.table_name import quoted
from spark_models.errors import DataError
from spark_models.measures.jackknife import jackknife_errors
from spark_models.measures.sample import Floats
from spark_models.spark.metrics.measurement import Measurement

# Errors from so many groups are themselves sure to about a sixth; each more costs a pass over the rows.
GROUPS = 20

# The column of labelled rows that has what own metrics need besides what all metrics do.
OWN = "own"
_GROUP = "_spark_models_group"
_VERSION, _SLICE, _VALUE, _WITHOUT = (f"_spark_models_{name}" for name in ("version", "slice", "value", "without"))
_ALL = -1

_OF_VALUES = (
    ArithmeticException,
    ArrayIndexOutOfBoundsException,
    DateTimeException,
    NumberFormatException,
    SparkRuntimeException,
)

_Key = tuple[int, str | None, str | None]


@dataclass(frozen=True)
class _Values:
    """The metrics of so many rows, NaN where undefined: shape (metrics,)."""

    rows: int
    values: Floats


def own_columns(labels: DataFrame, config: CompareConfig) -> list[Column]:
    """The column ``own`` of labelled rows, if there are own metrics: what they name, and each row's group.

    Dependent rows, those of one cluster, are in one group.
    """
    if not config.metrics:
        return []
    by = config.labels.keys if config.labels.cluster is None else (config.labels.cluster,)
    group = F.pmod(F.xxhash64(*(F.col(quoted(name)) for name in by)), F.lit(GROUPS)).cast("int")
    named = (F.col(quoted(name)) for name in named_columns(config, labels.columns))
    return [F.struct(group.alias(_GROUP), *named).alias(OWN)]


def with_own_metrics(
    measured: Sequence[Measurement], compared: DataFrame, config: CompareConfig, slices: Sequence[str]
) -> tuple[Measurement, ...]:
    """The measurements with the own metrics' values and standard errors, in one Spark job; none if there are none.

    Args:
        measured: What each version reached on each slice, the baseline's first.
        compared: The rows, as ``measure`` takes them, with the column ``own``.
        config: The own metrics.
        slices: The columns that make the slices.

    Raises:
        DataError: if an expression fails on the rows, as by dividing by zero.
    """
    if not config.metrics:
        return tuple(measured)
    versions = tuple(dict.fromkeys(one.version for one in measured))
    found = _by_key(_collected(_stacked(compared, config, versions, slices), config), slices)
    return tuple(_with_own(one, found, versions[0], [metric.name for metric in config.metrics]) for one in measured)


def _stacked(compared: DataFrame, config: CompareConfig, versions: Sequence[int], slices: Sequence[str]) -> DataFrame:
    """A row for each version, slice and group that the row is not in, and one for all groups."""
    predicted = [name for name in given_columns(config) if name in {"prediction", "probability"}]
    of_versions = F.array(
        *(
            F.struct(F.lit(version).alias(_VERSION), *(F.col(f"{name}_{version}").alias(name) for name in predicted))
            for version in versions
        )
    )
    none = F.struct(F.lit(_ALL).alias(_SLICE), F.lit(None).cast("string").alias(_VALUE))
    of_slices = (
        F.struct(F.lit(number).alias(_SLICE), F.col(quoted(name)).alias(_VALUE)) for number, name in enumerate(slices)
    )
    groups = F.array_remove(F.lit([_ALL, *range(GROUPS)]), F.col(OWN)[_GROUP])
    weight = F.col("weight") if "weight" in compared.columns else F.lit(1.0)
    rows = compared.select(
        "label", weight.alias("weight"), OWN, F.array(none, *of_slices).alias("slices"), F.inline(of_versions)
    )
    own = [name for name in compared.select(f"{OWN}.*").columns if name != _GROUP]
    given = ("label", "weight", _VERSION, *predicted)
    return rows.select(*given, OWN, F.inline("slices")).select(
        *given, *(F.col(OWN)[name].alias(name) for name in own), _SLICE, _VALUE, F.explode(groups).alias(_WITHOUT)
    )


def _collected(stacked: DataFrame, config: CompareConfig) -> list[Row]:
    aggregates = (F.expr(metric.sql).cast("double").alias(f"metric_{n}") for n, metric in enumerate(config.metrics))
    keys = (_VERSION, _SLICE, _VALUE, _WITHOUT)
    try:
        return stacked.groupBy(*keys).agg(F.count(F.lit(1)).alias("rows"), *aggregates).collect()
    except _OF_VALUES as error:
        names = ", ".join(metric.name for metric in config.metrics)
        problem = (
            f"one of {names} fails on these rows ({error.getCondition()}), maybe in a slice, or without a twentieth of "
            "them; try_divide(a, b) and try_cast(a AS type) give NULL instead"
        )
        # Not "from error": it may hold a value of a row.
        raise DataError("metrics", [problem]) from None


def _by_key(rows: Sequence[Row], slices: Sequence[str]) -> dict[_Key, dict[int, _Values]]:
    """By version and slice, the values of all rows and without each group."""
    found: dict[_Key, dict[int, _Values]] = {}
    for version, number, value, without, count, *values in rows:
        key = version, None if number == _ALL else slices[number], value
        numbers = np.array([np.nan if one is None else one for one in values])
        found.setdefault(key, {})[without] = _Values(count, numbers)
    return found


def _with_own(
    one: Measurement, found: Mapping[_Key, Mapping[int, _Values]], baseline: int, names: Sequence[str]
) -> Measurement:
    ours = found.get((one.version, one.slice_column, one.slice_value), {})
    theirs = found.get((baseline, one.slice_column, one.slice_value), {})
    if not ours:
        return replace(one, values={**one.values, **dict.fromkeys(names)})
    without, without_theirs = _without_each(ours), _without_each(theirs)
    return replace(
        one,
        values={**one.values, **_named(names, ours[_ALL].values)},
        errors={**one.errors, **_named(names, jackknife_errors(without))},
        paired_errors={**one.paired_errors, **_named(names, jackknife_errors(without - without_theirs))},
    )


def _without_each(found: Mapping[int, _Values]) -> Floats:
    """A row for each group that has rows of the slice, without which less is left."""
    whole = found[_ALL]
    kept = [found[group].values for group in range(GROUPS) if group in found and found[group].rows < whole.rows]
    return np.array(kept).reshape(-1, len(whole.values))


def _named(names: Sequence[str], values: Floats) -> dict[str, float | None]:
    return {name: value if isfinite(value) else None for name, value in zip(names, values.tolist(), strict=True)}
