"""The classes that labels and predictions have."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_models.core.table_name import quoted
from spark_models.spark.compared import Scored
from spark_models.spark.typed import Typed


def classes_of(labels: DataFrame, scored: Scored, typed: Typed) -> tuple[str, ...] | None:
    """All classes, in the order of the probabilities where there are any; None if labels are numbers.

    Runs a query where classes are not known from the config or the probabilities.
    """
    if typed.config.task != "multiclass":
        return None
    known = typed.classes(scored.width)
    if scored.width is not None:
        return known
    ours = labels.select(typed.label(F.col(quoted(typed.config.labels.column))).alias("class"))
    theirs = scored.frame.select(typed.predicted(scored.value)["prediction"].alias("class"))
    rows = ours.distinct().unionAll(theirs.distinct()).where(F.col("class").isNotNull()).collect()
    return tuple(sorted({row["class"] for row in rows}))
