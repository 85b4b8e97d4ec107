"""The survey of an input: one look at its rows, so that those that must not be scored are refused before work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pyspark.sql import Column
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

# What is counted: these two once, and others for a key, a column or a cast.
ROWS, DISTINCT = ("rows",), ("distinct",)
_Check: TypeAlias = tuple[str, ...]
_Counts: TypeAlias = Mapping[_Check, int]


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
    return _surveyed(given, keys, [plans], unique=unique)[0]


def survey_groups(given: Input, keys: Sequence[str], plans: Sequence[Plan], *, unique: bool) -> tuple[Surveyed, ...]:
    """The same for group models: each plan is for the rows of its place, among which keys may have to be unique.

    Raises:
        DataError, SchemaError: as in :func:`survey`.
    """
    return _surveyed(given, keys, [[plan] for plan in plans], unique=unique)


def _surveyed(
    given: Input, keys: Sequence[str], slices: Sequence[Sequence[Plan]], *, unique: bool
) -> tuple[Surveyed, ...]:
    """What there is in each slice of the rows, which has plans of its own."""
    casts = [{(one.column, one.type): one for plan in plans for one in plan.checked} for plans in slices]
    every_cast = {cast: planned for of_slice in casts for cast, planned in of_slice.items()}
    nullable = {one.column: None for plans in slices for plan in plans for one in plan.inputs if one.depends_on_nulls}
    checks: dict[_Check, Column] = {
        ROWS: F.count(F.lit(1)),
        **{("null", key): F.count_if(F.col(quoted(key)).isNull()) for key in keys},
        **{("inexact", *cast): F.count_if(_lossy(given, planned)) for cast, planned in every_cast.items()},
        **{("nullable", column): F.count_if(F.col(quoted(column)).isNull()) for column in nullable},
        # A struct of keys is never NULL, so that null keys count, too.
        **({DISTINCT: F.count_distinct(F.struct(*(F.col(quoted(key)) for key in keys)))} if unique else {}),
    }
    counts = _counted(given, len(slices), checks)
    inexact = {
        planned: sum(count["inexact", *cast] for count, own in zip(counts, casts, strict=True) if cast in own)
        for cast, planned in every_cast.items()
    }
    _refuse(given, keys, counts, inexact)
    return tuple(
        Surveyed(count[ROWS], frozenset(column for column in nullable if count["nullable", column])) for count in counts
    )


def _refuse(given: Input, keys: Sequence[str], counts: Sequence[_Counts], inexact: Mapping[PlannedInput, int]) -> None:
    nulls = {key: sum(count["null", key] for count in counts) for key in keys}
    problems = [
        f"key {key!r} is NULL in {count} rows; leave them out by input.filter: {_plain(key)} IS NOT NULL"
        for key, count in nulls.items()
        if count
    ]
    if repeated := sum(count[ROWS] - count.get(DISTINCT, count[ROWS]) for count in counts):
        told = f"{repeated} rows repeat the key ({', '.join(keys)}) of another; merge needs each key once"
        problems.append(f"{told}: name more columns in output.keys, or set output.mode to append")
    lost = [_inexact(planned, given.columns[planned.column], count) for planned, count in inexact.items() if count]
    if problems:
        raise DataError(f"{given} has rows that cannot be scored", [*problems, *lost])
    if lost:
        raise SchemaError(f"{given} does not fit the model's signature", lost)


def _inexact(planned: PlannedInput, source: str, count: int) -> str:
    told = f"column {planned.column!r} is {source}, and {count} of its values are not exact as {planned.type}"
    return f"{told}, which the model needs: round them or leave them out in a view, or log the model with {source}"


def _plain(name: str) -> str:
    """A name as people write it in SQL, between backticks only if it needs them."""
    return name if name.isidentifier() else quoted(name)


def _counted(given: Input, slices: int, checks: Mapping[_Check, Column]) -> list[_Counts]:
    """The count of each check in each slice, in one pass; a slice is all rows, or those of one place."""
    if (told := _told_by_log(given, checks)) is not None:
        return [told] * slices
    by = [] if given.place is None else [F.col(quoted(given.place))]
    counts: list[_Counts] = [dict.fromkeys(checks, 0) for _ in range(slices)]
    for row in given.frame.groupBy(*by).agg(*checks.values()).collect():
        place, *numbers = row if by else (0, *row)
        counts[place] = dict(zip(checks, map(int, numbers), strict=True))
    return counts


def _told_by_log(given: Input, checks: Iterable[_Check]) -> _Counts | None:
    """The counts by the statistics that a Delta table's log has of each file, if that is all that is asked for."""
    if given.filter is not None or given.place is not None:
        return None
    columns = {check: check[1] for check in checks if check[0] in {"null", "nullable"}}
    if set(checks) != {ROWS, *columns}:
        return None
    told = None if given.on_disk is None else given.on_disk.counts(columns.values())
    return None if told is None else {ROWS: told.rows, **{check: told.nulls[name] for check, name in columns.items()}}


def _lossy(given: Input, planned: PlannedInput) -> Column:
    """Whether a value is another one after the cast to the model's type and back."""
    value, source = F.col(quoted(planned.column)), given.columns[planned.column]
    cast = value.try_cast(planned.type)
    whole = cast if source in {"float", "double"} else value
    changed = ~cast.try_cast(source).eqNullSafe(value)
    if stop := STOPS.get(frozenset({source, planned.type})):
        changed |= whole.eqNullSafe(F.lit(stop))
    return value.isNotNull() & changed
