"""Columns to the places of their categories, as scikit-learn's encoders find them, by one look-up a column."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spark_models.flavors.acceleration.parts import UnusualBatchError, missing_kinds, texts

# The place of each row's category; -1 for one that is unknown.
Lookup = Callable[[Any], np.ndarray]


def lookup(categories: np.ndarray) -> Lookup | None:
    """How to find categories' places, or None if they are neither all texts nor all numbers.

    Categories are a fitted encoder's: sorted, with None and NaN last; each is a category of its own.
    """
    if categories.dtype == object:
        return _text_lookup(categories)
    if categories.dtype == np.float64 or categories.dtype.kind == "i":
        return _number_lookup(categories)
    return None


def _text_lookup(categories: np.ndarray) -> Lookup | None:
    known = [value for value in categories if isinstance(value, str)]
    missing = list(categories[len(known) :])
    nones = [value is None for value in missing]
    nans = [isinstance(value, float) and value != value for value in missing]  # noqa: PLR0124  # that is what NaN is
    if not all(map(bool.__or__, nones, nans)):
        return None
    none_place = len(known) + nones.index(True) if any(nones) else -1
    nan_place = len(known) + nans.index(True) if any(nans) else -1
    return partial(_text_places, pd.Index(known, dtype=object), none_place, nan_place)


def _text_places(index: pd.Index, none_place: int, nan_place: int, column: Any) -> np.ndarray:
    values = texts(column)
    found: np.ndarray = index.get_indexer(pd.Index(values, dtype=object))
    unknown = np.flatnonzero(found < 0)
    if len(unknown):
        none, nan = missing_kinds(values[unknown])
        found[unknown[none]], found[unknown[nan]] = none_place, nan_place
    return found


def _number_lookup(categories: np.ndarray) -> Lookup:
    has_nan = bool(np.isnan(categories[-1:]).any())
    known = categories[:-1] if has_nan else categories
    return partial(_number_places, known, len(known) if has_nan else -1)


def _number_places(known: np.ndarray, nan_place: int, column: Any) -> np.ndarray:
    # Texts are never compared with numbers here, nor whole numbers with doubles: the library converts both first.
    if not isinstance(column, np.ndarray) or column.dtype.name not in {"float64", "int64", "int32"}:
        raise UnusualBatchError
    if column.dtype.kind != known.dtype.kind or not len(known) or np.isinf(column).any():
        raise UnusualBatchError
    found = np.minimum(np.searchsorted(known, column), len(known) - 1)
    found = np.where(known[found] == column, found, -1)
    return np.where(np.isnan(column), nan_place, found) if known.dtype.kind == "f" else found
