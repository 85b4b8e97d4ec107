"""The rows of two windows, or two versions, in one form: which side, which slices, and the values to compare."""

from dataclasses import dataclass
from typing import Literal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.spark.slices import slice_column

BASELINE, CURRENT = 0, 1

# What the slice of all rows is called; others have the number of their column in front.
ALL_ROWS = ""

Kind = Literal["number", "category", "moment"]


@dataclass(frozen=True)
class Compared:
    """A column that is compared: its name and type as the tables have them, and how it is read.

    Of numbers there are all distances, of categories all but those that need an order, and of moments only how many
    there are.
    """

    name: str
    type: str
    kind: Kind


@dataclass(frozen=True)
class Sides:
    """Rows of two sides.

    ``frame`` has ``side``, ``moment`` (a timestamp, or NULL), ``slices`` (the keys of the slices that the row is in)
    and ``value_<place>`` for each of the columns; numbers are doubles, and categories strings. ``slices`` are the
    slices' titles.
    """

    frame: DataFrame
    columns: tuple[Compared, ...]
    slices: tuple[str, ...] = ()

    def places(self, kind: Kind) -> list[int]:
        """The places of the columns of a kind."""
        return [place for place, column in enumerate(self.columns) if column.kind == kind]

    @property
    def by_slice(self) -> DataFrame:
        """Each row once for each slice that it is in: ``slice`` in place of ``slices``."""
        values = [f"value_{place}" for place in range(len(self.columns))]
        return self.frame.select("side", "moment", *values, F.explode("slices").alias("slice"))

    def slice_of(self, key: str) -> tuple[str | None, str | None]:
        """The slice's title and its value that a key stands for."""
        number, has_value, value = key.partition("=")
        return (self.slices[int(number)] if number else None), (value if has_value else None)


def kind_of(kind: T.DataType) -> Kind | None:
    """How a column of a type is compared; None if it is not."""
    if isinstance(kind, T.NumericType):
        return "number"
    if isinstance(kind, (T.StringType, T.CharType, T.VarcharType, T.BooleanType)):
        return "category"
    return "moment" if isinstance(kind, (T.DateType, T.TimestampType, T.TimestampNTZType)) else None


def readable(value: Column, kind: Kind) -> Column:
    """The value as ``Sides`` has it."""
    return value if kind == "moment" else value.cast("double" if kind == "number" else "string")


def slice_keys(slices: int) -> Column:
    """The keys of the slices that a row of :func:`with_slices` is in, of which one is that of all rows."""
    # concat_ws leaves NULL out, so a key is "0=value", or "0" where the slice has none.
    keys = (F.concat_ws("=", F.lit(str(place)), slice_column(place)) for place in range(slices))
    return F.array(F.lit(ALL_ROWS), *keys)
