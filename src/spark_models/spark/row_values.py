"""Predictions that are Python's own values: dicts, lists in lists, texts; row by row, since each may be another."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

# What pandas, numpy and Arrow raise about values that do not fit.
MISFITS = (pa.ArrowException, ArithmeticError, TypeError, ValueError)


def by_name(predictions: Any) -> Any:
    """A list of dicts or of pydantic's models as a list for each name; what a row lacks is NULL. All else as it is."""
    first = next((row for row in predictions if row is not None), None) if isinstance(predictions, list) else None
    if not _is_record(first):
        return predictions
    records = [_record(row) if row is not None else {} for row in predictions]
    names = dict.fromkeys(name for record in records for name in record)
    return {name: [record.get(name) for record in records] for name in names}


def _is_record(value: Any) -> bool:
    return isinstance(value, Mapping) or hasattr(value, "model_dump")


def _record(value: Any) -> dict[str, Any]:
    found = value.model_dump() if hasattr(value, "model_dump") else value
    return {str(name): item for name, item in found.items()}


def nested(values: list[Any], kind: pa.DataType) -> pa.Array:
    """An Arrow array of lists, structs or maps.

    Raises:
        ArrowException, ArithmeticError, TypeError, ValueError: if values do not fit, with values in the message.
    """
    try:
        return pa.array(values, type=kind, from_pandas=False)
    except MISFITS:
        # Value by value is slow, and needed only for what Arrow itself does not take.
        return pa.array([_fitting(value, kind) for value in values], type=kind, from_pandas=False)


def texts(values: Any) -> list[str | None]:
    """Texts, and Python's own for anything else; among objects, NaN is how pandas says NULL."""
    objects = getattr(getattr(values, "dtype", None), "kind", "O") == "O"
    return [None if _is_null(value, objects=objects) else str(value) for value in values]


def _fitting(value: Any, kind: pa.DataType) -> Any:
    """A value as Arrow takes it: a lone one in a list, numpy's matrices as lists, a text of anything for a string."""
    if pa.types.is_string(kind):
        return texts([value])[0]
    if _is_null(value, objects=False):
        return None
    if pa.types.is_list(kind):
        items = value.tolist() if isinstance(value, np.ndarray) else value
        return [_fitting(item, kind.value_type) for item in (items if isinstance(items, (list, tuple)) else [items])]
    if pa.types.is_nested(kind) and _is_record(value):
        record = _record(value)
        if pa.types.is_map(kind):
            return [(name, _fitting(item, kind.item_type)) for name, item in record.items()]
        return {field.name: _fitting(record.get(field.name), field.type) for field in kind}
    return value


def _is_null(value: Any, *, objects: bool) -> bool:
    return value is None or value is pd.NA or (objects and isinstance(value, float) and math.isnan(value))
