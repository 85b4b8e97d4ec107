"""Batches in workers: Spark's columns to the model's input, and its predictions to exact Arrow columns.

The errors here say which column or type does not fit, and never why in pandas' or Arrow's words: those quote values.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from spark_models.core.column_types import NULLABLE_TYPES, NUMPY_TYPES
from spark_models.core.plan import PlannedInput
from spark_models.errors import DataError, SchemaError
from spark_models.spark.arrow_columns import of_arrow

# What pandas, numpy and Arrow raise about values that do not fit.
_MISFITS = (pa.ArrowException, ArithmeticError, TypeError, ValueError)

# Spark hands a pandas UDF doubles for a bigint column that has NULLs: from here on, this double is two whole numbers.
FIRST_INEXACT = 2.0**53
INEXACT = (
    "a bigint column has NULLs, and numbers that are no doubles, which is what Spark hands to pandas: set"
    " spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype to true, or score by the engine arrow"
)

INPUT, PREDICTIONS = "the model's input", "the model's predictions"


# pandas', or Arrow's, which is Any to a type checker.
Column: TypeAlias = pd.Series | pd.DataFrame | Any


def model_input(inputs: Sequence[PlannedInput], columns: Sequence[Column], *, tensor: bool) -> Any:
    """The model's input: a DataFrame named and typed by the signature, or an array for a tensor.

    Args:
        inputs: The signature's inputs, in order.
        columns: As many columns of n rows, Arrow's or pandas'; in a pandas UDF a struct is a DataFrame.
        tensor: Whether the signature's input is one unnamed tensor, from one column of arrays or several of scalars.

    Returns:
        A DataFrame of n rows; for a tensor an array of n rows.

    Raises:
        SchemaError: if a column does not hold what its input needs.
    """
    if tensor:
        return _tensor(inputs[0], columns)
    names = [planned.name for planned in inputs]
    typed = [_typed(planned, column) for planned, column in zip(inputs, columns, strict=True)]
    if len(typed) > 1 and all(isinstance(column, np.ndarray) and column.dtype == typed[0].dtype for column in typed):
        # One block of memory for all: pandas would make as many as there are columns, and libraries one again.
        return pd.DataFrame(np.stack(typed).T, columns=names, copy=False)
    return pd.DataFrame(dict(zip(names, typed, strict=True)), copy=False)


def _tensor(planned: PlannedInput, columns: Sequence[Column]) -> np.ndarray:
    try:
        parts = [of_arrow(column) if isinstance(column, pa.Array) else column.to_numpy() for column in columns]
        array = _stacked(parts[0]) if len(parts) == 1 else np.column_stack(parts)
        typed = array if planned.dtype in {None, "object", "str"} else array.astype(str(planned.dtype))
    except _MISFITS:
        raise SchemaError(INPUT, [f"its arrays are not all of one shape, or hold more than {planned.dtype}"]) from None
    if typed.dtype.kind in "iu" and (typed != array).any():
        raise SchemaError(INPUT, [f"its arrays hold numbers that {planned.dtype} cannot"])
    return typed


def _stacked(values: Any) -> np.ndarray:
    """One array from a column of arrays (of arrays, and so on) of one shape."""
    array = np.asarray(values)
    nested = array.dtype == object and len(array) > 0 and isinstance(array[0], (list, np.ndarray))
    return np.stack([_stacked(value) for value in array]) if nested else array


def _typed(planned: PlannedInput, column: Column) -> pd.Series | np.ndarray:
    if isinstance(column, pd.DataFrame):
        return pd.Series(column.to_dict("records"), index=column.index, dtype=object)
    try:
        if not isinstance(column, pa.Array):
            return _arrays(planned, _of_pandas(column, planned.type, nulls=planned.nulls))
        return _arrays(planned, of_arrow(column, planned.type, nulls=planned.nulls))
    except _MISFITS:
        raise SchemaError(INPUT, [f"the column for {planned.name!r} is not {planned.type}: cast it first"]) from None


def _arrays(planned: PlannedInput, column: pd.Series | np.ndarray) -> pd.Series | np.ndarray:
    """A column of arrays, each of the type that its own values have, whatever the batch has beside it."""
    if not planned.type.startswith("array<"):
        return column
    item = planned.type[len("array<") : -1]
    wanted = NUMPY_TYPES[item] if item in NULLABLE_TYPES else None
    # Arrays of one length come as a matrix, which is no column.
    return pd.Series([_whole_array(value, wanted) for value in column], dtype=object)


def _whole_array(value: Any, wanted: str | None) -> Any:
    """With NULLs among its whole numbers or booleans an array is one of objects, and of their own type without."""
    is_of_objects = isinstance(value, np.ndarray) and value.dtype.kind == "O"
    if wanted is None or not is_of_objects or any(item is None for item in value):
        return value
    return value.astype(wanted)


def _of_pandas(column: pd.Series, kind: str, *, nulls: bool | None) -> pd.Series:
    nullable = NULLABLE_TYPES.get(kind)
    wanted = nullable if nullable and (column.hasnans if nulls is None else nulls) else NUMPY_TYPES.get(kind)
    if kind == "bigint" and column.dtype == np.float64 and (column.abs() >= FIRST_INEXACT).any():
        raise SchemaError(INPUT, [INEXACT])
    return column if wanted is None or column.dtype == wanted else column.astype(wanted)  # type: ignore[call-overload]  # the stubs want one literal each


def arrow_columns(
    predictions: Any, rows: int, fields: Sequence[tuple[str, pa.DataType]], *, is_struct: bool = False
) -> list[pa.Array]:
    """The predictions as one Arrow array a field, NULL and NaN as the model gave them.

    Args:
        predictions: What the model gave: an array, a Series, a DataFrame, a list, or arrays by name.
        rows: How many there must be.
        fields: Names and types: a struct's fields, or the one that is the whole result.
        is_struct: Fields of a struct take a DataFrame by its columns' names, anything else by position.

    Raises:
        SchemaError: if the model gave another number of rows or columns.
        DataError: if a type cannot hold some of the values.
    """
    names = [name for name, _ in fields]
    parts = _fields(predictions, names) if is_struct else [_whole(predictions)]
    for part in parts:
        if _length(part) != rows:
            raise SchemaError(PREDICTIONS, [f"{rows} rows went in, predictions for {_length(part)} came out"])
    return [_arrow(part, kind, name) for part, (name, kind) in zip(parts, fields, strict=True)]


def _length(part: Any) -> int | str:
    return len(part) if hasattr(part, "__len__") else f"a single {type(part).__name__}"


def _fields(predictions: Any, names: list[str]) -> list[Any]:
    """The predictions taken apart into a column for each field of a struct."""
    if isinstance(predictions, pd.DataFrame):
        predictions = predictions.rename(columns=str)
    if not isinstance(predictions, (pd.DataFrame, Mapping)):
        return _columns_of_matrix(_dense(predictions), names)
    missing = [f"column {name!r} is missing" for name in names if name not in predictions]
    if missing:
        raise SchemaError(PREDICTIONS, missing)
    return [predictions[name] for name in names]


def _whole(predictions: Any) -> Any:
    """The predictions as the one value of each row: the only column, whatever its shape, or all columns as arrays."""
    if isinstance(predictions, Mapping) and len(predictions) == 1:
        (predictions,) = predictions.values()
    if isinstance(predictions, Mapping):
        predictions = pd.DataFrame(dict(predictions))
    if isinstance(predictions, pd.DataFrame):
        return predictions.iloc[:, 0] if predictions.shape[1] == 1 else predictions.to_numpy()
    return _dense(predictions)


def _dense(predictions: Any) -> Any:
    """An array of scipy's sparse matrices, from a transform for example."""
    return predictions.toarray() if hasattr(predictions, "toarray") else predictions


def _columns_of_matrix(predictions: Any, names: list[str]) -> list[Any]:
    if len(names) == 1:
        return [predictions]
    try:
        matrix = np.asarray(predictions)
    except ValueError:
        raise SchemaError(PREDICTIONS, ["they have different numbers of values"]) from None
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise SchemaError(PREDICTIONS, [f"{len(names)} values a row are needed, the shape is {matrix.shape}"])
    return [matrix[:, place] for place in range(len(names))]


def _arrow(values: Any, kind: pa.DataType, name: str) -> pa.Array:
    try:
        array = _array(values, kind)
        if pa.types.is_timestamp(kind) and pa.types.is_timestamp(array.type) and kind.tz and not array.type.tz:
            # A time without a zone is one of the session's, as in the model's input.
            array = pc.assume_timezone(array, kind.tz, ambiguous="earliest", nonexistent="latest")
        return array if array.type == kind else array.cast(kind)
    except _MISFITS:
        raise DataError(PREDICTIONS, [f"some of {name!r} cannot be held as {kind}"]) from None


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, np.ndarray) and (values.ndim > 1 or pa.types.is_list(kind)):
        return _from_matrix(values, kind)
    if pa.types.is_string(kind):
        return pa.array(_texts(values), type=kind)
    if isinstance(values, pd.Series) and values.dtype != object:
        values = values.array
    # Only pandas' own nullable types know NULL; in a numpy float, NaN is a value.
    if hasattr(values, "__arrow_array__") or (isinstance(values, np.ndarray) and values.dtype != object):
        return pa.array(values, from_pandas=False)
    return pa.array(list(values), type=kind if pa.types.is_nested(kind) else None, from_pandas=False)


def _texts(values: Any) -> list[str | None]:
    """Texts, and Python's own for anything else; among objects, NaN is how pandas says NULL."""
    objects = getattr(getattr(values, "dtype", None), "kind", "O") == "O"
    return [None if _is_null(value, objects=objects) else str(value) for value in values]


def _is_null(value: Any, *, objects: bool) -> bool:
    return value is None or value is pd.NA or (objects and isinstance(value, float) and math.isnan(value))


def _from_matrix(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """An array of n rows: each row a scalar, or for a list type a vector (or a matrix, and so on)."""
    rows, width = len(values), math.prod(values.shape[1:2])
    if not pa.types.is_list(kind):
        if values.size != rows:
            raise SchemaError(PREDICTIONS, [f"{values.size // rows} values a row do not fit into {kind}"])
        return _array(values.reshape(rows), kind)
    if values.dtype == object:
        return pa.array(values.tolist(), type=kind)
    items = _arrow(values.reshape(rows * width, *values.shape[2:]), kind.value_type, "item")
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32) * width, pa.int32()), items)
