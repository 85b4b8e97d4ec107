"""Exact ranks without a window over one partition.

Values are cut into buckets at boundaries that are literals of the query. A window inside each bucket counts what
ranks above a value there, and a prefix sum over the small table of bucket totals adds what the higher buckets hold.
A distinct value is one row, so ties are exact, and no bucket grows with the number of equal values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from spark_models.spark.metrics.long_form import KEYS, long_form

# What one task sorts at a time; Spark spills beyond its memory, so this bounds time rather than memory.
ROWS_PER_BUCKET = 1_000_000


@dataclass(frozen=True)
class Buckets:
    """The lower bounds of all buckets but the lowest, ascending, by version."""

    bounds: Mapping[int, Sequence[float]]

    def bucket(self, version: int, value: Column) -> Column:
        """The number of bounds at or below the value, by binary search."""
        bounds = self.bounds[version]
        bits = len(bounds).bit_length()
        if not bits:
            return F.lit(0)
        padded = F.lit([*bounds, *[inf] * (2**bits - 1 - len(bounds))])
        steps = F.lit([2**bit for bit in reversed(range(bits))])
        return F.aggregate(
            steps,
            F.lit(0),
            lambda found, step: F.when(F.element_at(padded, found + step) <= value, found + step).otherwise(found),
        )


def equal_buckets(scored: DataFrame, values: Mapping[int, Column], rows: int, rows_per_bucket: int) -> Buckets:
    """Buckets of about ``rows_per_bucket`` rows each, from approximate percentiles over all ``rows`` rows.

    One Spark query, and none if one bucket is enough. A slice's rows are some of these, so its buckets are no larger.
    """
    count = ceil(rows / rows_per_bucket)
    if count <= 1:
        return Buckets(dict.fromkeys(values, ()))
    shares = [number / count for number in range(1, count)]
    accuracy = max(10_000, 10 * count)
    percentiles = (F.percentile_approx(value, shares, accuracy).alias(f"of_{v}") for v, value in values.items())
    (found,) = scored.agg(*percentiles).collect()
    return Buckets({version: sorted(set(found[f"of_{version}"])) for version in values})


def ranked(
    scored: DataFrame,
    values: Mapping[int, Column],
    counts: Mapping[str, Column],
    slices: Sequence[str],
    buckets: Buckets,
) -> DataFrame:
    """The distinct values of each version and slice, with sums of ``counts`` at, above and over all values.

    Columns: ``KEYS``, ``value``, and for each count ``<name>`` (rows with this value), ``above_<name>`` (rows with
    a higher one) and ``total_<name>`` (rows of the version and slice).
    """
    fields = {
        version: {**counts, "value": value, "bucket": buckets.bucket(version, value)}
        for version, value in values.items()
    }
    rows = long_form(scored, fields, slices)
    # Spark's grouping takes -0.0 and 0.0 for one value, as numpy's sorting does.
    distinct = rows.groupBy(*KEYS, "bucket", "value").agg(*(F.sum(name).alias(name) for name in counts))
    above = Window.partitionBy(*KEYS, "bucket").orderBy(F.desc("value")).rowsBetween(Window.unboundedPreceding, -1)
    inside = distinct.select("*", *(_sum_or_zero(name, above).alias(f"inside_{name}") for name in counts))
    joined = inside.join(_bucket_offsets(rows, list(counts)), on=[*KEYS, "bucket"])
    sums = ((F.col(f"inside_{name}") + F.col(f"higher_{name}")).alias(f"above_{name}") for name in counts)
    return joined.select(*KEYS, "value", *counts, *sums, *(f"total_{name}" for name in counts))


def _bucket_offsets(rows: DataFrame, names: Sequence[str]) -> DataFrame:
    # From the rows, not from the distinct values: Spark would group those a second time, by a shuffle of them all.
    totals = rows.groupBy(*KEYS, "bucket").agg(*(F.sum(name).alias(name) for name in names))
    whole = Window.partitionBy(*KEYS)
    higher = Window.partitionBy(*KEYS).orderBy(F.desc("bucket")).rowsBetween(Window.unboundedPreceding, -1)
    return totals.select(
        *KEYS,
        "bucket",
        *(_sum_or_zero(name, higher).alias(f"higher_{name}") for name in names),
        *(F.sum(name).over(whole).alias(f"total_{name}") for name in names),
    )


def _sum_or_zero(name: str, window: WindowSpec) -> Column:
    return F.coalesce(F.sum(name).over(window), F.lit(0))
