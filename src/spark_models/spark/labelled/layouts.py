"""What blocks hold of labels and predictions: classes, arrays, groups."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_models.core.slices import slice_title
from spark_models.core.table_name import quoted
from spark_models.spark.compared import Scored
from spark_models.spark.metrics.blocks import Layout
from spark_models.spark.scales import has_scale
from spark_models.spark.typed import Typed


def layout_of(labels: DataFrame, scored: Scored, typed: Typed, versions: Sequence[int]) -> Layout:
    """What blocks hold; see :func:`classes_of` for when that takes a query."""
    config = typed.config
    return Layout(
        tuple(versions),
        tuple(slice_title(one) for one in config.all_slices),
        has_weight=config.labels.weight is not None,
        has_cluster=config.labels.cluster is not None,
        classes=classes_of(labels, scored, typed),
        width=typed.width(scored.width),
        has_scale=has_scale(config),
        at=config.ranking.at if config.ranking else (),
    )


def classes_of(labels: DataFrame, scored: Scored, typed: Typed) -> tuple[str, ...] | None:
    """All classes, in the order of the probabilities where there are any; None if labels are numbers.

    Runs a query where classes are not known from the config or the probabilities.
    """
    if typed.task != "multiclass":
        return None
    known = typed.classes(scored.width)
    if scored.width is not None:
        return known
    ours = labels.select(typed.label(F.col(quoted(typed.config.labels.column))).alias("class"))
    theirs = scored.frame.select(typed.predicted(scored.value)["prediction"].alias("class"))
    rows = ours.distinct().unionAll(theirs.distinct()).where(F.col("class").isNotNull()).collect()
    return tuple(sorted({row["class"] for row in rows}))
