"""The first pass: how many rows there are, what their columns are like, and where to cut numbers into bins."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, Row
from pyspark.sql import functions as F

from spark_models.core.drift import ColumnProfile, Profile
from spark_models.core.drift_tables import Window
from spark_models.errors import DataError
from spark_models.spark.drift.sides import ALL_ROWS, BASELINE, CURRENT, Sides
from spark_models.spark.moments import moment_of

# Into how many parts of equal numbers of rows each side is cut; both sides' cuts together make the bins.
QUANTILES = 2048

# Each side is asked for more than will count by themselves, so that those of both together are the most frequent, and
# keeps track of more than it is asked for, so that those are, too.
MORE_CATEGORIES = 10

SliceKey = str


@dataclass(frozen=True)
class Profiles:
    """What the first pass found.

    Both sides of each slice; for each column of numbers the ends of its bins, ascending; and for each column of
    categories the frequent ones, or None if all count by themselves.
    """

    of: dict[SliceKey, tuple[Profile, Profile]]
    cuts: dict[int, tuple[float, ...]]
    kept: dict[int, tuple[str, ...] | None]


def profiles(sides: Sides, max_categories: int) -> Profiles:
    """Profile both sides and all slices, in one aggregation.

    Raises:
        DataError: naming each side without rows.
    """
    columns = [part for place in range(len(sides.columns)) for part in _aggregates(sides, place, max_categories)]
    whole = [F.count(F.lit(1)).alias("rows"), F.unix_micros(F.min("moment")).alias("start")]
    grouped = sides.by_slice.groupBy("side", "slice")
    found = grouped.agg(*whole, F.unix_micros(F.max("moment")).alias("end"), *columns).collect()
    by_side = {(row["slice"], row["side"]): row for row in found}
    _require_rows(by_side)
    keys = sorted({key for key, _ in by_side})
    both = [by_side[ALL_ROWS, side] for side in (BASELINE, CURRENT)]
    return Profiles(
        of={key: (_profile(by_side.get((key, 0)), sides), _profile(by_side.get((key, 1)), sides)) for key in keys},
        cuts={place: _cuts(row[f"cuts_{place}"] for row in both) for place in sides.places("number")},
        kept={
            place: _kept((row[f"top_{place}"] for row in both), max_categories) for place in sides.places("category")
        },
    )


def _require_rows(found: dict[tuple[str, int], Row]) -> None:
    names = {BASELINE: "baseline", CURRENT: "current"}
    problems = [f"no row is in the {name} window" for side, name in names.items() if (ALL_ROWS, side) not in found]
    if problems:
        raise DataError("windows", problems)


def _aggregates(sides: Sides, place: int, max_categories: int) -> list[Column]:
    value, is_of_all = F.col(f"value_{place}"), F.col("slice") == ALL_ROWS
    shared = [
        F.count_if(value.isNull()).alias(f"nulls_{place}"),
        F.approx_count_distinct(value).alias(f"distinct_{place}"),
    ]
    kind = sides.columns[place].kind
    if kind == "category":
        asked = MORE_CATEGORIES * max_categories
        most = F.call_function("approx_top_k", F.when(is_of_all, value), F.lit(asked), F.lit(MORE_CATEGORIES * asked))
        return [*shared, most.alias(f"top_{place}")]
    if kind == "moment":
        return shared
    number = F.when(~F.isnan(value), value)
    finite = F.when(is_of_all & (F.abs(number) < float("inf")), number)
    return [
        *shared,
        F.count_if(F.isnan(value)).alias(f"nans_{place}"),
        F.count_if(value == 0).alias(f"zeros_{place}"),
        F.avg(number).alias(f"average_{place}"),
        F.percentile_approx(finite, doubles(part / QUANTILES for part in range(QUANTILES + 1))).alias(f"cuts_{place}"),
    ]


def doubles(numbers: Iterable[float]) -> Column:
    """A constant array; as one text, since thousands of constants would each be a node of the plan."""
    text = ",".join(map(repr, numbers))
    return F.split(F.lit(text.replace("inf", "Infinity")), ",").cast("array<double>")


def _profile(row: Row | None, sides: Sides) -> Profile:
    if row is None:  # a slice that only the other side has
        return Profile(0, None, tuple(ColumnProfile(0, 0) for _ in sides.columns))
    window = None if row["start"] is None else Window(moment_of(row["start"]), moment_of(row["end"]))
    values = row.asDict()
    return Profile(row["rows"], window, tuple(_column_profile(values, place) for place in range(len(sides.columns))))


def _column_profile(row: dict[str, Any], place: int) -> ColumnProfile:
    return ColumnProfile(
        nulls=row[f"nulls_{place}"],
        distinct=row[f"distinct_{place}"],
        nans=row.get(f"nans_{place}"),
        zeros=row.get(f"zeros_{place}"),
        average=_defined(row.get(f"average_{place}")),
    )


def _defined(average: float | None) -> float | None:
    """Of both infinities there is none."""
    return None if average is None or math.isnan(average) else average


def _cuts(found: Iterable[list[float] | None]) -> tuple[float, ...]:
    """Both sides' quantiles as the lower ends of bins, and bins of their own for both infinities.

    So has a value that is several quantiles at once: beside it, others would lie in a bin of a large share.
    """
    ends = {-1.7976931348623157e308, math.inf}
    for numbers in found:
        counts = Counter(numbers or ())
        ends.update(counts, (math.nextafter(number, math.inf) for number, count in counts.items() if count > 1))
    return tuple(sorted(ends))


def _kept(found: Iterable[list[Row]], most: int) -> tuple[str, ...] | None:
    counts: dict[str, int] = {}
    for item, count in ((item, count) for side in found for item, count in side or () if item is not None):
        counts[item] = counts.get(item, 0) + count
    frequent = sorted(counts, key=lambda item: (-counts[item], item))
    return tuple(frequent[:most]) if len(frequent) > most else None
