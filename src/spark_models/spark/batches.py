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

from spark_models.core.plan import PlannedInput
from spark_models.errors import DataError, SchemaError
from spark_models.spark.arrow_columns import of_arrow
from spark_models.spark.pandas_columns import UnfitError, arrays, of_pandas, records
from spark_models.spark.row_values import MISFITS, by_name, nested, texts
from spark_models.spark.tensors import tensor_of

# Arrays that are converted as what they are, with their own NULLs.
_ARRAYS = (np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)

INPUT, PREDICTIONS = "the input", "the predictions"


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
    typed = _all_typed(inputs, columns)
    if len(typed) > 1 and all(isinstance(column, np.ndarray) and column.dtype == typed[0].dtype for column in typed):
        # One block of memory for all: pandas would make as many as there are columns, and libraries one again.
        return pd.DataFrame(np.stack(typed).T, columns=names, copy=False)
    return pd.DataFrame(dict(zip(names, typed, strict=True)), copy=False)


def rows_with_nulls(inputs: Sequence[PlannedInput], columns: Sequence[Column]) -> np.ndarray:
    """Which of n rows have a NULL in a column whose type for the model depends on it."""
    found = np.zeros(len(columns[0]), bool)
    for planned, column in zip(inputs, columns, strict=True):
        if not planned.depends_on_nulls or isinstance(column, pd.DataFrame):
            continue
        if isinstance(column, pa.Array):
            found |= column.is_null().to_numpy(zero_copy_only=False)
        elif not (isinstance(column.dtype, np.dtype) and column.dtype.kind in "biu"):
            found |= column.isna().to_numpy()
    return found


def _tensor(planned: PlannedInput, columns: Sequence[Column]) -> np.ndarray:
    try:
        return tensor_of(planned, columns)
    except UnfitError as error:
        raise SchemaError(INPUT, [f"the column for {planned.name!r} {error}"]) from None


def _all_typed(inputs: Sequence[PlannedInput], columns: Sequence[Column]) -> list[pd.Series | np.ndarray]:
    typed, problems = [], []
    for planned, column in zip(inputs, columns, strict=True):
        try:
            typed.append(_typed(planned, column))
        except UnfitError as error:
            problems.append(f"the column for {planned.name!r} {error}")
        except MISFITS as error:
            problems.append(f"the column for {planned.name!r} {_misfit(planned, column)} ({type(error).__name__})")
    if problems:
        raise SchemaError(INPUT, problems)
    return typed


def _typed(planned: PlannedInput, column: Column) -> pd.Series | np.ndarray:
    if planned.shape:
        return pd.Series(list(tensor_of(planned, [column])), dtype=object)
    if isinstance(column, pd.DataFrame):
        return pd.Series(records(column, planned.type), index=column.index, dtype=object)
    if isinstance(column, pa.Array):
        return arrays(of_arrow(column, planned.type, nulls=planned.nulls), planned.type)
    # Only tensors have a type of numpy's.
    is_rounded = planned.dtype is not None
    return arrays(of_pandas(column, planned.type, nulls=planned.nulls, rounded=is_rounded), planned.type)


def _misfit(planned: PlannedInput, column: Column) -> str:
    """Why a column cannot be had in its type."""
    if planned.type == "timestamp" and isinstance(column, pa.Array) and pa.types.is_timestamp(column.type):
        return "has times before 1677 or after 2262, which are no nanoseconds of numpy's: leave such rows out"
    return f"is not {planned.type}: cast it first"


def arrow_columns(
    predictions: Any, rows: int, fields: Sequence[tuple[str, pa.DataType]], *, is_struct: bool = False
) -> list[pa.Array]:
    """The predictions as one Arrow array a field, NULL and NaN as the model gave them.

    Args:
        predictions: What the model gave: an array, a Series, a DataFrame, a list, arrays by name, or a list of dicts
            or of pydantic's models.
        rows: How many there must be.
        fields: Names and types: a struct's fields, or the one that is the whole result.
        is_struct: Fields of a struct take what has names by them, anything else by position.

    Raises:
        SchemaError: if the model gave another number of rows or columns.
        DataError: if a type cannot hold some of the values.
    """
    names = [name for name, _ in fields]
    parts = _fields(predictions, names) if is_struct else [_whole(predictions, fields[0][1])]
    for part in parts:
        if _length(part) != rows:
            raise SchemaError(PREDICTIONS, [f"{rows} rows went in, predictions for {_length(part)} came out"])
    return [_arrow(part, kind, name) for part, (name, kind) in zip(parts, fields, strict=True)]


def _length(part: Any) -> int | str:
    return (
        len(part)
        if hasattr(part, "__len__") and getattr(part, "ndim", None) != 0
        else f"a single {type(part).__name__}"
    )


def _fields(predictions: Any, names: list[str]) -> list[Any]:
    """The predictions taken apart into a column for each field of a struct."""
    predictions = by_name(predictions)
    if isinstance(predictions, pd.DataFrame):
        predictions = predictions.rename(columns=str)
    if not isinstance(predictions, (pd.DataFrame, Mapping)):
        return _columns_of_matrix(_dense(predictions), names)
    missing = [f"column {name!r} is missing" for name in names if name not in predictions]
    if missing:
        raise SchemaError(PREDICTIONS, missing)
    return [predictions[name] for name in names]


def _whole(predictions: Any, kind: pa.DataType) -> Any:
    """The predictions as the one value of each row: the only column, whatever its shape, or all columns as arrays."""
    if not pa.types.is_map(kind):
        predictions = by_name(predictions)
    if not isinstance(predictions, (pd.DataFrame, Mapping)) or _is_matrix(predictions):
        return _dense(predictions.to_numpy() if _is_matrix(predictions) else predictions)
    columns = [(str(name), column) for name, column in predictions.items()]
    if len(columns) == 1:
        return _dense(columns[0][1])
    if not pa.types.is_list(kind):
        raise SchemaError(PREDICTIONS, [f"{len(columns)} values a row do not fit into {kind}"])
    return _side_by_side(columns, kind)


def _is_matrix(predictions: Any) -> bool:
    """Whether a DataFrame is one of numpy's matrices with names."""
    kinds = set(predictions.dtypes) if isinstance(predictions, pd.DataFrame) and predictions.shape[1] > 1 else set()
    return len(kinds) == 1 and all(isinstance(kind, np.dtype) and kind.kind != "O" for kind in kinds)


def _side_by_side(columns: Sequence[tuple[str, Any]], kind: pa.DataType) -> pa.Array:
    """An array a row of what columns hold, each converted by itself: numpy would take them all for one type."""
    parts = [_arrow(column, kind.value_type, name) for name, column in columns]
    rows, width = len(parts[0]), len(parts)
    if any(len(part) != rows for part in parts):
        raise SchemaError(PREDICTIONS, ["they have different numbers of values"])
    by_row = np.arange(rows * width).reshape(width, rows).T.ravel()
    return _lists(pa.concat_arrays(parts).take(pa.array(by_row)), rows)


def _lists(items: pa.Array, rows: int, mask: pa.Array | None = None) -> pa.Array:
    """An array a row, all of as many items; NULL where the mask is true."""
    width = len(items) // max(rows, 1)
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32) * width, pa.int32()), items, mask=mask)


def _dense(predictions: Any) -> Any:
    """An array of scipy's sparse matrices, from a transform for example, and of all that numpy takes for an array."""
    if hasattr(predictions, "toarray"):
        return predictions.toarray()
    is_array = hasattr(predictions, "__array__") and hasattr(predictions, "__len__")
    return np.asarray(predictions) if is_array and not isinstance(predictions, _ARRAYS) else predictions


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
        array = values if isinstance(values, pa.Array) else _array(values, kind)
        if pa.types.is_timestamp(kind) and pa.types.is_timestamp(array.type) and kind.tz and not array.type.tz:
            # A time without a zone is one of the session's, as in the model's input.
            array = pc.assume_timezone(array, kind.tz, ambiguous="earliest", nonexistent="latest")
        return array if array.type == kind else array.cast(kind)
    except MISFITS as error:
        problem = f"some of {name!r} cannot be held as {kind} ({type(error).__name__})"
        raise DataError(PREDICTIONS, [problem]) from None


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, np.ndarray) and (values.ndim > 1 or pa.types.is_list(kind)):
        return _from_matrix(values, kind)
    if pa.types.is_string(kind):
        return pa.array(texts(values), type=kind)
    if pa.types.is_list(kind) and _are_scalars(values):
        items = _arrow(values, kind.value_type, "item")
        return _lists(items, len(items), items.is_null())
    if isinstance(values, pd.Series) and values.dtype != object:
        values = values.array
    # Only pandas' own nullable types know NULL; in a numpy float, NaN is a value.
    if hasattr(values, "__arrow_array__") or (isinstance(values, np.ndarray) and values.dtype != object):
        return pa.array(values, from_pandas=False)
    if pa.types.is_nested(kind):
        return nested(list(values), kind)
    return pa.array(list(values), from_pandas=False)


def _are_scalars(values: Any) -> bool:
    """Whether pandas says of these values that they are no arrays; of objects it says nothing."""
    if not isinstance(values, (pd.Series, pd.api.extensions.ExtensionArray)) or values.dtype == object:
        return False
    return not (isinstance(values.dtype, pd.ArrowDtype) and pa.types.is_nested(values.dtype.pyarrow_dtype))


def _from_matrix(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """An array of n rows: each row a scalar, or for a list type a vector (or a matrix, and so on)."""
    rows, width = len(values), math.prod(values.shape[1:2])
    if not pa.types.is_list(kind):
        if values.size != rows:
            raise SchemaError(PREDICTIONS, [f"{values.size // rows} values a row do not fit into {kind}"])
        return _array(values.reshape(rows), kind)
    if values.dtype == object:
        return nested(values.tolist(), kind)
    items = _arrow(values.reshape(rows * width, *values.shape[2:]), kind.value_type, "item")
    return _lists(items, rows)
