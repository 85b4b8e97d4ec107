"""The latest prediction of each row, by the rule of ``spark.labelled.match``; decision 0016 says why in two places."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_models.core.table_name import quoted


def latest_predictions(rows: DataFrame, value: Column, keys: Sequence[str], versions: Sequence[int]) -> DataFrame:
    """One row a key: ``key_<place>``, and each version's latest prediction as ``given_<version>``.

    That is a struct of ``value``, ``error`` and ``repeated``, whether a batch has several rows with the key; NULL if
    the version did not score the row.
    """
    named = [F.col(quoted(key)).alias(f"key_{place}") for place, key in enumerate(keys)]
    given = F.struct(value.alias("value"), F.col("error").alias("error"))
    return (
        rows.groupBy(*named)
        .agg(*(column for version in versions for column in _of_version(given, version)))
        .select(*(f"key_{place}" for place in range(len(keys))), *(_with_repeated(version) for version in versions))
    )


def _of_version(given: Column, version: int) -> tuple[Column, Column]:
    is_version = F.col("model_version") == version
    batches = F.collect_set(F.when(is_version, F.coalesce("batch_id", F.lit(""))))
    newest = F.max_by(given, F.when(is_version, F.struct("scored_at", "batch_id")))
    return newest.alias(f"newest_{version}"), (F.count_if(is_version) > F.size(batches)).alias(f"repeated_{version}")


def _with_repeated(version: int) -> Column:
    newest = F.col(f"newest_{version}")
    fields = (
        newest["value"].alias("value"),
        newest["error"].alias("error"),
        F.col(f"repeated_{version}").alias("repeated"),
    )
    return F.when(newest.isNotNull(), F.struct(*fields)).alias(f"given_{version}")
