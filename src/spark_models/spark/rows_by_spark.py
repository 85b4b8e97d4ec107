"""Rows of a table that Spark reads and writes, as it can any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.table_name import TableName, quoted, template
from spark_models.core.table_schema import Row, readable_columns, schema_of, values_of
from spark_models.spark.frames import local_frame, type_from
from spark_models.spark.moments import moment_of
from spark_models.spark.tables import committed, read_table


@dataclass(frozen=True)
class RowsBySpark:
    """See :class:`spark_models.spark.rows.Rows`."""

    spark: SparkSession
    table: TableName
    row_class: type[Row]

    def read(self, equal: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows' values by column."""
        frame = read_table(self.spark, self.table)
        columns = readable_columns(self.row_class, frame.columns)
        kinds = {column.name: type_from(column.type) for column in columns}
        selected = [_in_microseconds(F.col(quoted(name)), kind).alias(name) for name, kind in kinds.items()]
        kept = frame.where(_all_equal(equal)).select(*selected)
        rows = (row.asDict(recursive=True) for row in kept.collect())
        return [{name: _with_moments(value, kinds[name]) for name, value in values.items()} for values in rows]

    def append(self, rows: Sequence[Row]) -> None:
        """Append rows in one commit."""
        self._frame(rows).writeTo(self.table.sql).append()

    def replace(self, rows: Sequence[Row], equal: Mapping[str, Any]) -> None:
        """Write rows in place of those that are equal to the values."""
        committed(self.table, lambda: self._frame(rows).writeTo(self.table.sql).overwrite(_all_equal(equal)))

    def merge(self, rows: Sequence[Row]) -> None:
        """Insert or update rows by key."""
        same = " AND ".join(f"target.{quoted(name)} <=> source.{quoted(name)}" for name in self.row_class.KEY)
        merge = (
            f"MERGE INTO {template(self.table.sql)} AS target USING {{rows}} AS source ON {same}"
            " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )
        committed(self.table, lambda: self.spark.sql(merge, rows=self._frame(rows)))

    def _frame(self, rows: Sequence[Row]) -> DataFrame:
        return local_frame(self.spark, values_of(rows), schema_of(self.row_class).ddl).coalesce(1)


def _all_equal(values: Mapping[str, Any]) -> Column:
    conditions = [
        F.col(quoted(name)).isin(*value) if isinstance(value, tuple) else F.col(quoted(name)).eqNullSafe(F.lit(value))
        for name, value in values.items()
    ]
    return reduce(and_, conditions, F.lit(True))  # noqa: FBT003  # Spark's literal


def _in_microseconds(value: Column, kind: T.DataType) -> Column:
    """The value with its timestamps in microseconds: Python would get them in the driver's zone, without saying so."""
    if isinstance(kind, T.StructType):
        fields = [_in_microseconds(value[field.name], field.dataType).alias(field.name) for field in kind]
        return F.when(value.isNotNull(), F.struct(*fields))
    return F.unix_micros(value) if isinstance(kind, T.TimestampType) else value


def _with_moments(value: Any, kind: T.DataType) -> Any:
    if value is None:
        return None
    if isinstance(kind, T.StructType):
        return {field.name: _with_moments(value[field.name], field.dataType) for field in kind}
    return moment_of(value) if isinstance(kind, T.TimestampType) else value
