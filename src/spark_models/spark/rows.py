"""Rows of the package's own tables, written and read as values."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any, TypeVar

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_models.core.table_name import TableName, quoted, template
from spark_models.core.tables import Row, schema_of
from spark_models.spark.frames import local_frame
from spark_models.spark.tables import committed, make_table, read_table, table_exists

R = TypeVar("R", bound=Row)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def frame_of(spark: SparkSession, rows: Sequence[Row]) -> DataFrame:
    """The rows, all of one class, as a DataFrame with that class's schema."""
    columns = schema_of(type(rows[0])).columns
    ddl = ", ".join(f"{quoted(column.name)} {column.type}" for column in columns)
    return local_frame(spark, [tuple(row.as_dict().values()) for row in rows], ddl).coalesce(1)


def append_rows(spark: SparkSession, table: TableName, rows: Sequence[Row]) -> None:
    """Append rows in one commit; the table is made if it is not there."""
    make_table(spark, table, schema_of(type(rows[0])))
    frame_of(spark, rows).writeTo(table.sql).append()


def replace_rows(spark: SparkSession, table: TableName, rows: Sequence[Row], **equal: Any) -> None:
    """Write rows in one commit, in place of those whose columns are ``equal`` to the given values, as theirs are.

    Raises:
        DataError: if other jobs kept writing to the table.
    """
    make_table(spark, table, schema_of(type(rows[0])))
    committed(table, lambda: frame_of(spark, rows).writeTo(table.sql).overwrite(_all_equal(equal)))


def upsert_rows(spark: SparkSession, table: TableName, rows: Sequence[Row]) -> bool:
    """Insert or update rows by their class's key, in one commit.

    Returns:
        Whether anything was written: rows that are there already, as they are, are left alone.

    Raises:
        DataError: if other jobs kept writing to the table.
    """
    row_class = type(rows[0])
    make_table(spark, table, schema_of(row_class))
    same = " AND ".join(f"target.{quoted(name)} <=> source.{quoted(name)}" for name in row_class.KEY)
    target, source = read_table(spark, table).alias("target"), frame_of(spark, rows).alias("source")
    known = {_key(row): row for row in _values(target.join(source, F.expr(same), "left_semi"), row_class)}
    new = [row for row in rows if known.get(_key(row)) != row]
    if new:
        merge = (
            f"MERGE INTO {template(table.sql)} AS target USING {{rows}} AS source ON {same}"
            " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )
        committed(table, lambda: spark.sql(merge, rows=frame_of(spark, new)))
    return bool(new)


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in row.KEY)


def read_rows(spark: SparkSession, table: TableName, row_class: type[R], **equal: Any) -> tuple[R, ...]:
    """The table's rows whose columns are ``equal`` to the given values, or one of a tuple's; none if there is no table.

    Timestamps come back in UTC.
    """
    if not table_exists(spark, table):
        return ()
    return _values(read_table(spark, table).where(_all_equal(equal)), row_class)


def _all_equal(values: Mapping[str, Any]) -> Column:
    conditions = [
        F.col(quoted(name)).isin(*value) if isinstance(value, tuple) else F.col(quoted(name)).eqNullSafe(F.lit(value))
        for name, value in values.items()
    ]
    return reduce(and_, conditions, F.lit(True))  # noqa: FBT003  # Spark's literal


def _values(frame: DataFrame, row_class: type[R]) -> tuple[R, ...]:
    columns = schema_of(row_class).columns
    times = [column.name for column in columns if column.type == "timestamp"]
    # Python gets timestamps in the driver's own time zone, without saying so; microseconds are plain.
    selected = [
        F.unix_micros(quoted(column.name)).alias(column.name) if column.name in times else F.col(quoted(column.name))
        for column in columns
    ]
    rows = (row.asDict(recursive=True) for row in frame.select(*selected).collect())
    return tuple(row_class.from_dict(values | {name: _moment(values[name]) for name in times}) for values in rows)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
