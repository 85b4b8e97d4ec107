"""What Delta's log keeps of a file: how many rows it has, and by column the NULLs and the least and greatest value."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# Delta keeps so much of the least and greatest texts.
LONGEST_BOUND = 32
# Types of which the log keeps bounds.
BOUNDED = (pa.types.is_integer, pa.types.is_floating, pa.types.is_string, pa.types.is_date, pa.types.is_timestamp)


def told_of_file(rows: int, columns: Sequence["Bounds"]) -> str:
    """The statistics, as JSON."""
    bounds = {column.name: column for column in columns if column.is_counted}
    return json.dumps(
        {
            "numRecords": rows,
            "minValues": {name: column.least for name, column in bounds.items() if column.least is not None},
            "maxValues": {name: column.greatest for name, column in bounds.items() if column.greatest is not None},
            "nullCount": {name: column.nulls for name, column in bounds.items()},
        }
    )


@dataclass
class Bounds:
    """The NULLs of a column, and its least and greatest value, as far as Delta's log takes them."""

    column: pa.Field
    nulls: int = 0
    ends: list[Any] = field(default_factory=list)
    is_bounded: bool = True

    @property
    def name(self) -> str:
        """The column's name."""
        return str(self.column.name)

    @property
    def is_counted(self) -> bool:
        """Whether Delta counts the NULLs: not of what is nested."""
        return not pa.types.is_nested(self.column.type)

    @property
    def least(self) -> Any:
        """For JSON; None if it is not kept."""
        return _bound(min(self.ends), self.column.type, is_upper=False) if self.is_bounded and self.ends else None

    @property
    def greatest(self) -> Any:
        """For JSON; None if it is not kept."""
        return _bound(max(self.ends), self.column.type, is_upper=True) if self.is_bounded and self.ends else None

    def add(self, values: pa.ChunkedArray) -> None:
        """Take values into account."""
        self.nulls += values.null_count
        kind = values.type
        # NaN has its place above all numbers for Spark, and none for others.
        if not any(is_one(kind) for is_one in BOUNDED) or (
            pa.types.is_floating(kind) and pc.any(pc.is_nan(values)).as_py()
        ):
            self.is_bounded = False
        if self.is_bounded and values.null_count < len(values):
            found = pc.min_max(values)
            try:
                self.ends += [_comparable(found["min"]), _comparable(found["max"])]
            except (OverflowError, ValueError):  # a year that Python does not know
                self.is_bounded = False


def _comparable(scalar: pa.Scalar) -> Any:
    if pa.types.is_timestamp(scalar.type):
        # Cut to milliseconds at both ends: readers of Delta's log reckon with it.
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=scalar.value // 1000)
    return scalar.as_py()


def _bound(value: Any, kind: pa.DataType, *, is_upper: bool) -> Any:
    """As Delta writes it; None if it cannot be written so that it bounds all values."""
    if pa.types.is_timestamp(kind):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if pa.types.is_date(kind):
        return value.isoformat()
    if isinstance(value, str):
        return value[:LONGEST_BOUND] if not is_upper or len(value) <= LONGEST_BOUND else None
    return value if math.isfinite(value) else None
