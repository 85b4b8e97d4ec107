"""The rows to score: pinned to a version, checked before anything is predicted."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_models.core.config import InputConfig
from spark_models.core.plan import Plan, PlannedInput
from spark_models.core.suggest import did_you_mean
from spark_models.core.table_name import parse_table_name, quoted
from spark_models.errors import ConfigError, DataError, SchemaError
from spark_models.spark.tables import latest_version, read_table, version_at

# Beyond this, a double no longer holds every whole number.
EXACT_IN_DOUBLE = 2**53
EXACT_IN_FLOAT = 2**24


@dataclass(frozen=True)
class Input:
    """Rows to score. ``table`` and ``version`` are None for a DataFrame, ``version`` also for a view."""

    frame: DataFrame
    table: str | None
    version: int | None

    @property
    def columns(self) -> dict[str, str]:
        """The columns with their types, as in ``simpleString()``."""
        return {field.name: field.dataType.simpleString() for field in self.frame.schema.fields}


def read_input(spark: SparkSession, config: InputConfig, data: DataFrame | None) -> Input:
    """The configured table at its pinned version, or the DataFrame, with the filter applied.

    Raises:
        ConfigError: if there are both or none, or the filter is not a condition on the columns.
        DataError: if there is no such table or version.
    """
    if (data is None) == (config.table is None):
        raise ConfigError("input", ["give either a table or a DataFrame"])
    if data is not None:
        return Input(filtered(data, config.filter), None, None)
    table = parse_table_name(config.table or "")
    version = config.version
    if version is None:
        version = latest_version(spark, table) if config.timestamp is None else version_at(spark, table, config.timestamp)
    frame = read_table(spark, table, version)
    return Input(filtered(frame, config.filter), str(table), version)


def filtered(frame: DataFrame, condition: str | None) -> DataFrame:
    """The rows that meet a SQL condition, or all of them.

    Raises:
        ConfigError: if it is not a condition, or not on the frame's columns.
    """
    if condition is None:
        return frame
    try:
        kept = frame.where(F.expr(condition))
        _ = kept.schema
    except (AnalysisException, ParseException) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"filter {condition!r}", [f"it is not a condition on the table's columns: {reason}"]) from error
    return kept


def require_present(columns: Sequence[str], frame: DataFrame, role: str) -> None:
    """Refuse names that are not columns of the frame.

    Raises:
        SchemaError: listing all of them, with near names.
    """
    problems = [
        f"{role} column {name!r} is not in the input{did_you_mean(name, frame.columns)}"
        for name in columns
        if name not in frame.columns
    ]
    if problems:
        raise SchemaError("columns", problems)


def survey(given: Input, keys: Sequence[str], plan: Plan, *, unique: bool) -> int:
    """Count the rows, and refuse those that must not be scored.

    Args:
        given: The input.
        keys: Its key columns.
        plan: Which inputs have casts that keep some values only.
        unique: Whether each key may occur once only, as merge needs.

    Returns:
        The number of rows.

    Raises:
        DataError: if keys are null, or occur twice where they must be unique.
        SchemaError: if values do not survive the cast to the model's type.
    """
    counts = given.frame.agg(
        F.count(F.lit(1)),
        *(F.count_if(F.col(quoted(key)).isNull()) for key in keys),
        *(F.count_if(_lossy(given, planned)) for planned in plan.checked),
    ).first()
    rows, *others = tuple(counts) if counts is not None else (0,)
    nulls, lossy = others[: len(keys)], others[len(keys) :]
    problems = [f"key {key!r} is NULL in {count} rows" for key, count in zip(keys, nulls, strict=True) if count]
    if unique:
        problems += _duplicates(given.frame, keys)
    if problems:
        raise DataError("rows that cannot be keyed", problems)
    unsafe = [
        f"column {planned.column!r} is {given.columns[planned.column]}, and {count} of its values are not exact as"
        f" {planned.type}, which the model needs"
        for planned, count in zip(plan.checked, lossy, strict=True)
        if count
    ]
    if unsafe:
        raise SchemaError("the input does not fit the model's signature", unsafe)
    return int(rows)


def _duplicates(frame: DataFrame, keys: Sequence[str]) -> list[str]:
    repeated = frame.groupBy(*(F.col(quoted(key)) for key in keys)).count().where(F.col("count") > 1)
    counted = repeated.agg(F.count(F.lit(1)).alias("keys")).first()
    found = counted["keys"] if counted is not None else 0
    return [f"{found} keys ({', '.join(keys)}) occur in more than one row; merge needs each once"] if found else []


def _lossy(given: Input, planned: PlannedInput) -> Column:
    """Whether a value is another one after the cast."""
    value = F.col(quoted(planned.column))
    if planned.type in {"double", "float"}:
        return F.abs(value) > (EXACT_IN_DOUBLE if planned.type == "double" else EXACT_IN_FLOAT)
    source = given.columns[planned.column]
    back = value.try_cast(planned.type)
    changed = value.isNotNull() & (back.isNull() | (back.cast(source) != value))
    return changed | F.isnan(value) if source in {"double", "float"} else changed
