"""The predictions table: whether a batch is there, and its one atomic commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import TableName, quoted, sql_literal
from spark_models.spark.tables import latest_version, table_exists

Mode = Literal["append", "replace", "merge"]


@dataclass(frozen=True)
class Batch:
    """One scoring of one input slice by one model version."""

    model_version: ModelVersion
    batch_id: str

    @property
    def condition(self) -> Column:
        """The batch's rows in a predictions table."""
        return (
            (F.col("model_name") == self.model_version.name)
            & (F.col("model_version") == F.lit(self.model_version.version).cast("bigint"))
            & (F.col("batch_id") == self.batch_id)
        )

    @property
    def transaction(self) -> str:
        """The application id in Delta's transaction identifiers: the same batch is committed once."""
        return f"spark-models/{self.model_version.name}/{self.model_version.version}/{self.batch_id}"


@dataclass(frozen=True)
class Commit:
    """What a commit left in the table: its Delta version, and the batch's rows by outcome."""

    version: int
    rows_scored: int
    rows_failed: int


def batch_exists(spark: SparkSession, table: TableName, batch: Batch) -> bool:
    """Whether the table holds rows of the batch."""
    return table_exists(spark, table) and not spark.table(table.sql).where(batch.condition).isEmpty()


def commit_batch(
    spark: SparkSession, table: TableName, batch: Batch, frame: DataFrame, mode: Mode, keys: Sequence[str], run_id: str
) -> Commit | None:
    """Write the batch in one Delta commit.

    append leaves it to Delta's transaction identifiers that of two jobs that write the same batch
    at once just one does. ``run_id`` goes into the commit's metadata.

    Returns:
        What was committed, or None if another job committed the same batch meanwhile.
    """
    before = latest_version(spark, table)
    try:
        _write(spark, table, batch, frame, mode, keys, run_id)
    except (PySparkException, Py4JJavaError) as error:
        if mode == "append" and "ConcurrentTransactionException" in str(error):
            return None
        raise
    version = _committed_version(spark, table, mode, before or 0, run_id)
    return None if version is None else _outcome(spark, table, batch, version)


def _write(
    spark: SparkSession, table: TableName, batch: Batch, frame: DataFrame, mode: Mode, keys: Sequence[str], run_id: str
) -> None:
    writer = frame.writeTo(table.sql).option("userMetadata", run_id)
    if mode == "append":
        writer.option("txnAppId", batch.transaction).option("txnVersion", "1").append()
    elif mode == "replace":
        writer.overwrite(batch.condition)
    else:
        _merge(spark, table, batch, frame, keys)


def _merge(spark: SparkSession, table: TableName, batch: Batch, frame: DataFrame, keys: Sequence[str]) -> None:
    # The partition in literals: two versions that are merged at once then do not conflict.
    same = " AND ".join(f"target.{quoted(key)} = source.{quoted(key)}" for key in keys)
    partition = (
        f"target.model_name = {sql_literal(batch.model_version.name)}"
        f" AND target.model_version = {sql_literal(batch.model_version.version)}"
    )
    spark.sql(
        f"MERGE INTO {table.sql} AS target USING {{source}} AS source ON {partition} AND {same}"
        " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
        source=frame,
    )


def _committed_version(
    spark: SparkSession, table: TableName, mode: Mode, before: int, run_id: str
) -> int | None:
    """The Delta version that this run committed; other jobs may have committed around it."""
    # MERGE takes no metadata but a setting of the whole session, which other threads would see.
    ours = F.col("operation") == "MERGE" if mode == "merge" else F.col("userMetadata") == run_id
    history = spark.sql(f"DESCRIBE HISTORY {table.sql}").where((F.col("version") > before) & ours)
    found = history.agg(F.max("version").alias("version")).first()
    return None if found is None or found["version"] is None else int(found["version"])


def _outcome(spark: SparkSession, table: TableName, batch: Batch, version: int) -> Commit:
    counted = (
        spark.table(table.sql)
        .where(batch.condition)
        .agg(F.count_if(F.col("error").isNull()).alias("scored"), F.count("error").alias("failed"))
        .first()
    )
    scored, failed = (counted["scored"], counted["failed"]) if counted is not None else (0, 0)
    return Commit(version, int(scored), int(failed))
