"""The survey of an input: one look at its rows, so that those that must not be scored are refused before work."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_models.core.plan import Plan, PlannedInput
from spark_models.core.table_name import quoted
from spark_models.errors import DataError, SchemaError
from spark_models.spark.inputs import Input

# Where Spark's casts from a floating type to a whole one stop, as if that type could hold this very number.
STOPS = {
    frozenset({"double", "bigint"}): 2**63 - 1,
    frozenset({"float", "bigint"}): 2**63 - 1,
    frozenset({"float", "int"}): 2**31 - 1,
}


def survey(given: Input, keys: Sequence[str], plans: Sequence[Plan], *, unique: bool) -> int:
    """Count the rows, and refuse those that must not be scored.

    Args:
        given: The input.
        keys: Its key columns.
        plans: Which inputs have casts that keep some values only, for each model.
        unique: Whether each key may occur once only, as merge needs.

    Returns:
        The number of rows.

    Raises:
        DataError: if keys are null, or occur twice where they must be unique.
        SchemaError: if values do not survive the cast to the model's type.
    """
    casts = {(planned.column, planned.type): planned for plan in plans for planned in plan.checked}
    checks = [F.col(quoted(key)).isNull() for key in keys] + [_lossy(given, planned) for planned in casts.values()]
    # A struct of keys is never NULL, so that null keys count, too.
    distinct = [F.count_distinct(F.struct(*(F.col(quoted(key)) for key in keys)))] if unique else []
    rows, *counts = _counted(given.frame, [*(F.count_if(check) for check in checks), *distinct])
    problems = [f"key {key!r} is NULL in {count} rows" for key, count in zip(keys, counts, strict=False) if count]
    if unique and (repeated := rows - counts.pop()):
        problems.append(f"{repeated} rows repeat the key ({', '.join(keys)}) of another; merge needs each key once")
    inexact = [
        f"column {planned.column!r} is {given.columns[planned.column]}, and {count} of its values are not exact as"
        f" {planned.type}, which the model needs"
        for planned, count in zip(casts.values(), counts[len(keys) :], strict=True)
        if count
    ]
    if problems:
        raise DataError(f"{given} has rows that cannot be scored", [*problems, *inexact])
    if inexact:
        raise SchemaError(f"{given} does not fit the model's signature", inexact)
    return rows


def _counted(frame: DataFrame, counts: Sequence[Column]) -> list[int]:
    """The number of rows, and the other counts, in one pass."""
    counted = frame.agg(F.count(F.lit(1)), *counts).first()
    return [int(count) for count in counted or ()]


def _lossy(given: Input, planned: PlannedInput) -> Column:
    """Whether a value is another one after the cast to the model's type and back."""
    value, source = F.col(quoted(planned.column)), given.columns[planned.column]
    cast = value.try_cast(planned.type)
    whole = cast if source in {"float", "double"} else value
    changed = ~cast.try_cast(source).eqNullSafe(value)
    if stop := STOPS.get(frozenset({source, planned.type})):
        changed |= whole.eqNullSafe(F.lit(stop))
    return value.isNotNull() & changed
