"""What flows between the folded steps of a pipeline: columns as they came, matrices of numbers, and codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spark_models.errors import SparkModelsError

_WHOLE = (np.dtype(np.int64), np.dtype(np.int32))
_DOUBLE = np.dtype(np.float64)
_NULLABLE = ("Int64", "Int32")


class UnusualBatchError(SparkModelsError):
    """This batch is none that was folded: the library itself must predict it, or refuse it in its own words."""


@dataclass(frozen=True)
class OneHot:
    """A column as its categories' places, one of ``width`` for each row; -1 where all are zero."""

    codes: np.ndarray
    width: int

    def dense(self) -> np.ndarray:
        """Zeros and ones, of n rows and ``width`` columns, as scipy's ``toarray`` would lay them out."""
        matrix = np.zeros((len(self.codes), self.width))
        rows = np.flatnonzero(self.codes >= 0)
        matrix[rows, self.codes[rows]] = 1.0
        return matrix


Columns = tuple[Any, ...]
# Functions of numpy's, each with a fitted double for each column.
Operations = Sequence[tuple[np.ufunc, np.ndarray]]
Part = np.ndarray | OneHot
Parts = tuple[Part, ...]


def columns_of(frame: pd.DataFrame) -> Columns:
    """A frame's columns, numpy's arrays where it has them."""
    return tuple(
        column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array for _, column in frame.items()
    )


def numbers(
    columns: Sequence[Any], *, nullable: bool = False, doubles_only: bool = False, operations: Operations = ()
) -> np.ndarray:
    """A new matrix of the columns, as scikit-learn's ``check_array`` makes of a DataFrame: by columns, NaN for NULL.

    The library refuses infinity; that is left to ``Linear``, which looks at every column.

    Args:
        columns: As many arrays of n rows.
        nullable: Whether the library takes pandas' nullable integers, too.
        doubles_only: Whether the library treats whole numbers in another way.
        operations: What to do with each column, while it is in the processor's cache.

    Raises:
        UnusualBatchError: if it would not be a matrix of doubles.
    """
    if not columns:
        raise UnusualBatchError
    matrix = np.empty((len(columns[0]), len(columns)), order="F")
    with np.errstate(over="ignore", invalid="ignore"):
        for place, column in enumerate(columns):
            given, own = _doubles(column, nullable=nullable, doubles_only=doubles_only), matrix[:, place]
            for operation, row in operations:
                operation(given, row[place], out=own)
                given = own
            if given is not own:
                own[:] = given
    return matrix


def _doubles(column: Any, *, nullable: bool, doubles_only: bool) -> np.ndarray:
    if isinstance(column, np.ndarray):
        if column.dtype == _DOUBLE or (column.dtype in _WHOLE and not doubles_only):
            return column
    elif nullable and not doubles_only and column.dtype.name in _NULLABLE:
        converted: np.ndarray = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return converted
    raise UnusualBatchError


def texts(column: Any) -> np.ndarray:
    """The column, if it holds Python's objects.

    Raises:
        UnusualBatchError: if it does not.
    """
    if isinstance(column, np.ndarray) and column.dtype == object:
        return column
    raise UnusualBatchError


def missing_kinds(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the values are None, and which are NaN: to scikit-learn these are two categories.

    Raises:
        UnusualBatchError: if there are others that pandas calls missing.
    """
    missing = pd.isna(values)
    none, nan = np.zeros(len(values), dtype=bool), np.zeros(len(values), dtype=bool)
    places = np.flatnonzero(missing)
    if len(places):
        none[places] = [value is None for value in values[places]]
        nan[places] = [isinstance(value, float) for value in values[places]]
        if not (none | nan)[places].all():
            raise UnusualBatchError
    return none, nan
