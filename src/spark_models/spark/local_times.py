"""Times in arrays, structs and maps, which Arrow gives in UTC or with their zone, as they are in a column of times."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa


def holds_times(kind: pa.DataType) -> bool:
    """Whether it is a time, or there are times in it."""
    inside = (kind.field(place).type for place in range(kind.num_fields))
    return pa.types.is_timestamp(kind) or any(map(holds_times, inside))


def localized(values: Sequence[Any], kind: pa.DataType) -> Any:
    """The values of a nested column with each time in its zone, without saying so.

    Args:
        values: What Arrow gives of the column: dicts, arrays, or None.
        kind: The column's type.
    """
    return _objects([_local(value, kind) for value in values])


def _local(value: Any, kind: pa.DataType) -> Any:
    if value is None or not holds_times(kind):
        return value
    if pa.types.is_timestamp(kind):
        return pd.Timestamp(value).tz_localize(None)
    if pa.types.is_struct(kind):
        return {field.name: _local(value[field.name], field.type) for field in kind}
    if pa.types.is_map(kind):
        return {key: _local(item, kind.item_type) for key, item in value.items()}
    # Only in an array of a column's own they are numpy's, and of UTC.
    return _of_utc(value, kind.value_type.tz) if value.dtype.kind == "M" else localized(value, kind.value_type)


def _of_utc(values: np.ndarray, zone: str | None) -> np.ndarray:
    times = pd.DatetimeIndex(values).as_unit("ns")
    return (times.tz_localize("UTC").tz_convert(zone).tz_localize(None) if zone else times).to_numpy()


def _objects(values: Sequence[Any]) -> np.ndarray:
    """An array of Python's objects, which may be arrays."""
    array = np.empty(len(values), object)
    for place, value in enumerate(values):
        array[place] = value
    return array
