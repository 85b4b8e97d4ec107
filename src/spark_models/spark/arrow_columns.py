"""Arrow's columns as models take them: without a copy where there is nothing to change, and exact where there is."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from spark_models.core.column_types import NULLABLE_TYPES
from spark_models.spark.local_times import holds_times, localized

_ARROW_TYPES = {
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
}


def of_arrow(column: pa.Array, kind: str | None = None, *, nulls: bool | None = None) -> Any:
    """A column's values, as a pandas UDF would be given them, but for what pandas would change.

    Args:
        column: n values.
        kind: The Spark type that the model needs; a number's is cast to it if that changes no value.
        nulls: Whether whole numbers and booleans are handed over as nullable; None if the batch decides.

    Returns:
        An array of numpy's or pandas' own type of n values. A NULL is NaN in floats, pandas' NA in integers and
        booleans, and None in anything else. Times are in their zone, without saying so, as everywhere in pandas UDFs.

    Raises:
        ArrowException: if a value does not fit into the type.
    """
    wanted = _ARROW_TYPES.get(kind or "")
    if wanted is not None:
        column = column if column.type == wanted else column.cast(wanted)
        nullable = NULLABLE_TYPES.get(kind or "")
        if nullable is not None and (column.null_count if nulls is None else nulls):
            dtype: Any = pd.api.types.pandas_dtype(nullable)
            return pd.Series(dtype.__from_arrow__(column))
        return column.to_numpy(zero_copy_only=False)
    if pa.types.is_timestamp(column.type):
        local = pc.local_timestamp(column) if column.type.tz else column
        return local.cast(pa.timestamp("ns")).to_numpy(zero_copy_only=False)
    if pa.types.is_nested(column.type) and holds_times(column.type):
        return localized(_plain(column), column.type)
    if is_matrix(column):
        return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)
    return _plain(column)


def _plain(column: pa.Array) -> Any:
    # Inside of others, whole numbers beside NULLs are Python's own, as Spark hands them to pandas UDFs: doubles are not
    # exact.
    is_nested = pa.types.is_nested(column.type)
    return column.to_pandas(maps_as_pydicts="strict", integer_object_nulls=is_nested).to_numpy()


def is_matrix(column: pa.Array) -> bool:
    """Whether each value is an array of as many numbers, and none is NULL."""
    if not pa.types.is_list(column.type) or not pa.types.is_primitive(column.type.value_type) or not len(column):
        return False
    if column.null_count or column.flatten().null_count:
        return False
    lengths = pc.min_max(pc.list_value_length(column))
    return bool(lengths["min"] == lengths["max"])
