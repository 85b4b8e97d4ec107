"""Users' own metrics: SQL aggregates for all versions and slices in one job, with the jackknife's standard errors.

Every row enters once for each version, slice, and group of rows that it is not in; a line for each of these comes back,
whatever the aggregates are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from spark_models.core.config import CompareConfig
from spark_models.measures.jackknife import jackknife_errors
from spark_models.measures.sample import Floats
from spark_models.spark.expressions import values_told
from spark_models.spark.metrics.blocks import OWN, Layout
from spark_models.spark.metrics.measurement import Measurement
from spark_models.spark.metrics.own_columns import GROUP, GROUPS, given_columns

_VERSION, _SLICE, _VALUE, _WITHOUT = (f"_spark_models_{name}" for name in ("version", "slice", "value", "without"))
_ALL = -1

_Key = tuple[int, str | None, str | None]


@dataclass(frozen=True)
class _Values:
    """The metrics of so many rows, NaN where undefined: shape (metrics,)."""

    rows: int
    values: Floats


def with_own_metrics(
    measured: Sequence[Measurement], compared: DataFrame | None, layout: Layout, config: CompareConfig
) -> tuple[Measurement, ...]:
    """The measurements with the own metrics' values and standard errors, in one Spark job; none if there are none.

    Args:
        measured: What each version reached on each slice.
        compared: The rows: ``label``, ``weight`` if there is one, ``own``, ``slice_<place>``, ``prediction_<version>``
            and, for classes, ``probabilities_<version>`` if there are any.
        layout: Says which these are.
        config: The own metrics.

    Raises:
        DataError: if an expression fails on the rows, as by dividing by zero.
    """
    if compared is None or not config.metrics:
        return tuple(measured)
    found = _by_key(_collected(_stacked(compared, layout, config), config), layout)
    names = [metric.name for metric in config.metrics]
    return tuple(_with_own(one, found, layout.versions[0], names) for one in measured)


def _stacked(compared: DataFrame, layout: Layout, config: CompareConfig) -> DataFrame:
    """A row for each version, slice and group that the row is not in, and one for all groups."""
    of_versions = F.array(*(_predicted(version, layout, config) for version in layout.versions))
    none = F.struct(F.lit(_ALL).alias(_SLICE), F.lit(None).cast("string").alias(_VALUE))
    of_slices = (
        F.struct(F.lit(place).alias(_SLICE), F.col(f"slice_{place}").alias(_VALUE))
        for place in range(len(layout.slices))
    )
    groups = F.array_remove(F.lit([_ALL, *range(GROUPS)]), F.col(OWN)[GROUP])
    weight = F.col("weight") if layout.has_weight else F.lit(1.0)
    own = [name for name in compared.select(f"{OWN}.*").columns if name != GROUP]
    rows = compared.select(
        "label", weight.alias("weight"), OWN, F.array(none, *of_slices).alias("slices"), F.inline(of_versions)
    )
    given = (_VERSION, *given_columns(config))
    return rows.select(*given, OWN, F.inline("slices")).select(
        *given, *(F.col(OWN)[name].alias(name) for name in own), _SLICE, _VALUE, F.explode(groups).alias(_WITHOUT)
    )


def _predicted(version: int, layout: Layout, config: CompareConfig) -> Column:
    """A version's number, its prediction, and of classes what it gave to the true one."""
    columns = [F.lit(version).alias(_VERSION), F.col(f"prediction_{version}").alias("prediction")]
    if "probability" in given_columns(config):
        probability = F.lit(None)
        if layout.width is not None and layout.classes is not None:
            place = F.array_position(F.lit(list(layout.classes)), F.col("label")) - 1
            probability = F.get(F.col(f"probabilities_{version}"), place.cast("int"))
        columns.append(probability.cast("double").alias("probability"))
    return F.struct(*columns)


def _collected(stacked: DataFrame, config: CompareConfig) -> list[Row]:
    aggregates = (F.expr(metric.sql).cast("double").alias(f"metric_{n}") for n, metric in enumerate(config.metrics))
    keys = (_VERSION, _SLICE, _VALUE, _WITHOUT)
    with values_told(
        "metrics", [metric.name for metric in config.metrics], ", maybe in a slice, or without a twentieth"
    ):
        return stacked.groupBy(*keys).agg(F.count(F.lit(1)).alias("rows"), *aggregates).collect()


def _by_key(rows: Sequence[Row], layout: Layout) -> dict[_Key, dict[int, _Values]]:
    """By version and slice, the values of all rows and without each group."""
    found: dict[_Key, dict[int, _Values]] = {}
    for version, number, value, without, count, *values in rows:
        key = version, None if number == _ALL else layout.slices[number], value
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
        freedom={**one.freedom, **dict.fromkeys(names, len(without) - 1)},
    )


def _without_each(found: Mapping[int, _Values]) -> Floats:
    """A row for each group that has rows of the slice, without which less is left."""
    whole = found[_ALL]
    kept = [found[group].values for group in range(GROUPS) if group in found and found[group].rows < whole.rows]
    return np.array(kept).reshape(-1, len(whole.values))


def _named(names: Sequence[str], values: Floats) -> dict[str, float | None]:
    return {name: value if isfinite(value) else None for name, value in zip(names, values.tolist(), strict=True)}
