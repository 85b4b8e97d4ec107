"""Rows of the package's own tables, written and read as values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pyspark.sql import SparkSession

from spark_models.core.config import SessionConfig, TablesConfig
from spark_models.core.table_name import TableName
from spark_models.core.table_schema import Row, schema_of
from spark_models.errors import SchemaError
from spark_models.spark.on_disk import LOG, opened, table_on_disk
from spark_models.spark.rows_by_spark import RowsBySpark
from spark_models.spark.rows_on_disk import RowsOnDisk
from spark_models.spark.session import get_session
from spark_models.spark.session_on_demand import session_on_demand
from spark_models.spark.tables import MIGRATE, columns_of, make_table, require_columns, schema_problems, table_exists

R = TypeVar("R", bound=Row)


class Rows(Protocol):
    """The rows of a table that is there; ``equal`` says which, by the values of columns, or a tuple of values."""

    def read(self, equal: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows' values by column, with timestamps in UTC."""

    def append(self, rows: Sequence[Row]) -> None:
        """Append rows in one commit."""

    def replace(self, rows: Sequence[Row], equal: Mapping[str, Any]) -> None:
        """Write rows in one commit in place of those that are ``equal`` to the values."""

    def merge(self, rows: Sequence[Row]) -> None:
        """Insert or update rows by their class's key, in one commit."""


def session_for_rows(config: SessionConfig, *tables: TableName) -> SparkSession:
    """The active session or a new one, which waits until it is needed if these tables can do without.

    Raises:
        SessionError: if it is started at once, and cannot use Delta.
    """
    can_wait = all(map(_does_without_spark, tables))
    return (session_on_demand if can_wait else get_session)(config)


def _does_without_spark(table: TableName) -> bool:
    if table.path is None or not table.path.startswith("/"):
        return False
    folder = Path(table.path)
    found = opened(folder)
    return not (folder / LOG).exists() if found is None else found.traits is None


def append_rows(spark: SparkSession, table: TableName, rows: Sequence[Row]) -> None:
    """Append rows in one commit; the table is made if it is not there."""
    _made(spark, table, type(rows[0])).append(rows)


def replace_rows(spark: SparkSession, table: TableName, rows: Sequence[Row], **equal: Any) -> None:
    """Write rows in one commit, in place of those whose columns are ``equal`` to the given values, as theirs are.

    Raises:
        DataError: if other jobs kept writing to the table.
    """
    _made(spark, table, type(rows[0])).replace(rows, equal)


def require_storable(spark: SparkSession, tables: TablesConfig, row_classes: Mapping[str, type[Row]]) -> None:
    """Refuse tables of the package's own, by their names, whose columns are not those of what is to be stored there.

    Before the work, which would be lost. Tables that are not there are fine.

    Raises:
        SchemaError: listing what is wrong with all of them.
    """
    problems: list[str] = []
    for name, row_class in row_classes.items():
        table = tables.table(name)
        if (there := columns_of(spark, table)) is not None:
            problems += (f"{table}: {problem}" for problem in schema_problems(there, schema_of(row_class)))
    if problems:
        raise SchemaError("tables of the results have another schema", [*problems, MIGRATE])


def store_result(spark: SparkSession, tables: TablesConfig, rows: Mapping[str, Sequence[Row]], **equal: Any) -> None:
    """Write a result's rows by the name of their table, one table after the other, see :func:`replace_rows`.

    With the rows of the last table the result counts as stored. They take the place of what a stopped run left, or one
    at the same time wrote. A table that there are no rows for is not made.
    """
    for name, of_table in rows.items():
        if of_table:
            replace_rows(spark, tables.table(name), of_table, **equal)


def upsert_rows(spark: SparkSession, table: TableName, rows: Sequence[Row]) -> bool:
    """Insert or update rows by their class's key, in one commit.

    Returns:
        Whether anything was written: rows that are there already, as they are, are left alone.

    Raises:
        DataError: if other jobs kept writing to the table.
    """
    row_class = type(rows[0])
    there, first = _made(spark, table, row_class), row_class.KEY[0]
    near = there.read({first: tuple({getattr(row, first) for row in rows})})
    known = {_key(row): row for row in map(row_class.from_dict, near)}
    new = [row for row in rows if known.get(_key(row)) != row]
    if new:
        there.merge(new)
    return bool(new)


def read_rows(spark: SparkSession, table: TableName, row_class: type[R], **equal: Any) -> tuple[R, ...]:
    """The table's rows whose columns are ``equal`` to the given values, or one of a tuple's; none if there is no table.

    Timestamps come back in UTC.
    """
    there: Rows | None = _on_disk(spark, table, row_class)
    if there is None and table_exists(spark, table):
        there = RowsBySpark(spark, table, row_class)
    return () if there is None else tuple(map(row_class.from_dict, there.read(equal)))


def _made(spark: SparkSession, table: TableName, row_class: type[Row]) -> Rows:
    """The table's rows, if it has the class's columns; it is made if it is not there."""
    schema = schema_of(row_class)
    there = _on_disk(spark, table, row_class)
    if there is None:
        make_table(spark, table, schema)
        return _on_disk(spark, table, row_class) or RowsBySpark(spark, table, row_class)
    require_columns(table, there.found.schema, schema)
    return there


def _on_disk(spark: SparkSession, table: TableName, row_class: type[Row]) -> RowsOnDisk | None:
    found = table_on_disk(spark, table)
    if found is None or found.traits or found.delta.metadata().partition_columns or not found.has_own_files:
        return None
    nullable = {column.name: column.nullable for column in schema_of(row_class).columns}
    if any(nullable.get(field.name) and not field.nullable for field in found.schema):
        return None  # Spark refuses NULLs there
    return RowsOnDisk(found, table, row_class)


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in row.KEY)
