"""The metrics of regression: scikit-learn's definitions as Spark aggregates."""

import sys
from collections.abc import Sequence
from math import sqrt

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from spark_models.spark.metrics.long_form import KEYS, Key, by_slice, collected, long_form
from spark_models.spark.metrics.ranks import equal_buckets, ranked

# scikit-learn's stand-in for a label of zero in the percentage error.
EPSILON = sys.float_info.epsilon


def regression_values(
    scored: DataFrame, versions: Sequence[int], slices: Sequence[str], *, rows_per_bucket: int
) -> dict[Key, dict[str, float | None]]:
    """The metrics and ``rows`` by version and slice, from ``label`` and ``prediction_<version>``.

    Two Spark queries, and a third for the buckets' boundaries if the rows need more than one bucket.
    """
    averages = collected(_averages(scored, versions, slices))
    rows = max((row["rows"] for row in averages.values()), default=0)
    errors = {version: F.abs(_error(version)) for version in versions}
    buckets = equal_buckets(scored, errors, rows, rows_per_bucket)
    medians = collected(_medians(ranked(scored, errors, {"rows": F.lit(1)}, slices, buckets)))
    return {key: _values(row, medians[key]["median"]) for key, row in averages.items()}


def _error(version: int) -> Column:
    return F.col(f"prediction_{version}") - F.col("label")


def _averages(scored: DataFrame, versions: Sequence[int], slices: Sequence[str]) -> DataFrame:
    label, error = F.col("label"), F.col("error")
    rows = long_form(scored, {version: {"label": label, "error": _error(version)} for version in versions}, slices)
    averages = rows.groupBy(*KEYS).agg(
        F.count("*").alias("rows"),
        F.avg(F.abs(error)).alias("mae"),
        F.avg(error * error).alias("mean_squared_error"),
        F.avg(F.abs(error) / F.greatest(F.abs(label), F.lit(EPSILON))).alias("mape"),
        F.avg(error).alias("bias"),
    )
    return averages.join(_label_variances(scored, slices), on="slice")


def _label_variances(scored: DataFrame, slices: Sequence[str]) -> DataFrame:
    # var_pop in one pass loses half of its digits on labels far from zero (years, timestamps, ids of 1e9), so it
    # gets labels from which the slice's mean is gone. There are as many means as slices, hence the broadcast.
    labels = by_slice(scored, {"label": F.col("label")}, slices)
    means = labels.groupBy("slice").agg(F.avg("label").alias("mean"))
    centred = labels.join(F.broadcast(means), on="slice")
    return centred.groupBy("slice").agg(F.var_pop(F.col("label") - F.col("mean")).alias("label_variance"))


def _medians(errors: DataFrame) -> DataFrame:
    """The mean of the two middle values, or the middle one twice, which counted from the top are the same ranks."""
    above, rows, total = F.col("above_rows"), F.col("rows"), F.col("total_rows")
    upper, lower = F.floor((total - 1) / 2), F.floor(total / 2)

    def at(rank: Column) -> Column:
        return F.max(F.when((above <= rank) & (rank < above + rows), F.col("value")))

    return errors.groupBy(*KEYS).agg(((at(upper) + at(lower)) / 2).alias("median"))


def _values(row: Row, median: float) -> dict[str, float | None]:
    return {
        "rows": row["rows"],
        "mae": row["mae"],
        "rmse": sqrt(row["mean_squared_error"]),
        "r2": _r2(row["rows"], row["mean_squared_error"], row["label_variance"]),
        "mape": row["mape"],
        "median_absolute_error": median,
        "bias": row["bias"],
    }


def _r2(rows: int, mean_squared_error: float, label_variance: float) -> float | None:
    """scikit-learn's ``r2_score``: on constant labels 1.0 if every prediction is right, else 0.0."""
    if rows < 2:
        return None
    if label_variance == 0:
        return 1.0 if mean_squared_error == 0 else 0.0
    return 1 - mean_squared_error / label_variance
