"""Two windows of one table: read at pinned versions, filtered, and brought into one form."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.config import DriftWindowConfig, DriftWindowsConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.slices import slice_title
from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import TableName, parse_table_name, quoted
from spark_models.core.tables import PROVENANCE
from spark_models.errors import DataError, SchemaError
from spark_models.spark.drift.sides import BASELINE, CURRENT, Compared, Kind, Sides, kind_of, readable, slice_keys
from spark_models.spark.inputs import filtered
from spark_models.spark.slices import count_problems, slice_column, slice_problems, with_slices
from spark_models.spark.tables import latest_version, read_table


@dataclass(frozen=True)
class Windows:
    """The rows of both windows as the table has them, and the Delta versions they are of (None for a view)."""

    baseline: DataFrame
    current: DataFrame
    baseline_version: int | None
    current_version: int | None


def read_windows(spark: SparkSession, config: DriftWindowsConfig, model_version: ModelVersion | None) -> Windows:
    """Both windows; with a model version, the rows that it predicted.

    Raises:
        ConfigError: if a filter is not a condition on the table's columns.
        DataError: if there is no such table or version.
        SchemaError: if a model is named, but the table has no columns that say whose predictions its rows are.
    """
    table = parse_table_name(config.table)
    newest = latest_version(spark, table)
    baseline, baseline_version = _window(spark, table, config.baseline, newest)
    current, current_version = _window(spark, table, config.current, newest)
    if model_version is not None:
        baseline, current = (_of_model(frame, model_version, table) for frame in (baseline, current))
    return Windows(baseline, current, baseline_version, current_version)


def _window(
    spark: SparkSession, table: TableName, config: DriftWindowConfig, newest: int | None
) -> tuple[DataFrame, int | None]:
    version = newest if config.version is None else config.version
    return filtered(read_table(spark, table, version), config.filter), version


def _of_model(frame: DataFrame, model_version: ModelVersion, table: TableName) -> DataFrame:
    problems = [
        f"column {name!r} is not in it" for name in ("model_name", "model_version") if name not in frame.columns
    ]
    if problems:
        raise SchemaError(f"table {table}", [*problems, "leave windows.model out, or name a predictions table"])
    is_of_name = F.col("model_name") == model_version.name
    return frame.where(is_of_name & (F.col("model_version") == int(model_version.version)))


def sides_of(windows: Windows, config: DriftWindowsConfig, max_slice_values: int) -> Sides:
    """Both windows with the columns to compare.

    Raises:
        DataError: listing the slices with too many values.
        SchemaError: listing every column that is missing, or of a type that cannot be compared, and every slice that is
            no expression over the columns.
    """
    columns = tuple(_compared(windows, config))
    slices = config.all_slices
    baseline, current = (with_slices(frame, slices, {}) for frame in (windows.baseline, windows.current))
    names = [slice_column(place) for place in range(len(slices))]
    if problems := count_problems(baseline.select(*names).union(current.select(*names)), slices, max_slice_values):
        raise DataError(f"table {parse_table_name(config.table)}", problems)
    rows = _side(baseline, BASELINE, columns, config).union(_side(current, CURRENT, columns, config))
    return Sides(rows, columns, tuple(map(slice_title, slices)))


def _side(frame: DataFrame, side: int, columns: tuple[Compared, ...], config: DriftWindowsConfig) -> DataFrame:
    time = F.lit(None) if config.time_column is None else F.col(quoted(config.time_column))
    values = [
        readable(F.col(quoted(column.name)), column.kind).alias(f"value_{place}")
        for place, column in enumerate(columns)
    ]
    slices = slice_keys(len(config.all_slices)).alias("slices")
    return frame.select(F.lit(side).alias("side"), time.cast("timestamp").alias("moment"), slices, *values)


def _compared(windows: Windows, config: DriftWindowsConfig) -> list[Compared]:
    """The columns to compare."""
    there = [set(frame.columns) for frame in (windows.baseline, windows.current)]
    schema = windows.current.schema
    named = {"": config.columns, "time ": (config.time_column,) if config.time_column else ()}
    problems = [
        f"{role}column {name!r} is not in it{did_you_mean(name, schema.names)}"
        for role, names in named.items()
        for name in dict.fromkeys(names)
        if not all(name in columns for columns in there)
    ]
    frames = (windows.current, windows.baseline)
    problems += dict.fromkeys(problem for frame in frames for problem in slice_problems(frame, config.all_slices, {}))
    left_out = set(PROVENANCE) if set(PROVENANCE) <= set(schema.names) else set()
    by_default = [name for name in schema.names if name in there[0] and name not in left_out and _kind(schema, name)]
    found = [name for name in config.columns or by_default if name in schema.names]
    problems += [
        f"column {name!r} is {schema[name].dataType.simpleString()}; numbers, texts, booleans and times can be compared"
        for name in found
        if _kind(schema, name) is None
    ]
    problems += _retyped(windows, found)
    if not problems and not found:
        problems.append("none of its columns can be compared: numbers, texts, booleans and times can")
    if problems:
        raise SchemaError(f"table {parse_table_name(config.table)}", problems)
    return [
        Compared(name, schema[name].dataType.simpleString(), kind)
        for name in dict.fromkeys(found)
        if (kind := _kind(schema, name))
    ]


def _kind(schema: T.StructType, name: str) -> Kind | None:
    return kind_of(schema[name].dataType)


def _retyped(windows: Windows, names: list[str]) -> Iterator[str]:
    """Columns that are something else in the older version of the table."""
    before, now = windows.baseline.schema, windows.current.schema
    for name in names:
        if name in before.names and kind_of(before[name].dataType) != kind_of(now[name].dataType):
            kinds = before[name].dataType.simpleString(), now[name].dataType.simpleString()
            yield f"column {name!r} is {kinds[0]} in the baseline, but {kinds[1]} in the current window"
