"""Small DataFrames of Python's values: the plan holds the rows, so that no Python worker has to hand them over."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType


def local_frame(spark: SparkSession, rows: Iterable[Sequence[Any]], ddl: str) -> DataFrame:
    """A DataFrame of rows, each with a value for every column of the schema in ``ddl``.

    A struct is a dict, a map a dict or pairs, and a timestamp has a time zone.
    """
    schema = cast("StructType", StructType.fromDDL(ddl))
    arrow = to_arrow_schema(schema, timezone="UTC")
    values = list(zip(*rows, strict=True)) or [() for _ in arrow]
    columns = [pa.array(column, field.type) for column, field in zip(values, arrow, strict=True)]
    return spark.createDataFrame(pa.Table.from_arrays(columns, schema=arrow), schema)
