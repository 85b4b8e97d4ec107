"""Group models: the keys by which rows have a model each, and the rows of some of them."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from pyspark.sql import functions as F

from spark_models.core.group_models import KEY_TYPES, GroupKey, fits_a_name
from spark_models.core.table_name import quoted
from spark_models.errors import DataError, SchemaError
from spark_models.spark.frames import local_frame
from spark_models.spark.inputs import Input, require_present, require_unambiguous


def group_keys(given: Input, column: str, most: int) -> tuple[GroupKey, ...]:
    """The values of a column, in their order; none if there are no rows.

    Raises:
        SchemaError: if there is no such column, or its values cannot stand in names.
        DataError: if there are more than ``most``, or some rows have none, or one that cannot stand in a name.
    """
    require_unambiguous(given)
    require_present([column], given, "model_by")
    kind = given.columns[column]
    if kind not in KEY_TYPES:
        problem = f"column {column!r} is {kind}; model_by takes {', '.join(sorted(KEY_TYPES))}"
        raise SchemaError(f"{given} cannot be grouped", [problem])
    counted = given.frame.groupBy(F.col(quoted(column)).alias("key")).agg(F.count(F.lit(1)).alias("rows"))
    found = {row["key"]: row["rows"] for row in counted.limit(most + 1).collect()}
    nulls = found.pop(None, 0)
    if problems := _problems(column, found, nulls, most):
        raise DataError(f"{given} cannot be grouped", problems)
    return tuple(sorted(found))


def _problems(column: str, keys: Collection[GroupKey], nulls: int, most: int) -> list[str]:
    if nulls:
        return [f"column {column!r} is NULL in {nulls} rows, which then have no model; a filter can leave them out"]
    if len(keys) > most:
        return [f"column {column!r} has more values than max_groups ({most})"]
    if unfit := sum(not fits_a_name(key) for key in keys):
        return [
            f"column {column!r} has {unfit} values that cannot stand in a model's name: empty, or with / or @ in it"
        ]
    return []


def placed(given: Input, column: str, places: Mapping[GroupKey, int]) -> Input:
    """The rows of these keys only, each with the place that its key has, in a column of its own."""
    place = _new_name("place", given.columns)
    ddl = f"{quoted(column)} {given.columns[column]}, {quoted(place)} bigint"
    keys = local_frame(given.frame.sparkSession, list(places.items()), ddl)
    return replace(given, frame=given.frame.join(F.broadcast(keys), on=column), place=place)


def _new_name(name: str, taken: Collection[str]) -> str:
    """The name, with so much behind it that none of the others is like it."""
    lowered = {other.casefold() for other in taken}
    while name in lowered:
        name += "_"
    return name
