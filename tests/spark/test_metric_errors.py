import numpy as np
import pytest
from pyspark.sql import SparkSession
from tests.blocks import blocks_of

from spark_models.spark.metrics import Layout, measure

rng = np.random.default_rng(11)
ROWS, DAYS = 300, 12
DAY = rng.integers(0, DAYS, ROWS)
LABEL = rng.normal(size=ROWS)
FIRST = LABEL + rng.normal(size=DAYS)[DAY]
SECOND = LABEL + 0.5 * rng.normal(size=DAYS)[DAY] + 0.1 * rng.normal(size=ROWS)
WEIGHT = rng.integers(0, 3, ROWS).astype(float)


def by_cluster(contributions: np.ndarray) -> float:
    """The standard error of a sum of contributions, those of one day taken together."""
    sums = np.bincount(DAY, contributions, DAYS)
    return float(np.sqrt((sums**2).sum() * DAYS / (DAYS - 1)))


def test_dependent_rows_are_taken_together_and_weighed(spark: SparkSession) -> None:
    columns = {"label": LABEL, "prediction_1": FIRST, "prediction_2": SECOND, "weight": WEIGHT, "cluster": DAY}
    layout = Layout((1, 2), has_weight=True, has_cluster=True)
    first, second = measure(blocks_of(spark, columns, layout), layout, "regression")
    share = WEIGHT / WEIGHT.sum()
    sizes = {1: np.abs(FIRST - LABEL), 2: np.abs(SECOND - LABEL)}
    influences = {version: size - share @ size for version, size in sizes.items()}
    assert second.values["mae"] == pytest.approx(share @ sizes[2], rel=1e-12)
    assert second.errors["mae"] == pytest.approx(by_cluster(share * influences[2]), rel=1e-9)
    assert second.paired_errors["mae"] == pytest.approx(by_cluster(share * (influences[2] - influences[1])), rel=1e-9)
    assert first.paired_errors["mae"] == 0
    assert second.errors.get("max_error") is None
