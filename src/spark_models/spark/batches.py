"""Batches in workers: Spark's columns to the model's input, and its predictions to exact Arrow columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from spark_models.core.plan import PlannedInput
from spark_models.errors import SchemaError

_NUMPY_TYPES = {"double": np.float64, "float": np.float32, "bigint": np.int64, "int": np.int32, "boolean": np.bool_}
# Where a column has NULLs, pandas' own types keep integers integers and booleans booleans.
_NULLABLE_TYPES = {"bigint": "Int64", "int": "Int32", "boolean": "boolean"}


def model_input(inputs: Sequence[PlannedInput], columns: Sequence[pd.Series], *, tensor: bool) -> Any:
    """The model's input: a DataFrame named and typed by the signature, or an array for a tensor.

    Args:
        inputs: The signature's inputs, in order.
        columns: As many columns of n rows.
        tensor: Whether the signature's input is one unnamed tensor.

    Returns:
        A DataFrame of n rows; for a tensor an array of n rows.
    """
    if tensor:
        if len(columns) == 1 and columns[0].dtype == object:
            return np.stack([np.asarray(value) for value in columns[0]]) if len(columns[0]) else np.empty((0, 0))
        return np.column_stack([column.to_numpy() for column in columns])
    return pd.DataFrame(
        {planned.name: _typed(column, planned.type) for planned, column in zip(inputs, columns, strict=True)}
    )


def _typed(column: pd.Series, spark_type: str) -> pd.Series:
    if spark_type in _NULLABLE_TYPES and column.hasnans:
        return column.astype(_NULLABLE_TYPES[spark_type])
    wanted = _NUMPY_TYPES.get(spark_type)
    return column if wanted is None or column.dtype == wanted else column.astype(wanted)


def arrow_columns(predictions: Any, rows: int, fields: Sequence[tuple[str, pa.DataType]]) -> list[pa.Array]:
    """The predictions as one Arrow array a field, NULL and NaN as the model gave them.

    Raises:
        SchemaError: if the model gave another number of rows, or values that the types cannot hold.
    """
    if len(predictions) != rows:
        raise SchemaError("the model's predictions", [f"{rows} rows went in, {len(predictions)} predictions came out"])
    parts = _parts(predictions, [name for name, _ in fields])
    return [_arrow(part, kind, name) for part, (name, kind) in zip(parts, fields, strict=True)]


def _parts(predictions: Any, names: list[str]) -> list[Any]:
    """The predictions taken apart into as many columns as there are fields."""
    if isinstance(predictions, pd.DataFrame):
        if predictions.shape[1] == 1 and len(names) == 1:
            return [predictions.iloc[:, 0]]
        if len(names) == 1:
            return [predictions.to_numpy()]
        missing = [name for name in names if name not in predictions.columns]
        if missing:
            raise SchemaError("the model's predictions", [f"column {name!r} is missing" for name in missing])
        return [predictions[name] for name in names]
    if len(names) == 1:
        return [predictions]
    matrix = np.asarray(predictions)
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise SchemaError("the model's predictions", [f"{len(names)} values a row are needed, got {matrix.shape}"])
    return [matrix[:, place] for place in range(len(names))]


def _arrow(values: Any, kind: pa.DataType, name: str) -> pa.Array:
    try:
        if isinstance(values, np.ndarray):
            return _from_array(values, kind)
        if isinstance(values, pd.Series) and values.dtype != object:
            # Only pandas' own nullable types know NULL; in a numpy float, NaN is a value.
            values = values.array if hasattr(values.array, "__arrow_array__") else values.to_numpy()
        elif isinstance(values, pd.Series):
            values = list(values)
        array = pa.array(values, from_pandas=False)
        return array if array.type == kind else array.cast(kind)
    except pa.ArrowException as error:
        raise SchemaError("the model's predictions", [f"{name!r} cannot hold them as {kind}"]) from error


def _from_array(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """An array of n rows: each row a scalar, or for a list type a vector (or a matrix, and so on)."""
    if not pa.types.is_list(kind):
        flat = values.reshape(len(values), -1)
        if len(values) and flat.shape[1] != 1:
            raise SchemaError("the model's predictions", [f"{flat.shape[1]} values a row do not fit into {kind}"])
        items = values.reshape(-1)
        array = pa.array(items.tolist() if items.dtype == object else items, from_pandas=False)
        return array if array.type == kind else array.cast(kind)
    if values.dtype == object and values.ndim == 1:
        return pa.array(values.tolist(), type=kind)
    width = values.shape[1] if values.ndim > 1 else 1
    inner = _from_array(values.reshape(len(values) * width, *values.shape[2:]), kind.value_type)
    offsets = pa.array(np.arange(0, len(values) * width + 1, width or 1, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, inner).cast(kind)
