"""Labels whose values a comparison's task cannot use."""

import sys
from collections.abc import Collection, Iterator

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_models.core.config import CompareConfig
from spark_models.core.table_name import quoted
from spark_models.spark.class_labels import class_label, class_name

# More classes than this are taken for something else than classes.
MOST_CLASSES = 1000
_CHECK = "check labels.column and labels.filter"


def label_problems(
    frame: DataFrame, config: CompareConfig, classes: Collection[str], width: int | None
) -> Iterator[str]:
    """What is wrong with labels, in one look at them.

    Args:
        frame: The labelled rows.
        config: Names the columns.
        classes: The classes that there may be, as ``class_label`` writes them; any if there are none.
        width: How many values each prediction has; None if they are no arrays.
    """
    match config.known_task:
        case "regression" | "quantile" | "forecast":
            return _number_problems(frame, config)
        case "ranking":
            return _relevance_problems(frame, config)
        case "multilabel":
            return _array_problems(frame, config, width)
        case "binary" | "multiclass":
            return _class_problems(frame, config, classes)


def _number_problems(frame: DataFrame, config: CompareConfig) -> Iterator[str]:
    label = F.col(quoted(config.labels.column)).cast("double")
    if frame.where(label.isNotNull() & ~F.isnan(label)).isEmpty():
        yield _no_label(config.labels.column)


def _relevance_problems(frame: DataFrame, config: CompareConfig) -> Iterator[str]:
    name = config.labels.column
    label = F.nanvl(F.col(quoted(name)).cast("double"), F.lit(None))
    relevant, unfit = F.count_if(label > 0), F.count_if(~label.between(0, sys.float_info.max))
    ((labels, found, wrong),) = frame.agg(F.count(label), relevant, unfit).collect()
    if not labels:
        yield _no_label(name)
    elif wrong:
        yield f"column {name!r} is negative or not finite in {wrong} rows; 0 is not relevant, and more is more"
    elif not found:
        yield f"column {name!r} is above 0 in no row; a ranking needs relevant items"


def _array_problems(frame: DataFrame, config: CompareConfig, width: int | None) -> Iterator[str]:
    name = config.labels.column
    label = F.col(quoted(name)).cast("array<double>")
    # NULL has no size, or that of -1 in sessions that ask for Hive's ways.
    size = F.when(label.isNotNull(), F.size(label))
    unfit = F.count_if(F.exists(label, lambda part: part.isNull() | ~part.isin(0.0, 1.0)))
    ((least, most, wrong),) = frame.agg(F.min(size), F.max(size), unfit).collect()
    if most is None:
        yield _no_label(name)
        return
    if least != most:
        yield f"column {name!r} has arrays of {least} to {most} values; give each row a 0 or 1 for every label"
    elif not most:
        yield f"column {name!r} has arrays without values"
    elif width not in {None, most}:
        yield f"column {name!r} has arrays of {most} values, but predictions have arrays of {width}"
    if wrong:
        yield f"column {name!r} has other values than 0 and 1 in the arrays of {wrong} rows"


def _class_problems(frame: DataFrame, config: CompareConfig, classes: Collection[str]) -> Iterator[str]:
    name = config.labels.column
    # Of the few different values, not of all rows.
    values = frame.select(F.col(quoted(name)).alias("value")).distinct()
    rows = (
        values.select(class_label(F.col("value"), frame.schema[name].dataType).alias("label"))
        .where(F.col("label").isNotNull())
        .distinct()
    )
    found = {row["label"] for row in rows.limit(MOST_CLASSES + 1).collect()}
    if not found:
        yield _no_label(name)
        return
    if len(found) == 1:
        yield f"column {name!r} has one class only; a comparison needs at least two: {_CHECK}"
    elif config.task == "binary" and len(found) > 2:
        yield f"column {name!r} has {_count(len(found))} classes; binary needs two (or task: multiclass)"
    if config.task == "binary" and class_name(config.positive_class) not in found:
        yield f"positive_class {config.positive_class!r} is not a value of column {name!r}"
    unknown = found - set(classes)
    if classes and unknown:
        known = "among classes" if config.classes else f"0 to {len(classes) - 1}; name them in classes"
        yield f"column {name!r} has {_count(len(unknown))} values that are not {known}"


def _no_label(name: str) -> str:
    return f"column {name!r} is NULL or NaN in all rows; there is nothing to compare with: {_CHECK}"


def _count(number: int) -> str:
    return f"more than {MOST_CLASSES}" if number > MOST_CLASSES else str(number)
