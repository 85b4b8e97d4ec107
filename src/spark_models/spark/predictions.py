"""The predictions table: whether a batch is there, and its one atomic commit."""

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from delta.exceptions import ConcurrentTransactionException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_models.core.micro_batch import counted
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import TableName, quoted, sql_literal, template
from spark_models.errors import DataError
from spark_models.spark.tables import CONFLICTS, committed, latest_version, table_exists

Mode = Literal["append", "replace", "merge"]

# Among how many of the table's latest commits ours must be; more would be read in vain.
RECENT = 200


@dataclass(frozen=True)
class Batch:
    """One scoring of one input slice by one model version."""

    model_version: ModelVersion
    batch_id: str

    @property
    def of_model(self) -> Column:
        """The model version's rows in a predictions table: one partition."""
        version = F.lit(self.model_version.version).cast("bigint")
        return (F.col("model_name") == self.model_version.name) & (F.col("model_version") == version)

    @property
    def condition(self) -> Column:
        """The batch's rows in a predictions table."""
        return self.of_model & self.same_id

    @property
    def same_id(self) -> Column:
        """The rows of the batch's id, whatever wrote them."""
        return F.col("batch_id") == self.batch_id

    @property
    def transaction(self) -> tuple[str, int]:
        """Id and version in Delta's transaction identifiers: the same batch is committed once."""
        batch, version = counted(self.batch_id)
        return f"spark-models/{self.model_version.name}/{self.model_version.version}/{batch}", version


@dataclass(frozen=True)
class Write:
    """What to write and how.

    ``rows`` is how many there are, ``scored_at`` goes into each, and ``run_id`` into the commit's metadata;
    ``records_errors`` is whether some may have an error instead of a prediction.
    """

    table: TableName
    batch: Batch
    mode: Mode
    keys: tuple[str, ...]
    rows: int
    scored_at: datetime
    run_id: str
    records_errors: bool = False


@dataclass(frozen=True)
class Commit:
    """What a commit left in the table: its Delta version, and the batch's rows by outcome."""

    version: int
    rows_scored: int
    rows_failed: int


def batch_exists(spark: SparkSession, table: TableName, batch: Batch) -> bool:
    """Whether the table holds rows of the batch; a table of another kind holds none."""
    return _holds(spark, table, batch.condition)


def batch_exists_of_any_version(spark: SparkSession, table: TableName, batch: Batch) -> bool:
    """Whether the table holds rows of the batch, by whatever version of the model."""
    return _holds(spark, table, (F.col("model_name") == batch.model_version.name) & batch.same_id)


def _holds(spark: SparkSession, table: TableName, condition: Column) -> bool:
    if not table_exists(spark, table):
        return False
    present = spark.table(table.sql)
    return {"model_name", "model_version", "batch_id"} <= set(present.columns) and not present.where(
        condition
    ).isEmpty()


def require_single_rows(spark: SparkSession, write: Write, given: DataFrame) -> None:
    """Refuse a merge into a table in which earlier batches of the model version wrote some of the keys twice.

    Raises:
        DataError: since each of these rows would be updated, and the batch would have more rows than its input.
    """
    keys = [F.col(quoted(key)) for key in write.keys]
    present = spark.table(write.table.sql).where(write.batch.of_model).select(*keys)
    touched = present.join(given.select(*keys), list(write.keys), "left_semi")
    counted = touched.agg(F.count(F.lit(1)), F.count_distinct(F.struct(*keys))).first()
    rows, distinct = counted or (0, 0)
    if rows > distinct:
        problem = f"it holds {rows - distinct} rows of {write.batch.model_version} that repeat the key of another"
        raise DataError(f"table {write.table}", [problem, "merge into another table, or score in append mode"])


def commit_batch(spark: SparkSession, write: Write, frame: DataFrame) -> Commit | None:
    """Write the batch in one Delta commit.

    append leaves it to Delta's transaction identifiers that of two jobs that write the same batch
    at once just one does.

    Returns:
        What was committed, or None if another job committed the same batch meanwhile.

    Raises:
        DataError: if other jobs kept writing to the same rows.
    """
    # Only a merge cannot be told from an earlier one of the same batch, whose rows were deleted since.
    before = latest_version(spark, write.table) if write.mode == "merge" else None
    if not _written(spark, write, frame):
        return None
    found = _committed(spark, write, before or 0)
    if found is not None:
        return _outcome(spark, write, *found)
    if write.mode == "replace":
        # Nothing was there to replace, and nothing to write: Delta then makes no commit.
        return Commit(latest_version(spark, write.table) or 0, 0, 0)
    if write.mode == "append" and write.rows and not batch_exists(spark, write.table, write.batch):
        # Delta remembers the batch, but its rows were deleted, or an older version of the table restored.
        return commit_batch(spark, dataclasses.replace(write, mode="replace"), frame)
    return None


def _written(spark: SparkSession, write: Write, frame: DataFrame) -> bool:
    """Whether it was this job that wrote the batch."""

    def written() -> bool:
        try:
            _write(spark, write, frame)
        except ConcurrentTransactionException:
            return False
        except CONFLICTS:
            # In replace mode the last one to write has the last word.
            if write.mode != "replace" and batch_exists(spark, write.table, write.batch):
                return False
            raise
        return True

    return committed(write.table, written)


def _write(spark: SparkSession, write: Write, frame: DataFrame) -> None:
    writer = frame.writeTo(write.table.sql).option("userMetadata", write.run_id)
    if write.mode == "append":
        application, version = write.batch.transaction
        writer.option("txnAppId", application).option("txnVersion", str(version)).append()
    elif write.mode == "replace":
        writer.overwrite(write.batch.condition)
    else:
        _merge(spark, write, frame)


def _merge(spark: SparkSession, write: Write, frame: DataFrame) -> None:
    name, version = write.batch.model_version.name, write.batch.model_version.version
    # The partition in literals: two versions that are merged at once then do not conflict.
    partition = f"target.model_name = {sql_literal(name)} AND target.model_version = {sql_literal(version)}"
    same = " AND ".join(f"target.{quoted(key)} = source.{quoted(key)}" for key in write.keys)
    # Of the batch itself there is nothing to update; its id in the clause tells the commit from others.
    other = f"NOT (target.batch_id <=> {sql_literal(write.batch.batch_id)})"
    spark.sql(
        f"MERGE INTO {template(write.table.sql)} AS target USING {{source}} AS source ON {template(partition)} AND"
        f" {template(same)} WHEN MATCHED AND {template(other)} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
        source=frame,
    )


def _committed(spark: SparkSession, write: Write, before: int) -> tuple[int, int | None] | None:
    """The Delta version that this run committed, others may have around it, and how many rows if the log tells."""
    ours = F.col("userMetadata") == write.run_id
    written = _metric("numOutputRows")
    if write.mode == "merge":
        # MERGE takes no metadata but a setting of the whole session, which other threads would see.
        told = json.dumps(f"<=> {write.batch.batch_id})")[1:-1]
        written = _metric("numTargetRowsInserted") + _metric("numTargetRowsUpdated")
        ours = (F.col("operation") == "MERGE") & F.col("operationParameters")["matchedPredicates"].contains(told)
        ours &= F.lit(write.rows == 0) | (written > 0)
    history = spark.sql(f"DESCRIBE HISTORY {write.table.sql} LIMIT {RECENT}").where((F.col("version") > before) & ours)
    found = history.select("version", written.alias("rows")).orderBy(F.desc("version")).first()
    return None if found is None else (int(found["version"]), found["rows"])


def _metric(name: str) -> Column:
    return F.col("operationMetrics")[name].cast("bigint")


def _outcome(spark: SparkSession, write: Write, version: int, rows: int | None) -> Commit:
    if rows is not None and not write.records_errors:
        return Commit(version, rows, 0)
    counted = (
        spark.table(write.table.sql)
        .where(write.batch.condition)
        .agg(F.count_if(F.col("error").isNull()).alias("scored"), F.count("error").alias("failed"))
        .first()
    )
    scored, failed = (counted["scored"], counted["failed"]) if counted is not None else (0, 0)
    return Commit(version, int(scored), int(failed))
