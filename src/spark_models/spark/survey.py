"""The survey of an input: one look at its rows, so that those that must not be scored are refused before work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Surveyed:
    """How many rows there are, and which columns have NULLs, of those whose type for the model depends on it."""

    rows: int
    with_nulls: frozenset[str]


def survey(given: Input, keys: Sequence[str], plans: Sequence[Plan], *, unique: bool) -> Surveyed:
    """Count the rows, and refuse those that must not be scored.

    Args:
        given: The input.
        keys: Its key columns.
        plans: Which inputs have casts that keep some values only, for each model.
        unique: Whether each key may occur once only, as merge needs.

    Raises:
        DataError: if keys are null, or occur twice where they must be unique.
        SchemaError: if values do not survive the cast to the model's type.
    """
    casts = {(planned.column, planned.type): planned for plan in plans for planned in plan.checked}
    nullable = list(dict.fromkeys(one.column for plan in plans for one in plan.inputs if one.depends_on_nulls))
    checks = {
        "null": [F.count_if(F.col(quoted(key)).isNull()) for key in keys],
        "inexact": [F.count_if(_lossy(given, planned)) for planned in casts.values()],
        "nullable": [F.count_if(F.col(quoted(column)).isNull()) for column in nullable],
        # A struct of keys is never NULL, so that null keys count, too.
        "distinct": [F.count_distinct(F.struct(*(F.col(quoted(key)) for key in keys)))] if unique else [],
    }
    rows, counts = _counted(given.frame, checks)
    problems = [
        f"key {key!r} is NULL in {count} rows" for key, count in zip(keys, counts["null"], strict=True) if count
    ]
    if repeated := sum(rows - count for count in counts["distinct"]):
        problems.append(f"{repeated} rows repeat the key ({', '.join(keys)}) of another; merge needs each key once")
    inexact = [
        f"column {planned.column!r} is {given.columns[planned.column]}, and {count} of its values are not exact as"
        f" {planned.type}, which the model needs"
        for planned, count in zip(casts.values(), counts["inexact"], strict=True)
        if count
    ]
    if problems:
        raise DataError(f"{given} has rows that cannot be scored", [*problems, *inexact])
    if inexact:
        raise SchemaError(f"{given} does not fit the model's signature", inexact)
    return Surveyed(
        rows, frozenset(column for column, count in zip(nullable, counts["nullable"], strict=True) if count)
    )


def _counted(frame: DataFrame, checks: Mapping[str, Sequence[Column]]) -> tuple[int, dict[str, list[int]]]:
    """The number of rows, and the counts by what they are of, in one pass."""
    counted = frame.agg(F.count(F.lit(1)), *(count for counts in checks.values() for count in counts)).first()
    assert counted is not None, "an aggregate over all rows has one row"
    rows, *numbers = counted
    left = iter(numbers)
    return int(rows), {name: [int(next(left)) for _ in counts] for name, counts in checks.items()}


def _lossy(given: Input, planned: PlannedInput) -> Column:
    """Whether a value is another one after the cast to the model's type and back."""
    value, source = F.col(quoted(planned.column)), given.columns[planned.column]
    cast = value.try_cast(planned.type)
    whole = cast if source in {"float", "double"} else value
    changed = ~cast.try_cast(source).eqNullSafe(value)
    if stop := STOPS.get(frozenset({source, planned.type})):
        changed |= whole.eqNullSafe(F.lit(stop))
    return value.isNotNull() & changed
