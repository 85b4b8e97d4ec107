"""Comparisons from their tables."""

from itertools import groupby
from typing import Any

from pyspark.sql import SparkSession

from spark_models.core.comparison import Comparison, ordered, ordered_curves, ordered_diffs
from spark_models.core.config import TablesConfig
from spark_models.core.report import newest_first
from spark_models.core.tables import ComparisonCurve, ComparisonDiff, ComparisonMetric
from spark_models.spark.rows import read_rows


def stored_comparisons(spark: SparkSession, tables: TablesConfig, **equal: Any) -> tuple[Comparison, ...]:
    """Those whose columns are ``equal`` to the values, the newest first; one counts as stored with its metrics."""
    metrics = read_rows(spark, tables.table("comparison_metrics"), ComparisonMetric, **equal)
    if not metrics:
        return ()
    diffs = read_rows(spark, tables.table("comparison_diffs"), ComparisonDiff, **equal)
    curves = read_rows(spark, tables.table("comparison_curves"), ComparisonCurve, **equal)
    by_id = sorted(metrics, key=lambda row: row.comparison_id)
    return newest_first(
        tuple(
            Comparison(
                ordered(rows),
                ordered_diffs(row for row in diffs if row.comparison_id == comparison_id),
                ordered_curves(row for row in curves if row.comparison_id == comparison_id),
                stored=True,
            )
            for comparison_id, rows in groupby(by_id, key=lambda row: row.comparison_id)
        )
    )
