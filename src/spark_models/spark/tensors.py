"""Tensors: columns hold arrays in arrays, or, as MLflow takes them, all values of a row in one array."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from spark_models.core.plan import PlannedInput
from spark_models.spark.arrow_columns import of_arrow
from spark_models.spark.pandas_columns import UnfitError, survives
from spark_models.spark.row_values import MISFITS


def tensor_of(planned: PlannedInput, columns: Sequence[Any]) -> np.ndarray:
    """An array of n rows, in the signature's shape and type.

    Args:
        planned: The tensor, whose rows may have any shape if it does not say which.
        columns: One column of n arrays, or several of n scalars; Arrow's or pandas'.

    Raises:
        UnfitError: if the columns hold something else.
    """
    try:
        parts = [of_arrow(column) if isinstance(column, pa.Array) else np.asarray(column) for column in columns]
        array = _shaped(_stacked(parts[0]), planned.shape) if len(parts) == 1 else np.column_stack(parts)
        with np.errstate(invalid="ignore", over="ignore"):
            typed = array if planned.dtype in {None, "object", "str"} else array.astype(str(planned.dtype))
    except MISFITS as error:
        problem = f"has arrays that are not all of one shape, or hold more than {planned.dtype}"
        raise UnfitError(f"{problem} ({type(error).__name__})") from None
    if not _is_same(array, typed):
        raise UnfitError(f"has arrays with numbers that {planned.dtype} cannot hold: cast them first")
    return typed


def _stacked(values: Any) -> np.ndarray:
    """One array from a column of arrays (of arrays, and so on) of one shape."""
    array = np.asarray(values)
    nested = array.dtype == object and len(array) > 0 and isinstance(array[0], (list, np.ndarray))
    return np.stack([_stacked(value) for value in array]) if nested else array


def _shaped(array: np.ndarray, wanted: tuple[int, ...] | None) -> np.ndarray:
    found = array.shape[1:]
    if wanted is None or _fits(found, wanted):
        return array
    is_flat = len(found) <= 1
    if is_flat and -1 not in wanted and math.prod(found) == math.prod(wanted):
        return array.reshape(-1, *wanted)
    flat = "" if -1 in wanted else f", or of {math.prod(wanted)} values"
    raise UnfitError(f"holds arrays of shape {found}; the model needs them of {wanted}{flat}")


def _fits(found: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether all dimensions are the wanted ones, of which -1 is any."""
    return len(found) == len(wanted) and all(size in {-1, there} for size, there in zip(wanted, found, strict=True))


def _is_same(array: np.ndarray, typed: np.ndarray) -> bool:
    """Whether a tensor's numbers are what they were, or for floats the nearest ones, as MLflow has them."""
    if array.dtype == typed.dtype:
        return True
    if array.dtype.kind == "O":
        return typed.dtype.kind not in "biu" or bool((typed == array).all())
    return array.dtype.kind in "biuf" and survives(array, typed.dtype.str, rounded=True)
