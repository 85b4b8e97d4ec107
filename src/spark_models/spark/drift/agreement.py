"""How far two versions agree row by row, and the rows in which they differ most."""

import math
from functools import reduce
from operator import or_

from pyspark.sql import Column, Row
from pyspark.sql import functions as F

from spark_models.core.drift import Agreement, ChangedRow
from spark_models.core.drift_tables import ClassChange
from spark_models.spark.drift.pairs import Pairs, Part
from spark_models.spark.drift.sides import readable


def agreements(pairs: Pairs, most_changes: int) -> tuple[Agreement, ...]:
    """How far the versions agree in each part of the prediction, in one aggregation, and one for class changes."""
    columns = [column for place, part in enumerate(pairs.parts) for column in _aggregates(part, place)]
    (row,) = pairs.scored.agg(*columns).collect()
    return tuple(
        _agreement(row, place, _class_changes(pairs, part, most_changes)) for place, part in enumerate(pairs.parts)
    )


def changed_most(pairs: Pairs, most: int) -> tuple[ChangedRow, ...]:
    """The keys of the rows in which the versions differ most, as strings, most first.

    The size is that of the largest difference between numbers; rows without one are those whose class changed.
    """
    if not most:
        return ()
    numbers = [_difference(part) for part in pairs.parts if part.column.kind == "number"]
    size = F.greatest(*numbers, F.lit(None)) if numbers else F.lit(None).cast("double")
    is_changed = (size > 0) if numbers else reduce(or_, (_changes_class(part) for part in pairs.parts))
    keys = [F.col(f"key_{place}") for place in range(len(pairs.keys))]
    # Keys decide between equal sizes, so that the same rows come whatever order Spark has them in.
    ranked = pairs.scored.withColumn("size", size).where(is_changed).orderBy(F.desc_nulls_last("size"), *keys)
    rows = ranked.limit(most).select("size", *(key.cast("string").alias(f"text_{n}") for n, key in enumerate(keys)))
    return tuple(ChangedRow(dict(zip(pairs.keys, row[1:], strict=True)), row["size"]) for row in rows.collect())


def _aggregates(part: Part, place: int) -> list[Column]:
    baseline, candidate = _both(part)
    there = baseline.isNotNull() & candidate.isNotNull()
    class_of = part.class_of
    same = baseline == candidate if class_of is None else class_of(F.col("baseline")) == class_of(F.col("candidate"))
    agreed = F.avg(F.when(there, same.cast("double")))
    columns = {"rows": F.count_if(there), "agreement": agreed}
    if part.column.kind == "number":
        # An infinity minus itself is no number.
        difference = F.when(baseline == candidate, 0.0).otherwise(candidate - baseline)
        columns |= {
            "correlation": F.corr(F.when(there, baseline), F.when(there, candidate)),
            "mean": F.avg(difference),
            "mean_size": F.avg(F.abs(difference)),
            "max_size": F.max(F.abs(difference)),
        }
    return [column.alias(f"{name}_{place}") for name, column in columns.items()]


def _both(part: Part) -> tuple[Column, Column]:
    """What both versions predicted, NULL also for NaN."""
    baseline, candidate = (readable(part.value(F.col(name)), part.column.kind) for name in ("baseline", "candidate"))
    if part.column.kind != "number":
        return baseline, candidate
    return F.when(~F.isnan(baseline), baseline), F.when(~F.isnan(candidate), candidate)


def _difference(part: Part) -> Column:
    baseline, candidate = _both(part)
    return F.when(baseline == candidate, 0.0).otherwise(F.abs(candidate - baseline))


def _changes_class(part: Part) -> Column:
    baseline, candidate = _both(part)
    return baseline != candidate


def _agreement(row: Row, place: int, changes: tuple[ClassChange, ...] | None) -> Agreement:
    found = row.asDict()
    return Agreement(
        rows_compared=found[f"rows_{place}"],
        correlation=_number(found.get(f"correlation_{place}")),
        mean_difference=_number(found.get(f"mean_{place}")),
        mean_absolute_difference=_number(found.get(f"mean_size_{place}")),
        max_absolute_difference=_number(found.get(f"max_size_{place}")),
        agreement=_number(found[f"agreement_{place}"]),
        class_changes=changes,
    )


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _class_changes(pairs: Pairs, part: Part, most: int) -> tuple[ClassChange, ...] | None:
    if part.class_of is None:
        return None
    classes = [part.class_of(F.col(name)).alias(name) for name in ("baseline", "candidate")]
    counted = pairs.scored.select(*classes).dropna().groupBy("baseline", "candidate").count()
    rows = counted.orderBy(F.desc("count"), "baseline", "candidate").limit(most).collect()
    return tuple(ClassChange(row["baseline"], row["candidate"], row["count"]) for row in rows)
