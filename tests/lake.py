"""Delta tables written and read without Spark, as other programs do: in milliseconds."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import deltalake
import pandas as pd
import pyarrow as pa
from sqlglot import exp

from spark_models.core.table_name import TableName
from spark_models.core.table_schema import Row, schema_of
from spark_models.spark.frames import arrow_table

R = TypeVar("R", bound=Row)


def write(path: str, ddl: str, rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to the table at a path; a session must be there, since Spark knows what ``ddl`` means."""
    deltalake.write_deltalake(path, arrow_table(rows, ddl), mode="append")


def add_rows(table: TableName, rows: Sequence[Row]) -> None:
    """Append rows of one class to their table; no session need be there."""
    columns = schema_of(type(rows[0])).columns
    schema = pa.schema([pa.field(column.name, _arrow_type(column.type), column.nullable) for column in columns])
    told = pa.Table.from_pylist([row.as_dict() for row in rows], schema)
    deltalake.write_deltalake(_path(table), told, mode="append")


def _arrow_type(kind: str | exp.DataType) -> pa.DataType:
    """Arrow's type for a Spark type of the package's own tables."""
    parsed = exp.DataType.build(kind, dialect="spark")
    inner = [_arrow_type(part.args["kind"] if isinstance(part, exp.ColumnDef) else part) for part in parsed.expressions]
    if parsed.this == exp.DType.STRUCT:
        return pa.struct([(part.name, one) for part, one in zip(parsed.expressions, inner, strict=True)])
    if parsed.this == exp.DType.MAP:
        return pa.map_(*inner)
    return pa.list_(*inner) if parsed.this == exp.DType.ARRAY else _ARROW[parsed.sql("spark").lower()]


_ARROW = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
}


def rows_of(table: TableName, row_class: type[R]) -> tuple[R, ...]:
    """The table's rows; none if there is no table."""
    if version(table) is None:
        return ()
    return tuple(row_class.from_dict(row) for row in read(_path(table)).to_pylist())


def read(path: str) -> pa.Table:
    """The table as Arrow has it."""
    return deltalake.DeltaTable(path).to_pyarrow_table()


def frame(path: str, *order: str) -> pd.DataFrame:
    """The table as pandas has it, in the order of some columns."""
    rows: pd.DataFrame = read(path).to_pandas()
    return rows.sort_values(list(order), ignore_index=True)


def version(table: TableName | str) -> int | None:
    """The table's Delta version; None if there is no table."""
    path = table if isinstance(table, str) else _path(table)
    return deltalake.DeltaTable(path).version() if deltalake.DeltaTable.is_deltatable(path) else None


def _path(table: TableName) -> str:
    assert table.path is not None
    return table.path
