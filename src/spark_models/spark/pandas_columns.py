"""pandas' columns, as a pandas UDF is given them, in the types that a model needs: exact, or refused without values."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from spark_models.core.column_types import FIRST_INEXACT, NULLABLE_TYPES, NUMPY_TYPES, struct_fields
from spark_models.spark.arrow_columns import of_arrow

# Spark hands a pandas UDF doubles for a bigint column that has NULLs.
INEXACT = (
    "has numbers from 2**53 on among doubles, which is what Spark hands to pandas for bigint beside NULLs, and some of"
    " them may be numbers that are no doubles: set spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype to"
    " true, score by the engine arrow, or cast it to bigint if it is double"
)

NO_VALUES = "is {given}, and some of its values are no {kind}, which the model needs: cast it first"

# Spark's names of what pandas holds: as it is, and among objects, where the first that fits counts.
_DTYPES = {**{numpy: kind for kind, numpy in NUMPY_TYPES.items()}, "int8": "tinyint", "int16": "smallint"}
_KINDS = {"M": "timestamp", "m": "interval"}
_OBJECTS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "string"),
    ((bool, np.bool_), "boolean"),
    (Decimal, "decimal"),
    (datetime, "timestamp"),
    (date, "date"),
    ((bytes, bytearray, memoryview), "binary"),
    (dict, "map"),
    ((list, np.ndarray), "array"),
)

_NUMBERS = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double"})
# What may become what, value by value for numbers; all NULL ("void") is anything. Other types are taken as they come.
_SOURCES = {
    **dict.fromkeys(("int", "bigint", "double"), _NUMBERS | {"decimal"}),
    "float": _NUMBERS,
    "boolean": frozenset({"boolean"}),
    "string": frozenset({"string"}),
    "binary": frozenset({"binary"}),
    "timestamp": frozenset({"timestamp", "date"}),
}


class UnfitError(Exception):
    """A column that cannot be had in the type that is needed; the message says why, and holds no values."""


def of_pandas(column: pd.Series, kind: str, *, nulls: bool | None, rounded: bool = False) -> Any:
    """The column in the type that a model needs.

    Args:
        column: n values.
        kind: The Spark type that the model needs.
        nulls: Whether whole numbers and booleans are handed over as nullable; None if the batch decides.
        rounded: Whether doubles may become the nearest floats, as in tensors.

    Raises:
        UnfitError: if it is of another type, or some of its values are none of the type.
        TypeError, ValueError: if there are NULLs and they are not to be handed over.
    """
    nullable = NULLABLE_TYPES.get(kind)
    wanted = nullable if nullable and (column.hasnans if nulls is None else nulls) else NUMPY_TYPES.get(kind)
    # numpy takes None for float64.
    if (wanted is not None and column.dtype == wanted) or kind not in _SOURCES:
        return column
    given = _given(column)
    if given not in _SOURCES[kind] | {"void"}:
        raise UnfitError(f"is {given}, the model needs {kind}: cast it first")
    if kind == "timestamp":
        return column.astype("datetime64[ns]") if column.dtype == object else column
    if wanted is None:
        return column
    if given in _NUMBERS:
        _require_same(column, given, kind, rounded=rounded)
    elif kind == "boolean":
        return _booleans(column, wanted)
    elif kind != "double":
        return _whole(column, given, kind, nulls=nulls)
    return column.astype(wanted)  # type: ignore[call-overload]  # the stubs want one literal each


def records(columns: pd.DataFrame, kind: str) -> list[dict[Any, Any]]:
    """A dict for each row, in which whole numbers and booleans beside NULLs are what they are, and NULLs None.

    Args:
        columns: A struct's fields, as pandas UDFs are given them.
        kind: The struct's type, as a signature's types are written.

    Raises:
        UnfitError: if a field is of another type, or some of its values are none of it.
    """
    kinds = struct_fields(kind)
    typed = {str(name): _field(str(name), column, kinds) for name, column in columns.items()}
    is_nullable = {name: column.dtype in NULLABLE_TYPES.values() for name, column in typed.items()}
    plain = {
        name: pd.Series(pa.array(column).to_pylist(), dtype=object) if is_nullable[name] else column
        for name, column in typed.items()
    }
    return pd.DataFrame(plain, copy=False).to_dict("records")


def _field(name: str, column: pd.Series, kinds: Mapping[str, str]) -> Any:
    try:
        return of_pandas(column, kinds.get(name, ""), nulls=None)
    except UnfitError as error:
        raise UnfitError(f"has a field {name!r} that {error}") from None


def arrays(column: pd.Series | np.ndarray, kind: str) -> pd.Series | np.ndarray:
    """A column of arrays, each of the type that its own values have, whatever the batch has beside it; others as given.

    Raises:
        UnfitError: if an array's values are of another type.
    """
    if not kind.startswith("array<"):
        return column
    item = kind[len("array<") : -1]
    if item == "timestamp" or item.startswith(("struct<", "map<")):
        return pd.Series([_nested_array(value, item) for value in column], dtype=object)
    wanted = NUMPY_TYPES[item] if item in NULLABLE_TYPES else None
    # Arrays of one length come as a matrix, which is no column.
    return pd.Series([_whole_array(value, wanted) for value in column], dtype=object)


def _nested_array(value: Any, item: str) -> Any:
    """Spark hands pandas UDFs empty arrays as ones of doubles, and times as objects."""
    if value is None:
        return None
    return pd.DatetimeIndex(value).as_unit("ns").to_numpy() if item == "timestamp" else value.astype(object)


def _whole_array(value: Any, wanted: str | None) -> Any:
    """With NULLs among its whole numbers or booleans an array is one of objects, and of their own type without."""
    is_of_objects = isinstance(value, np.ndarray) and value.dtype.kind == "O"
    if wanted is None or not is_of_objects or any(item is None for item in value):
        return value
    typed = value.astype(wanted)
    if (typed != value).any():
        raise UnfitError(f"has arrays whose values are no {wanted}: cast it first")
    return typed


def survives(values: np.ndarray, dtype: str, *, rounded: bool = False) -> bool:
    """Whether numbers are the same in another of numpy's types.

    Args:
        values: Numbers, NaN and infinities among them.
        dtype: The type.
        rounded: Whether floats may go to the nearest ones, but not to infinity.
    """
    source, target = values.dtype, np.dtype(dtype)
    # numpy calls int64 to float64 safe.
    is_wide = source == target or source.kind == target.kind or source.itemsize < target.itemsize
    if is_wide and np.can_cast(source, target):
        return True
    with np.errstate(invalid="ignore", over="ignore"):
        there = values.astype(target)
        if rounded and source.kind == target.kind == "f":
            return bool((np.isinf(there) == np.isinf(values)).all())
        same = there.astype(source) == values
    if source.kind == target.kind == "f":
        same |= np.isnan(values)
    for floats, wholes in ((values, target), (there, source)):
        if floats.dtype.kind == "f" and wholes.kind in "iu":
            # Casts may stop at the largest whole number as if a float could hold it.
            same &= floats < np.iinfo(wholes).max + 1.0
    return bool(same.all())


def _given(column: pd.Series) -> str:
    """What Spark calls what the column holds; of objects the first one says it."""
    dtype = column.dtype
    if dtype.kind != "O":
        # pandas' nullable types are called as numpy's, with a capital letter.
        return _DTYPES.get(dtype.name.lower()) or _KINDS.get(dtype.kind, dtype.name)
    first = next((value for value in column if not _is_null(value)), None)
    if first is None:
        return "void"
    found = (kind for types, kind in _OBJECTS if isinstance(first, types))
    return next(found, f"objects of type {type(first).__name__}")


def _is_null(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _require_same(column: pd.Series, given: str, kind: str, *, rounded: bool) -> None:
    dtype: Any = column.dtype
    values = column.to_numpy() if isinstance(dtype, np.dtype) else column.dropna().to_numpy(dtype.numpy_dtype)
    if kind in NULLABLE_TYPES and values.dtype.kind == "f":
        # As which Spark hands over NULLs.
        values = values[~np.isnan(values)]
    if not survives(values, NUMPY_TYPES[kind], rounded=rounded):
        raise UnfitError(NO_VALUES.format(given=given, kind=kind))
    if kind == "bigint" and values.dtype == np.float64 and (np.abs(values) >= FIRST_INEXACT).any():
        raise UnfitError(INEXACT)


def _whole(column: pd.Series, given: str, kind: str, *, nulls: bool | None) -> Any:
    """Whole numbers from decimals."""
    try:
        return of_arrow(pa.array(column, from_pandas=True), kind, nulls=nulls)
    except pa.ArrowException:
        raise UnfitError(NO_VALUES.format(given=given, kind=kind)) from None


def _booleans(column: pd.Series, wanted: str) -> Any:
    if wanted == NUMPY_TYPES["boolean"] and column.hasnans:
        raise ValueError("to numpy a NULL is False")
    return column.astype(wanted)  # type: ignore[call-overload]  # see above
