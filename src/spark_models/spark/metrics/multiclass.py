"""The metrics of multiclass classification: scikit-learn's definitions as Spark aggregates."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from spark_models.spark.metrics.log_loss import row_log_loss
from spark_models.spark.metrics.long_form import KEYS, Key, collected, long_form

SUMS = {"support": "long", "predicted": "long", "hits": "long", "log_loss": "double", "probabilities": "long"}


def multiclass_values(
    scored: DataFrame, versions: Sequence[int], slices: Sequence[str]
) -> dict[Key, dict[str, float | None]]:
    """The metrics and ``rows`` by version and slice, in one Spark query.

    Reads ``label`` and, for each version, ``prediction_<version>`` and ``probability_<version>``. Classes are the
    union of labels and predictions within the version and slice, and none is counted on the driver, so there may be
    many.
    """
    return {key: _values(row) for key, row in collected(_averages(_classes(scored, versions, slices))).items()}


def _classes(scored: DataFrame, versions: Sequence[int], slices: Sequence[str]) -> DataFrame:
    """A row for each version, slice and class: rows of the class, rows predicted so, both, and log loss."""
    fields = {
        version: {
            "label": F.col("label"),
            "prediction": F.col(f"prediction_{version}"),
            "probability": F.col(f"probability_{version}"),
        }
        for version in versions
    }
    probability = F.col("probability")
    pairs = (
        long_form(scored, fields, slices)
        .groupBy(*KEYS, "label", "prediction")
        .agg(
            F.count("*").alias("rows"),
            F.sum(row_log_loss(probability)).alias("log_loss"),
            F.count_if(probability.between(0, 1)).alias("probabilities"),
        )
    )
    classes = pairs.select(*KEYS, F.inline(F.array(_as_label(), _as_prediction())))
    return classes.groupBy(*KEYS, "class").agg(*(F.sum(name).alias(name) for name in SUMS))


def _as_label() -> Column:
    hits = F.when(F.col("label") == F.col("prediction"), F.col("rows"))
    sums = {name: F.col(name) for name in ("log_loss", "probabilities")}
    return _class_struct("label", {"support": F.col("rows"), "hits": hits, **sums})


def _as_prediction() -> Column:
    return _class_struct("prediction", {"predicted": F.col("rows")})


def _class_struct(role: str, sums: Mapping[str, Column]) -> Column:
    """One class with all of ``SUMS``, zero if not among ``sums``."""
    zero = F.lit(0)
    return F.struct(
        F.col(role).alias("class"),
        *(F.coalesce(sums.get(name, zero), zero).cast(kind).alias(name) for name, kind in SUMS.items()),
    )


def _averages(classes: DataFrame) -> DataFrame:
    support, predicted, hits = F.col("support"), F.col("predicted"), F.col("hits")
    scores = {
        "precision": _ratio(hits, predicted),
        "recall": _ratio(hits, support),
        "f1": _ratio(2 * hits, support + predicted),
    }
    return classes.groupBy(*KEYS).agg(
        F.sum(support).alias("rows"),
        *(F.sum(name).alias(name) for name in ("hits", "log_loss", "probabilities")),
        *(F.avg(score).alias(f"{name}_macro") for name, score in scores.items()),
        *((F.sum(score * support) / F.sum(support)).alias(f"{name}_weighted") for name, score in scores.items()),
    )


def _ratio(part: Column, whole: Column) -> Column:
    # scikit-learn's default where there is nothing to divide by.
    return F.when(whole > 0, part / whole).otherwise(0.0)


def _values(row: Row) -> dict[str, float | None]:
    averages = {name: row[name] for name in row.asDict() if name.endswith(("_macro", "_weighted"))}
    return {
        "rows": row["rows"],
        "accuracy": row["hits"] / row["rows"],
        **averages,
        "log_loss": row["log_loss"] / row["rows"] if row["probabilities"] == row["rows"] else None,
    }
