"""The second pass: both sides' values counted by bin or category, and how far they are apart."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_models.core.drift import Distances
from spark_models.measures.window_distances import Bins, category_distances, number_distances
from spark_models.spark.drift.profiles import Profiles, doubles
from spark_models.spark.drift.sides import ALL_ROWS, BASELINE, CURRENT, Sides

# How many bins of slices may come to the driver; if there are more, some neighbours become one.
MOST_BINS = 1_000_000

# The bin of all categories that do not count by themselves.
OTHERS = -1

_SIDES = (BASELINE, CURRENT)


def distances(sides: Sides, found: Profiles) -> dict[tuple[str, int], Distances]:
    """How far both sides are apart, by the key of the slice and the place of the column; none of moments.

    What comes to the driver are the counts: no more than 4,101 bins of a column of numbers, fewer of them in slices if
    these are many, and as many categories as there may be.
    """
    measured = [place for place, column in enumerate(sides.columns) if column.kind != "moment"]
    if not measured:
        return {}
    counted = _counted(sides, found, measured).toArrow().to_pandas()
    numbers = set(sides.places("number"))
    empty = {place: number_distances(_bins(counted[:0])) if place in numbers else Distances() for place in measured}
    together = {(slice_, place): empty[place] for slice_ in found.of for place in measured}
    for (slice_, place), rows in counted.groupby(["slice", "place"], sort=False):
        by_number = number_distances(_bins(rows.sort_values("bin"))) if place in numbers else None
        together[slice_, place] = by_number or category_distances(*(rows[f"count_{side}"] for side in _SIDES))
    return together


def _counted(sides: Sides, found: Profiles, measured: list[int]) -> DataFrame:
    """One row a slice, column, and bin or category: counts of both sides, and of numbers their sums and ends."""
    values = F.array(*(_value(sides, found, place) for place in measured))
    rows = sides.by_slice.select("side", "slice", F.inline(values))
    binned = _binned(rows.where(F.col("number").isNotNull() | F.col("text").isNotNull() | F.col("is_other")), found)
    together = bins_together(len(found.of), sum(map(len, found.cuts.values())))
    wider = F.col("bin") - F.when(F.col("slice") == ALL_ROWS, 0).otherwise(F.pmod("bin", F.lit(together)))
    own = F.when(F.col("is_other"), OTHERS).otherwise(wider)
    return binned.groupBy("slice", "place", own.alias("bin"), "text").agg(
        *(part for side in _SIDES for part in _of_side(side))
    )


def bins_together(slices: int, bins: int) -> int:
    """How many neighbouring bins are one in a slice, so that there are not too many bins.

    >>> bins_together(slices=10, bins=10_000), bins_together(slices=101, bins=41_010)
    (1, 8)
    """
    return 1 << max(0, math.ceil(math.log2(max(1, slices * bins) / MOST_BINS)))


def _value(sides: Sides, found: Profiles, place: int) -> Column:
    value, number, text, is_other = F.col(f"value_{place}"), F.lit(None), F.lit(None), F.lit(False)  # noqa: FBT003  # Spark's literal
    if sides.columns[place].kind == "number":
        number = F.when(~F.isnan(value), value)
    else:
        kept = found.kept[place]
        text = value if kept is None else F.when(value.isin(*kept), value)
        is_other = value.isNotNull() & text.isNull()
    return F.struct(
        F.lit(place).alias("place"),
        number.cast("double").alias("number"),
        text.cast("string").alias("text"),
        is_other.alias("is_other"),
    )


def _binned(rows: DataFrame, found: Profiles) -> DataFrame:
    """With ``bin``, how many of the column's cuts are no greater than the number, by binary search.

    A step is a projection of its own: they are compiled together, whereas a fold over the steps would be interpreted.
    """
    last = max(found.cuts, default=-1)
    cuts = F.array(*(doubles(found.cuts.get(place, (0.0,))) for place in range(last + 1)))
    longest = max(map(len, found.cuts.values()), default=0)
    rows = rows.withColumns({"cuts": cuts, "bin": F.lit(0)}) if found.cuts else rows.withColumn("bin", F.lit(0))
    for power in reversed(range(longest.bit_length())):
        cut = F.get(F.get("cuts", F.col("place")), F.col("bin") + (2**power - 1))
        rows = rows.withColumn("bin", F.col("bin") + F.when(F.col("number") >= cut, 2**power).otherwise(0))
    return rows.drop("cuts")


def _of_side(side: int) -> Iterator[Column]:
    is_side, number = F.col("side") == side, F.col("number")
    yield F.count_if(is_side).alias(f"count_{side}")
    for name, aggregate in (("sum", F.sum), ("low", F.min), ("high", F.max)):
        yield aggregate(F.when(is_side, number)).alias(f"{name}_{side}")


def _bins(rows: pd.DataFrame) -> Bins:
    counts, sums, lows, highs = (
        np.stack([rows[f"{name}_{side}"].to_numpy(np.float64) for side in _SIDES])
        for name in ("count", "sum", "low", "high")
    )
    return Bins(counts, *(np.where(counts > 0, values, 0.0) for values in (sums, lows, highs)))
