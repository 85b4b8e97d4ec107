"""Scalers and the imputer: each in place, on the matrix that the first of them makes of the columns."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from spark_models.flavors.acceleration.parts import (
    Columns,
    Operations,
    UnusualBatchError,
    missing_kinds,
    numbers,
    texts,
)
from spark_models.flavors.acceleration.step import Folded, Kind


def _as_matrix(kind: Kind, *, doubles_only: bool) -> Callable[[Any], np.ndarray] | None:
    if kind == "numbers":
        return _as_it_is
    if kind == "columns":
        return partial(numbers, nullable=True, doubles_only=doubles_only)
    return None


def _as_it_is(matrix: np.ndarray) -> np.ndarray:
    return matrix


def _scaler(kind: Kind, operations: list[tuple[np.ufunc, Any]]) -> Folded | None:
    """A step of numpy operations in place, each with a fitted row of doubles; None stands for one not to do."""
    wanted = tuple((operation, np.asarray(row)) for operation, row in operations if row is not None)
    if kind not in {"numbers", "columns"} or any(row.dtype != np.float64 for _, row in wanted):
        return None
    run = partial(_scaled, wanted) if kind == "numbers" else partial(numbers, nullable=True, operations=wanted)
    return Folded(run, "numbers")


def _scaled(operations: Operations, matrix: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        for operation, row in operations:
            operation(matrix, row, out=matrix)
    return matrix


def standard_scaler(transformer: Any, kind: Kind) -> Folded | None:
    """``(x - mean) / scale``."""
    mean = transformer.mean_ if transformer.with_mean else None
    return _scaler(kind, [(np.subtract, mean), (np.divide, transformer.scale_)])


def min_max_scaler(transformer: Any, kind: Kind) -> Folded | None:
    """``x * scale + min``."""
    return _scaler(kind, [(np.multiply, transformer.scale_), (np.add, transformer.min_)])


def max_abs_scaler(transformer: Any, kind: Kind) -> Folded | None:
    """``x / scale``."""
    return _scaler(kind, [(np.divide, transformer.scale_)])


def robust_scaler(transformer: Any, kind: Kind) -> Folded | None:
    """``(x - center) / scale``."""
    center = transformer.center_ if transformer.with_centering else None
    scale = transformer.scale_ if transformer.with_scaling else None
    return _scaler(kind, [(np.subtract, center), (np.divide, scale)])


def simple_imputer(transformer: Any, kind: Kind) -> Folded | None:
    """Each column's statistic where a value is missing; a column without a statistic is not folded."""
    if transformer.strategy not in {"mean", "median", "most_frequent", "constant"}:
        return None
    if transformer._fit_dtype.kind == "O":  # noqa: SLF001  # what the library itself goes by
        return _text_imputer(transformer, kind)
    # For these, whole numbers stay whole in the library, and a statistic may not fit.
    matrix_of = _as_matrix(kind, doubles_only=transformer.strategy in {"most_frequent", "constant"})
    is_nan = isinstance(transformer.missing_values, float) and np.isnan(transformer.missing_values)
    fitted_to = {transformer._fit_dtype, transformer._fill_dtype}  # noqa: SLF001  # as above
    if matrix_of is None or not is_nan or fitted_to != {np.dtype(np.float64)}:
        return None
    statistics = transformer.statistics_.astype(np.float64)
    if np.isnan(statistics).any():
        return None
    return Folded(partial(_imputed, matrix_of, statistics), "numbers")


def _imputed(matrix_of: Callable[[Any], np.ndarray], statistics: np.ndarray, batch: Any) -> np.ndarray:
    matrix = matrix_of(batch)
    for column, statistic in zip(matrix.T, statistics, strict=True):
        column[np.isnan(column)] = statistic
    return matrix


def _text_imputer(transformer: Any, kind: Kind) -> Folded | None:
    missing, statistics = transformer.missing_values, list(transformer.statistics_)
    fills_nan = isinstance(missing, float) and np.isnan(missing)
    if kind != "columns" or not all(isinstance(text, str) for text in statistics):
        return None
    if not (missing is None or fills_nan):
        return None
    return Folded(partial(_all_filled, statistics, fills_nan=fills_nan), "texts")


def _all_filled(statistics: Sequence[str], columns: Columns, *, fills_nan: bool) -> Columns:
    filled = zip(columns, statistics, strict=True)
    return tuple(_filled(column, text, fills_nan=fills_nan) for column, text in filled)


def _filled(column: Any, text: str, *, fills_nan: bool) -> np.ndarray:
    values = texts(column)
    none, nan = missing_kinds(values)
    if not fills_nan and nan.any():
        raise UnusualBatchError
    wanted = nan if fills_nan else none
    if wanted.any():
        values = values.copy()
        values[wanted] = text
    return values
