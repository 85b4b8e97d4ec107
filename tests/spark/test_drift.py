import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scipy import stats

from spark_models.spark.drift.histograms import bins_together, distances
from spark_models.spark.drift.profiles import QUANTILES, profiles
from spark_models.spark.drift.sides import ALL_ROWS, Compared, Sides, slice_keys

ROWS = 12_000


def test_numbers_of_more_values_than_bins_are_within_the_error_that_is_told(spark: SparkSession) -> None:
    rng = np.random.default_rng(5)
    # Heavy tails, and a current side that is smaller than what it is compared with.
    side = (np.arange(ROWS) >= ROWS - 3000).astype(int)
    # The last one is often 100 exactly, with other numbers close by.
    often = np.where(rng.random(ROWS) < 0.2 + 0.2 * side, 100.0, rng.normal(100, 1, ROWS))
    values = np.stack([rng.standard_cauchy(ROWS) + side / 4, rng.lognormal(0, 3, ROWS) * (1 + side), often])
    names = [f"value_{place}" for place in range(len(values))]
    given = spark.createDataFrame(pa.table([side, *values], names=["side", *names]))
    frame = given.select("*", F.lit(None).cast("timestamp").alias("moment"), slice_keys(0).alias("slices"))
    sides = Sides(frame, tuple(Compared(name, "double", "number") for name in names))

    found = distances(sides, profiles(sides, 100))

    for place, column in enumerate(values):
        one, two = column[side == 0], column[side == 1]
        apart, expected = found[ALL_ROWS, place], stats.ks_2samp(one, two, method="asymp")
        assert apart.ks_test is not None
        assert apart.ks_error is not None
        assert apart.wasserstein_error is not None
        assert 0 <= apart.ks_error < 2 / QUANTILES
        assert apart.ks_test.statistic - 1e-12 <= expected.statistic <= apart.ks_test.statistic + apart.ks_error
        work = stats.wasserstein_distance(one, two)
        assert apart.wasserstein_distance == pytest.approx(work, abs=apart.wasserstein_error)
        assert apart.wasserstein_distance == pytest.approx(work, rel=0.01)


def test_slices_have_wider_bins_only_where_there_are_many() -> None:
    assert bins_together(slices=20, bins=40_000) == 1
    assert bins_together(slices=100, bins=80_000) == 8
    assert bins_together(slices=1, bins=0) == 1
