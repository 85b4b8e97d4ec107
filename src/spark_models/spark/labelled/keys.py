"""Keys of any type as whole numbers, so that workers bring rows of two tables together by arithmetic alone."""

from collections.abc import Sequence
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_models.core.table_name import quoted

_WHOLE = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)

# The second hash starts from another seed, which Spark takes from what is hashed first.
_SEED = 7


def key_columns(frame: DataFrame, other: DataFrame, keys: Sequence[str]) -> list[Column]:
    """The columns ``key`` and ``check`` of type bigint, alike in both frames where the keys are; NULL if one is NULL.

    One whole number is its own ``key``, and there is no ``check``. Else both are hashes of all keys, each cast to what
    both frames' types have in common; two keys are the same if both columns are.
    """
    common = [_common(frame, other, name) for name in keys]
    there = reduce(and_, (F.col(quoted(name)).isNotNull() for name in keys))
    if has_whole_key(frame, other, keys):
        return [common[0].cast("bigint").alias("key")]
    return [
        F.when(there, F.xxhash64(*common)).alias("key"),
        F.when(there, F.xxhash64(F.lit(_SEED), *common)).alias("check"),
    ]


def has_whole_key(frame: DataFrame, other: DataFrame, keys: Sequence[str]) -> bool:
    """Whether the key is one whole number in both frames."""
    return len(keys) == 1 and all(isinstance(each.schema[keys[0]].dataType, _WHOLE) for each in (frame, other))


def group_column(frame: DataFrame, other: DataFrame, names: Sequence[str]) -> Column:
    """A hash of what rows of one group have in common, of type bigint and alike in both frames where that is."""
    return F.xxhash64(*(_common(frame, other, name) for name in names))


def _common(frame: DataFrame, other: DataFrame, name: str) -> Column:
    ours, theirs = frame.schema[name].dataType, other.schema[name].dataType
    if ours == theirs:
        return F.col(quoted(name))
    # Spark finds the type that both fit into, as it would for a join.
    return F.coalesce(F.col(quoted(name)), F.lit(None).cast(theirs))
