"""The predictions table: whether a batch is there, and its one atomic commit."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from delta.exceptions import ConcurrentTransactionException
from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import TableName, quoted, sql_literal, template
from spark_models.core.tables import BATCH_KEY
from spark_models.errors import DataError
from spark_models.spark.batch_files import files_of_batches, has_batches_for_partitions
from spark_models.spark.on_disk import table_on_disk
from spark_models.spark.tables import CONFLICTS, columns_of, committed, latest_version
from spark_models.spark.writes import RECENT, SEVERAL, Batch, Commit, Write, any_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def batch_exists(spark: SparkSession, table: TableName, batch: Batch) -> bool:
    """Whether the table holds rows of the batch; a table of another kind holds none."""
    return _holds(spark, table, batch.condition)


def present_batches(spark: SparkSession, table: TableName, batches: Sequence[Batch]) -> frozenset[Batch]:
    """Those of the batches that the table holds rows of, in one look; a table of another kind holds none."""
    here = table_on_disk(spark, table)
    if here is not None and has_batches_for_partitions(here):
        keys = {file.key for file in files_of_batches(here, batches)}
        return frozenset(batch for batch in batches if batch.key in keys)
    if not _has_batches(spark, table):
        return frozenset()
    if len(batches) == 1:
        # The first row answers for one batch; for several all of their rows are looked at.
        return frozenset(batches) if batch_exists(spark, table, batches[0]) else frozenset()
    found = spark.table(table.sql).where(any_of([batch.condition for batch in batches])).select(*BATCH_KEY).distinct()
    there = set(map(tuple, found.collect()))
    return frozenset(batch for batch in batches if batch.key in there)


def batch_exists_of_any_version(spark: SparkSession, table: TableName, batch: Batch) -> bool:
    """Whether the table holds rows of the batch, by whatever version of the model."""
    return _holds(spark, table, (F.col("model_name") == batch.model_version.name) & batch.same_id)


def _holds(spark: SparkSession, table: TableName, condition: Column) -> bool:
    return _has_batches(spark, table) and not spark.table(table.sql).where(condition).isEmpty()


def _has_batches(spark: SparkSession, table: TableName) -> bool:
    there = columns_of(spark, table)
    return there is not None and set(BATCH_KEY) <= set(there.names)


def require_single_rows(spark: SparkSession, write: Write, given: DataFrame) -> None:
    """Refuse a merge into a table in which earlier batches of a model version wrote some of the keys twice.

    Raises:
        DataError: since each of these rows would be updated, and the batch would have more rows than its input.
    """
    keys = [F.col(quoted(key)) for key in write.keys]
    of_version = [F.col("model_name"), F.col("model_version")]
    present = spark.table(write.table.sql).where(write.of_models).select(*of_version, *keys)
    touched = present.join(given.select(*keys), list(write.keys), "left_semi")
    repeated = touched.groupBy(*of_version).agg(
        (F.count(F.lit(1)) - F.count_distinct(F.struct(*keys))).alias("repeated")
    )
    problems = [
        f"it holds {row['repeated']} rows of {ModelVersion(row['model_name'], row['model_version'])} that repeat the"
        " key of another"
        for row in sorted(repeated.where("repeated > 0").collect())
    ]
    if problems:
        raise DataError(f"table {write.table}", [*problems, "merge into another table, or score in append mode"])


def commit_batches(spark: SparkSession, write: Write, frame: DataFrame) -> tuple[Commit, ...] | None:
    """Write the batches in one Delta commit.

    Of two jobs that append the same batch at once just one does: Delta's transaction identifiers see to it for one
    batch, and several are put in the place of what is there.

    Returns:
        What was committed of each batch, or None if another job committed the same one meanwhile.

    Raises:
        DataError: if other jobs kept writing to the same rows.
    """
    # Only a merge cannot be told from an earlier one of the same batch, whose rows were deleted since.
    before = latest_version(spark, write.table) if write.mode == "merge" else None
    if not _written(spark, write, frame):
        return None
    found = _committed(spark, write, before or 0)
    if found is not None:
        return _whole(spark, write, frame, found)
    if write.mode != "merge" and not write.is_one_transaction:
        # Nothing was there to replace, and nothing to write: Delta then makes no commit.
        version = latest_version(spark, write.table) or 0
        return tuple(Commit(version, 0, 0) for _ in write.batches)
    if write.is_one_transaction and write.all_rows and not _holds(spark, write.table, write.condition):
        # Delta remembers the batch, but its rows were deleted, or an older version of the table restored.
        return commit_batches(spark, dataclasses.replace(write, mode="replace"), frame)
    return None


@dataclass(frozen=True)
class _Committed:
    """This run's commit: ``rows`` if the log tells, and whether one of several batches was made not long ago."""

    version: int
    rows: int | None
    is_crowded: bool


def _whole(spark: SparkSession, write: Write, frame: DataFrame, found: _Committed) -> tuple[Commit, ...] | None:
    """What was committed; a batch that a job of several wrote at the same time is put in place once."""
    if not (write.is_one_transaction and found.is_crowded):
        return _outcomes(spark, write, found)
    if spark.table(write.table.sql).where(write.condition).count() == write.all_rows:
        return _outcomes(spark, write, found)
    return commit_batches(spark, dataclasses.replace(write, mode="replace"), frame)


def _written(spark: SparkSession, write: Write, frame: DataFrame) -> bool:
    """Whether it was this job that wrote the batches."""

    def written() -> bool:
        try:
            _write(spark, write, frame)
        except ConcurrentTransactionException:
            return False
        except CONFLICTS:
            # In replace mode the last one to write has the last word.
            if write.mode != "replace" and present_batches(spark, write.table, write.batches) >= set(write.batches):
                return False
            raise
        return True

    return committed(write.table, written)


def _write(spark: SparkSession, write: Write, frame: DataFrame) -> None:
    writer = frame.writeTo(write.table.sql).option("userMetadata", write.metadata)
    if write.is_one_transaction:
        application, version = write.batches[0].transaction
        writer.option("txnAppId", application).option("txnVersion", str(version)).append()
    elif write.mode == "merge":
        _merge(spark, write, frame)
    else:
        writer.overwrite(write.condition)


def _merge(spark: SparkSession, write: Write, frame: DataFrame) -> None:
    # The partitions in literals: two versions that are merged at once then do not conflict.
    partitions = " OR ".join(
        f"(target.model_name = {sql_literal(batch.model_version.name)}"
        f" AND target.model_version = {sql_literal(batch.model_version.version)})"
        for batch in write.batches
    )
    same = " AND ".join(
        f"target.{quoted(key)} = source.{quoted(key)}" for key in ("model_name", "model_version", *write.keys)
    )
    # Of the batches themselves there is nothing to update; their ids in the clause tell the commit from others.
    other = " AND ".join(f"NOT (target.batch_id <=> {sql_literal(batch.batch_id)})" for batch in write.batches)
    spark.sql(
        f"MERGE INTO {template(write.table.sql)} AS target USING {{source}} AS source ON ({template(partitions)}) AND"
        f" {template(same)} WHEN MATCHED AND {template(other)} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
        source=frame,
    )


def _committed(spark: SparkSession, write: Write, before: int) -> _Committed | None:
    """This run's commit, which others may have made theirs around."""
    # As it is: any query of it would be a job of Spark's.
    latest = spark.sql(f"DESCRIBE HISTORY {write.table.sql} LIMIT {RECENT}").collect()
    recent = [commit for commit in latest if commit["version"] > before]
    ours = [commit for commit in recent if _is_ours(write, commit)]
    if not ours:
        return None
    newest = max(ours, key=lambda commit: int(commit["version"]))
    is_crowded = any(SEVERAL in (commit["userMetadata"] or "") for commit in recent if commit not in ours)
    return _Committed(int(newest["version"]), _rows_written(newest), is_crowded)


def _is_ours(write: Write, commit: Row) -> bool:
    if write.mode != "merge":
        return bool(commit["userMetadata"] == write.metadata)
    # MERGE takes no metadata but a setting of the whole session, which other threads would see.
    told = json.dumps(f"<=> {write.batches[-1].batch_id})")[1:-1]
    is_told = commit["operation"] == "MERGE" and told in commit["operationParameters"].get("matchedPredicates", "")
    return is_told and (write.all_rows == 0 or bool(_rows_written(commit)))


def _rows_written(commit: Row) -> int | None:
    """How many rows a commit wrote, if the log tells."""
    names = ("numTargetRowsInserted", "numTargetRowsUpdated") if commit["operation"] == "MERGE" else ("numOutputRows",)
    told = commit["operationMetrics"] or {}
    return sum(int(told[name]) for name in names) if told.keys() >= set(names) else None


def _outcomes(spark: SparkSession, write: Write, found: _Committed) -> tuple[Commit, ...]:
    if found.rows == write.all_rows and not write.records_errors:
        return tuple(Commit(found.version, rows, 0) for rows in write.rows)
    counted = counted_batches(spark, write.table, write.batches)
    nothing = Counted(0, 0, None)
    counts = [counted.get(batch, nothing) for batch in write.batches]
    return tuple(Commit(found.version, one.rows_scored, one.rows_failed) for one in counts)


@dataclass(frozen=True)
class Counted:
    """The rows of a batch that are in the table, by outcome, and when they were scored."""

    rows_scored: int
    rows_failed: int
    scored_at: datetime | None


def counted_batches(spark: SparkSession, table: TableName, batches: Sequence[Batch]) -> dict[Batch, Counted]:
    """What the table holds of each of the batches; nothing of those that it has no row of."""
    error, at = F.col("error"), F.unix_micros(F.max("scored_at"))
    counted = (
        spark.table(table.sql)
        .where(any_of([batch.condition for batch in batches]))
        .groupBy(*BATCH_KEY)
        .agg(F.count_if(error.isNull()), F.count_if(error.isNotNull()), at)
    )
    found = {
        tuple(key): Counted(scored, failed, _EPOCH + timedelta(microseconds=micros))
        for *key, scored, failed, micros in counted.collect()
    }
    return {batch: found[batch.key] for batch in batches if batch.key in found}


def remove_batches(spark: SparkSession, write: Write) -> None:
    """Take what the table has of the batches out of it, in one commit."""
    condition = " OR ".join(
        f"(model_name = {sql_literal(batch.model_version.name)}"
        f" AND model_version = {sql_literal(batch.model_version.version)}"
        f" AND batch_id = {sql_literal(batch.batch_id)})"
        for batch in write.batches
    )
    statement = f"DELETE FROM {write.table.sql} WHERE {condition}"  # noqa: S608  # a quoted name, and literals
    committed(write.table, lambda: spark.sql(statement))
