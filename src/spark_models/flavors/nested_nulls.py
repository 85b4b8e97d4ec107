"""Arrays, structs and maps through ``mlflow.pyfunc``, which refuses NULLs inside, or makes texts of them.

Its schema is shown a value of the right type in the place of each, and the model None again where they were. Python's
own numbers, as structs and maps have them, are shown in the schema's type: 1 is no ``integer`` to it, but a ``long``;
and so are times, which it takes from numpy only.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd


def nested_columns(rows: Any, schema: Any) -> dict[str, tuple[pd.Series, Any]]:
    """The columns of arrays, structs and maps, with their types.

    Args:
        rows: What goes to the model; anything but a DataFrame has none.
        schema: The model's input schema, MLflow's, or None.
    """
    if not isinstance(rows, pd.DataFrame) or schema is None or schema.is_tensor_spec():
        return {}
    names = schema.input_names() if schema.has_input_names() else rows.columns
    kinds = zip(names, schema.input_types(), strict=False)
    return {str(name): (rows[name], kind) for name, kind in kinds if _is_nested(kind) and name in rows}


def has_nulls(values: Any) -> bool:
    """Whether there is a NULL among the values, or inside of one."""
    if isinstance(values, Mapping):
        return has_nulls(list(values.values()))
    if not isinstance(values, (list, np.ndarray, pd.Series)):
        return _is_null(values)
    return not _is_typed(values) and any(map(has_nulls, values))


def filled(column: pd.Series, kind: Any) -> pd.Series:
    """The column as MLflow takes it: with a value of the type in the place of each NULL."""
    return pd.Series([_filled(value, kind) for value in column], index=column.index, dtype=object)


def restored(enforced: pd.Series, column: pd.Series) -> pd.Series:
    """What MLflow made of the filled column, with None where the column has NULLs."""
    values = [_restored(one, value) for one, value in zip(enforced, column, strict=True)]
    return pd.Series(values, index=enforced.index, dtype=object)


def _is_nested(kind: Any) -> bool:
    return any(hasattr(kind, part) for part in ("dtype", "properties", "value_type"))


def _is_null(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT


def _is_number(kind: Any) -> bool:
    return hasattr(kind, "to_numpy") and kind.to_numpy().kind in "biuf"


def _is_typed(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind != "O"


def _filled(value: Any, kind: Any) -> Any:
    if _is_null(value):
        return _anything(kind)
    if isinstance(value, Mapping):
        # MLflow writes into the dicts of structs that it is given.
        kinds = {one.name: one.dtype for one in getattr(kind, "properties", ())}
        return {name: _filled(item, kinds.get(name, getattr(kind, "value_type", None))) for name, item in value.items()}
    if isinstance(value, (list, np.ndarray)) and hasattr(kind, "dtype"):
        if _is_typed(value):
            return value
        items = [_filled(item, kind.dtype) for item in value]
        # An array of numpy's that holds arrays of other lengths would fail in MLflow, which makes one of all.
        if isinstance(value, list) or _is_nested(kind.dtype):
            return items
        return np.array(items, kind.dtype.to_numpy() if _is_number(kind.dtype) else object)
    return _scalar(value, kind)


def _scalar(value: Any, kind: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.to_datetime64()
    return kind.to_numpy().type(value) if _is_number(kind) and type(value) in {bool, int, float} else value


def _anything(kind: Any) -> Any:
    """A value that MLflow takes for the type."""
    if hasattr(kind, "to_numpy"):
        return np.zeros((), kind.to_numpy())[()]
    if hasattr(kind, "properties"):
        return {one.name: _anything(one.dtype) for one in kind.properties}
    return {} if hasattr(kind, "value_type") else [] if hasattr(kind, "dtype") else None


def _restored(enforced: Any, value: Any) -> Any:
    if _is_null(value):
        return None
    if isinstance(value, Mapping):
        return {name: _restored(enforced[name], item) for name, item in value.items()}
    if not isinstance(value, (list, np.ndarray)) or _is_typed(value):
        return enforced
    if _is_typed(enforced) and not any(map(_is_null, value)):
        return enforced
    # Python's own numbers among objects, as engines hand them to models of other flavors.
    is_plain = _is_typed(enforced) and enforced.dtype.kind in "biufU"
    found = [_restored(one, item) for one, item in zip(enforced.tolist() if is_plain else enforced, value, strict=True)]
    return found if isinstance(value, list) else _array(found)


def _array(items: list[Any]) -> np.ndarray:
    """What MLflow makes of items: a matrix of arrays of one length; else an array of objects."""
    if not any(item is None for item in items):
        with suppress(ValueError):
            return np.array(items)
    array = np.empty(len(items), object)
    for place, item in enumerate(items):
        array[place] = item
    return array
