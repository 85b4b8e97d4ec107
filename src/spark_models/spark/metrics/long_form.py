"""Scored rows in a long form: a row for each version and each slice that the row belongs to."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from spark_models.core.table_name import quoted

ALL_ROWS = ""
KEYS = ("version", "slice")

Key = tuple[int, str]


def long_form(scored: DataFrame, fields: Mapping[int, Mapping[str, Column]], slices: Sequence[str]) -> DataFrame:
    """Every row once for each version and slice: ``version``, the version's fields by name, ``slice``.

    The columns in ``fields`` are expressions over ``scored``, the same names for every version.
    """
    versions = F.array(*(_version_struct(version, named) for version, named in fields.items()))
    names = next(iter(fields.values()))
    exploded = scored.select(F.inline(versions), _slice_keys(slices).alias("slices"))
    return exploded.select("version", *names, F.explode("slices").alias("slice"))


def by_slice(scored: DataFrame, fields: Mapping[str, Column], slices: Sequence[str]) -> DataFrame:
    """Every row once for each slice: ``slice`` and the fields by name."""
    named = [field.alias(name) for name, field in fields.items()]
    return scored.select(*named, F.explode(_slice_keys(slices)).alias("slice"))


def slice_of(key: str, slices: Sequence[str]) -> tuple[str | None, str | None]:
    """The slice's column and value that a key stands for.

    >>> slice_of("0=JFK", ["origin"]), slice_of("0", ["origin"]), slice_of("", ["origin"])
    (('origin', 'JFK'), ('origin', None), (None, None))
    """
    number, has_value, value = key.partition("=")
    return (slices[int(number)] if number else None), (value if has_value else None)


def collected(measured: DataFrame) -> dict[Key, Row]:
    """The rows of an aggregate over ``KEYS``, by version and slice key."""
    return {(row["version"], row["slice"]): row for row in measured.collect()}


def _version_struct(version: int, fields: Mapping[str, Column]) -> Column:
    return F.struct(F.lit(version).alias("version"), *(field.alias(name) for name, field in fields.items()))


def _slice_keys(slices: Sequence[str]) -> Column:
    # concat_ws leaves NULL out, so a slice's key is "0=value", or "0" where the column is NULL: never NULL itself,
    # which would cost every join a null-safe comparison.
    keys = (F.concat_ws("=", F.lit(str(number)), F.col(quoted(name))) for number, name in enumerate(slices))
    return F.array(F.lit(ALL_ROWS), *keys)
