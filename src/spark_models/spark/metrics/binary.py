"""The metrics of binary classification: scikit-learn's definitions as Spark aggregates."""

from collections.abc import Sequence

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from spark_models.spark.metrics.log_loss import row_log_loss
from spark_models.spark.metrics.long_form import KEYS, Key, collected, long_form
from spark_models.spark.metrics.ranks import equal_buckets, ranked


def binary_values(
    scored: DataFrame, versions: Sequence[int], slices: Sequence[str], *, threshold: float, rows_per_bucket: int
) -> dict[Key, dict[str, float | None]]:
    """The metrics and ``rows`` by version and slice, from ``label`` and the scores ``prediction_<version>``.

    Two Spark queries, and a third for the buckets' boundaries if the rows need more than one bucket.
    """
    simple = collected(_simple(scored, versions, slices, threshold))
    rows = max((row["rows"] for row in simple.values()), default=0)
    scores = {version: F.col(f"prediction_{version}") for version in versions}
    buckets = equal_buckets(scored, scores, rows, rows_per_bucket)
    positives = F.col("label").cast("long")
    counts = {"positives": positives, "negatives": 1 - positives}
    areas = collected(_areas(ranked(scored, scores, counts, slices, buckets)))
    return {key: _values(row, areas[key]) for key, row in simple.items()}


def _simple(scored: DataFrame, versions: Sequence[int], slices: Sequence[str], threshold: float) -> DataFrame:
    fields = {version: {"label": F.col("label"), "score": F.col(f"prediction_{version}")} for version in versions}
    label, score = F.col("label"), F.col("score")
    is_positive, is_flagged = label == 1, score >= threshold
    right = F.when(is_positive, score).otherwise(1 - score)
    return (
        long_form(scored, fields, slices)
        .groupBy(*KEYS)
        .agg(
            F.count("*").alias("rows"),
            F.count_if(is_positive & is_flagged).alias("true_positives"),
            F.count_if(~is_positive & is_flagged).alias("false_positives"),
            F.count_if(is_positive & ~is_flagged).alias("false_negatives"),
            F.count_if(~score.between(0, 1)).alias("not_probabilities"),
            F.avg(row_log_loss(right)).alias("log_loss"),
            F.avg((score - label) * (score - label)).alias("brier"),
        )
    )


def _areas(scores: DataFrame) -> DataFrame:
    """For each version and slice, the sums under the two curves.

    ``pairs_won`` counts the pairs of a positive and a negative where the positive ranks above, ties as half (the
    Mann-Whitney U; over the number of pairs it is the ROC AUC). ``precision_steps`` sums, at each score, its
    positives times the precision there; over all positives it is scikit-learn's average precision.
    """
    positives, negatives = F.col("positives"), F.col("negatives")
    flagged_positives = F.col("above_positives") + positives
    flagged = flagged_positives + F.col("above_negatives") + negatives
    return scores.groupBy(*KEYS).agg(
        F.sum(negatives * (F.col("above_positives") + positives / 2)).alias("pairs_won"),
        F.sum(positives * (flagged_positives / flagged)).alias("precision_steps"),
    )


def _values(row: Row, areas: Row) -> dict[str, float | None]:
    hits, false_alarms, misses = row["true_positives"], row["false_positives"], row["false_negatives"]
    positives = hits + misses
    negatives = row["rows"] - positives
    correct_rejections = negatives - false_alarms
    return {
        "rows": row["rows"],
        "roc_auc": areas["pairs_won"] / (positives * negatives) if positives and negatives else None,
        "average_precision": areas["precision_steps"] / positives if positives else None,
        "log_loss": None if row["not_probabilities"] else row["log_loss"],
        "brier": None if row["not_probabilities"] else row["brier"],
        "accuracy": (hits + correct_rejections) / row["rows"],
        "precision": _ratio(hits, hits + false_alarms),
        "recall": _ratio(hits, positives),
        "f1": _ratio(2 * hits, 2 * hits + false_alarms + misses),
        "true_positives": float(hits),
        "false_positives": float(false_alarms),
        "true_negatives": float(correct_rejections),
        "false_negatives": float(misses),
    }


def _ratio(part: int, whole: int) -> float:
    # scikit-learn's default where there is nothing to divide by.
    return part / whole if whole else 0.0
