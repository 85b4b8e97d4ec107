"""Rows as batches bring them: a DataFrame whose columns have the signature's types."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spark_models.core.column_types import NULLABLE_TYPES, NUMPY_TYPES
from spark_models.core.signature import Field, Signature

# The least and the largest double that the type holds.
_RANGES = {"bigint": (-(2.0**63), 2.0**63 - 1024), "int": (-(2.0**31), 2.0**31 - 1), "boolean": (0.0, 1.0)}

# Names and Spark's types, in order.
Inputs = tuple[tuple[str, str], ...]


def inputs_of(signature: Signature) -> Inputs | None:
    """The signature's columns, or None if some are neither numbers nor texts."""
    known = [
        (name, spec.type)
        for name, spec in zip(signature.input_names, signature.inputs, strict=True)
        if isinstance(spec, Field) and spec.type in {*NUMPY_TYPES, "string"}
    ]
    return tuple(known) if len(known) == len(signature.inputs) else None


def frame_of(inputs: Inputs, columns: Mapping[str, Sequence[Any] | np.ndarray]) -> pd.DataFrame:
    """A DataFrame of the columns, typed as a worker types them; what a type cannot hold becomes the nearest it can."""
    return pd.DataFrame({name: typed(kind, columns[name]) for name, kind in inputs})


def typed(kind: str, values: Sequence[Any] | np.ndarray) -> pd.Series:
    """A column: whole numbers and booleans in pandas' nullable types where a value is missing."""
    if kind == "string":
        return pd.Series(list(values), dtype=object)
    doubles = pd.Series(np.asarray(values, dtype=np.float64))
    if kind in {"double", "float"}:
        with np.errstate(over="ignore"):
            return doubles.astype(np.dtype(NUMPY_TYPES[kind]))
    missing = doubles.isna()
    whole = doubles.gt(0.5) if kind == "boolean" else doubles.fillna(0.0).clip(*_RANGES[kind]) // 1.0
    exact = whole.astype(np.dtype(NUMPY_TYPES[kind]))
    return exact.astype(pd.api.types.pandas_dtype(NULLABLE_TYPES[kind])).mask(missing) if missing.any() else exact


def neighbours(kind: str, numbers: Sequence[float] | np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each number the column's largest value that is not above it, the value before that, and the one after it.

    As doubles, and as far as the type reaches. Where whole numbers are denser than doubles, the next one is the next
    double, since models see nothing else of them.
    """
    doubles = np.asarray(numbers, dtype=np.float64)
    if kind not in _RANGES:
        return _floating_neighbours(doubles, np.dtype(NUMPY_TYPES.get(kind, "float64")))
    at = np.floor(doubles)
    before = np.minimum(at - 1.0, np.nextafter(at, -np.inf))
    after = np.maximum(at + 1.0, np.nextafter(at, np.inf))
    low, high = _RANGES[kind]
    return np.clip(at, low, high), np.clip(before, low, high), np.clip(after, low, high)


def _floating_neighbours(doubles: np.ndarray, dtype: np.dtype[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    down, up = dtype.type(-np.inf), dtype.type(np.inf)
    with np.errstate(over="ignore", under="ignore"):
        nearest = doubles.astype(dtype)
        at = np.where(nearest > doubles, np.nextafter(nearest, down), nearest)
        found = at, np.nextafter(at, down), np.nextafter(at, up)
    at, before, after = (values.astype(np.float64) for values in found)
    return at, before, after
