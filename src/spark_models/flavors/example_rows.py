"""Rows to try a model on: its input example, and made-up ones with what tends to be treated differently.

They are typed as Spark would hand them over: see ``spark_models.spark.batches.model_input``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spark_models.core.column_types import NULLABLE_TYPES, NUMPY_TYPES
from spark_models.core.signature import Signature, Tensor

# How many rows of the input example are taken, and how many are mixed from their values.
EXAMPLES, MIXED = 100, 16
# An odd value goes into every STRIPES-th column of a row, so that wide models do not get more rows than narrow ones.
STRIPES = 4

_MISSING = None
_ODD_WHOLE = (0, -1, 1)
_ODD: Mapping[str, Sequence[Any]] = {
    "double": (_MISSING, np.nan, np.inf, -np.inf, *np.finfo(np.float64).max * np.array([1, -1]), 5e-324, -0.0, 1 / 3),
    "float": (_MISSING, np.nan, np.inf, -np.inf, *np.finfo(np.float32).max * np.array([1, -1]), 1e-45, -0.0, 1 / 3),
    "bigint": (_MISSING, np.iinfo(np.int64).max, np.iinfo(np.int64).min, 2**53 + 1, *_ODD_WHOLE),
    "int": (_MISSING, np.iinfo(np.int32).max, np.iinfo(np.int32).min, 2**24 + 1, *_ODD_WHOLE),
    "boolean": (_MISSING, True, False),
    "string": (_MISSING, "", "a category that nobody has seen"),
    "binary": (_MISSING, b""),
    "timestamp": (_MISSING, pd.Timestamp(0), pd.Timestamp.max.floor("us"), pd.Timestamp.min.ceil("us")),
}
# What a column holds if there is no input example.
_PLAIN: Mapping[str, Any] = {
    "double": 1.5, "float": 1.5, "bigint": 1, "int": 1, "boolean": True, "string": "a", "binary": b"a",
    "timestamp": pd.Timestamp("2013-01-01"),
}  # fmt: skip


def batches_to_try(signature: Signature, example: Any) -> Iterator[tuple[str, Any]]:
    """Batches of rows, the same ones each time, with what to call them.

    Args:
        signature: What the rows must be.
        example: The input example as MLflow gives it (a DataFrame, an array, arrays by name), or None.

    Yields:
        DataFrames, or arrays for a signature of one unnamed tensor: the input example, rows mixed from its values,
        and for each kind of odd value (NULL, NaN, infinite, extreme, unseen) rows that hold it.

    Raises:
        TypeError, ValueError, KeyError, OverflowError: if the example does not fit the signature.
    """
    columns = [_column(signature, place, example) for place in range(len(signature.inputs))]
    if example is not None:
        length = max(len(column.plain) for column in columns)
        yield "the input example", _batch(signature, columns, [column.repeated(length) for column in columns])
    mix = np.random.default_rng(0)
    yield "mixed rows", _batch(signature, columns, [column.mixed(mix) for column in columns])
    for turn in range(max(len(column.odd) for column in columns)):
        rows = [
            [column.odd_at(turn, stripe, place) for stripe in range(STRIPES)] for place, column in enumerate(columns)
        ]
        yield "rows with missing, extreme or unseen values", _batch(signature, columns, rows)


@dataclass(frozen=True)
class _Column:
    """An input's plain values, from the example, and odd ones; a tensor's are arrays of ``shape``, one a row."""

    name: str
    type: str
    plain: list[Any]
    odd: Sequence[Any]
    shape: tuple[int, ...] | None = None
    dtype: str | None = None

    def repeated(self, length: int) -> list[Any]:
        """The plain values, over and over: an optional input that the example lacks has only one."""
        return [self.plain[place % len(self.plain)] for place in range(length)]

    def mixed(self, mix: np.random.Generator) -> list[Any]:
        """Numbers of the size of the example's, and its other values in another order."""
        chosen = [self.plain[place] for place in mix.integers(0, len(self.plain), MIXED)]
        factors = mix.uniform(-2, 2, (MIXED, *(self.shape or ())))
        if self.shape is not None and self.type in NUMPY_TYPES:
            return [_fitting(value * factor, self.dtype) for value, factor in zip(chosen, factors, strict=True)]
        if self.type in {"double", "float"}:
            return [None if v is None else v * factor for v, factor in zip(chosen, factors.tolist(), strict=True)]
        return chosen

    def odd_at(self, turn: int, stripe: int, place: int) -> Any:
        """The column's value in one of the rows of a turn: odd in some rows, plain in the others."""
        plain = self.plain[stripe % len(self.plain)]
        if not self.odd:
            return plain
        odd = self.odd[turn % len(self.odd)]
        if self.shape is None:
            return odd if place % STRIPES == stripe else plain
        array = np.array(plain)
        array.reshape(-1)[stripe::STRIPES] = odd
        return array


def _column(signature: Signature, place: int, example: Any) -> _Column:
    spec, name = signature.inputs[place], signature.input_names[place]
    if isinstance(spec, Tensor):
        return _tensor_column(name, spec, example if signature.is_tensor else _named(example, spec.name))
    given = _named(example, spec.name if spec.name is not None else place)
    values = [None if _is_null(value) else value for value in list(given)[:EXAMPLES]] if given is not None else []
    # Optional inputs may be missing in the example.
    instead = [_PLAIN.get(spec.type) if example is None else None]
    return _Column(name, spec.type, values or instead, _ODD.get(spec.type, (_MISSING,)))


def _tensor_column(name: str, spec: Tensor, given: Any) -> _Column:
    values = [np.asarray(value) for value in list(given)[:EXAMPLES]] if given is not None else []
    shape = values[0].shape if values else tuple(1 if size < 0 else size for size in spec.shape[1:])
    if spec.type not in NUMPY_TYPES:
        return _Column(name, spec.type, values or [np.full(shape, "a", dtype=object)], (), shape, spec.dtype)
    # A tensor has no NULLs, and only the whole numbers that its type holds.
    odd = [value for value in _ODD[spec.type] if value is not None and _fits(value, spec.dtype)]
    return _Column(name, spec.type, values or [np.ones(shape, dtype=spec.dtype)], odd, shape, spec.dtype)


def _named(example: Any, name: Any) -> Any:
    if example is None:
        return None
    if isinstance(example, (pd.DataFrame, Mapping)):
        return example.get(name)
    table = np.asarray(example)
    return table[:, name] if table.ndim > 1 else table


def _is_null(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _fits(value: float, dtype: str | None) -> bool:
    kind = np.dtype(dtype)
    return kind.kind not in "iu" or np.iinfo(kind).min <= value <= np.iinfo(kind).max


def _fitting(array: np.ndarray, dtype: str | None) -> np.ndarray:
    kind = np.dtype(dtype)
    return np.clip(array, np.iinfo(kind).min, np.iinfo(kind).max) if kind.kind in "iu" else array


def _batch(signature: Signature, columns: Sequence[_Column], rows: Sequence[Sequence[Any]]) -> Any:
    typed = [_typed(column, values) for column, values in zip(columns, rows, strict=True)]
    if signature.is_tensor:
        return np.stack(list(typed[0])) if len(typed[0]) else np.asarray(typed[0])
    return pd.DataFrame({column.name: series for column, series in zip(columns, typed, strict=True)})


def _typed(column: _Column, values: Sequence[Any]) -> pd.Series:
    if column.shape is not None and column.dtype in {"object", "str"}:
        return _objects([np.asarray(value, dtype=object) for value in values])
    if column.shape is not None:
        arrays = [np.asarray(value).astype(column.dtype) for value in values]
        return _objects(arrays) if column.shape else pd.Series(np.array(arrays).astype(NUMPY_TYPES[column.type]))
    if column.type == "timestamp":
        return pd.Series(pd.to_datetime(pd.Series(list(values), dtype=object))).astype("datetime64[ns]")
    missing = any(value is None for value in values)
    wanted = (NULLABLE_TYPES if missing else {}).get(column.type) or NUMPY_TYPES.get(column.type)
    return _objects(values) if wanted is None else pd.Series(list(values), dtype=object).astype(wanted)  # type: ignore[call-overload]  # the stubs want one literal each


def _objects(values: Sequence[Any]) -> pd.Series:
    """A column of Python's objects, arrays among them."""
    array = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        array[place] = value
    return pd.Series(array)
