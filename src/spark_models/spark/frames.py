"""Small DataFrames of Python's values: the plan holds the rows, so that no Python worker has to hand them over."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, cast

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from spark_models.spark.ddl import plain_schema


def local_frame(spark: SparkSession, rows: Iterable[Sequence[Any]], ddl: str) -> DataFrame:
    """A DataFrame of rows, each with a value for every column of the schema in ``ddl``, as in :func:`arrow_table`."""
    return spark.createDataFrame(arrow_table(rows, ddl), schema_from(ddl))


def arrow_table(rows: Iterable[Sequence[Any]], ddl: str) -> pa.Table:
    """The rows as Arrow has them; a struct is a dict, a map a dict or pairs, and a timestamp has a time zone."""
    schema = to_arrow_schema(schema_from(ddl), timezone="UTC")
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def schema_from(ddl: str) -> StructType:
    """The schema that a list of columns describes, as in CREATE TABLE."""
    return plain_schema(ddl) or cast("StructType", type_from(ddl))


@lru_cache(maxsize=1024)
def type_from(ddl: str) -> DataType:
    """The type that DDL describes, which is Spark's to read, in milliseconds each time."""
    return DataType.fromDDL(ddl)


def structs_in(kind: DataType) -> Iterator[list[str]]:
    """The names of the fields of each struct in a type, its own first."""
    if isinstance(kind, StructType):
        yield kind.names
        for field in kind.fields:
            yield from structs_in(field.dataType)
    elif isinstance(kind, ArrayType):
        yield from structs_in(kind.elementType)
    elif isinstance(kind, MapType):
        yield from structs_in(kind.keyType)
        yield from structs_in(kind.valueType)
