"""Whether two ways of predicting the same rows agree: what decides which of them a worker may take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


def disagreement(expected: Any, found: Any, *, relative: float = 0.0) -> str | None:
    """How predictions differ from the expected ones, without their values; None if they agree.

    Args:
        expected: Predictions as a library gives them: an array, a Series, a DataFrame, a list, or arrays by name.
        found: Others for the same rows.
        relative: How far apart two numbers may be, as a share of the larger one; at 0 they must be the same.

    Missing values agree with missing values only, in the same places; numbers agree whatever their width, if they
    are of one kind (boolean, whole or floating).
    """
    if isinstance(expected, (pd.DataFrame, Mapping)):
        return _of_columns(expected, found, relative)
    left, right = _array(expected), _array(found)
    if left.shape != right.shape:
        return f"the shape is {right.shape} instead of {left.shape}"
    if left.dtype.kind != right.dtype.kind:
        return f"the values are {right.dtype} instead of {left.dtype}"
    differing = int(np.count_nonzero(~_same(left, right, relative)))
    return f"{differing} of {left.size} values differ" if differing else None


@dataclass(frozen=True)
class Refused:
    """What kind of exception a way of predicting raised; its message may hold values from rows."""

    kind: str


def predictions_or_refusal(predict: Callable[[Any], Any], rows: Any) -> Any:
    """What a way of predicting makes of rows, or a :class:`Refused` if it raises."""
    try:
        # A copy: a model may change what it is given.
        return predict(rows.copy())
    except Exception as error:  # noqa: BLE001  # a model may raise anything
        return Refused(type(error).__name__)


def _of_columns(expected: Any, found: Any, relative: float) -> str | None:
    names = list(expected)
    if not isinstance(found, (pd.DataFrame, Mapping)) or list(found) != names:
        return "the columns have other names"
    for name in names:
        if problem := disagreement(np.asarray(expected[name]), np.asarray(found[name]), relative=relative):
            return f"column {name!r}: {problem}"
    return None


def _array(predictions: Any) -> np.ndarray:
    dense = predictions.toarray() if hasattr(predictions, "toarray") else predictions
    try:
        array = np.asarray(dense)
    except ValueError:  # lists of different lengths
        array = np.empty(len(dense), dtype=object)
        array[:] = dense
    # numpy would write a list's None as text if there is text beside it.
    return array.astype(object) if array.dtype.kind in "US" else array


def _same(left: np.ndarray, right: np.ndarray, relative: float) -> np.ndarray:
    if left.dtype.kind == "O":
        pairs = zip(left.ravel().tolist(), right.ravel().tolist(), strict=True)
        return np.array([_same_object(one, other) for one, other in pairs], dtype=bool)
    equal: np.ndarray = np.equal(left, right)
    if left.dtype.kind != "f":
        return equal
    if relative:
        with np.errstate(invalid="ignore", over="ignore"):
            near = np.abs(left - right) <= relative * np.maximum(np.abs(left), np.abs(right))
        # Any number is near to an infinite one by that formula.
        equal |= near & np.isfinite(left) & np.isfinite(right)
    both_missing: np.ndarray = np.isnan(left) & np.isnan(right)
    return np.logical_or(equal, both_missing)  # type: ignore[no-any-return]  # numpy's ufuncs give Any


def _same_object(one: Any, other: Any) -> bool:
    if isinstance(one, (np.ndarray, list, tuple)) and isinstance(other, (np.ndarray, list, tuple)):
        return len(one) == len(other) and all(map(_same_object, one, other))
    if pd.api.types.is_scalar(one) and pd.isna(one):
        return one is other or (one is not None and other is not None and bool(pd.isna(other)))
    return bool(one == other)
