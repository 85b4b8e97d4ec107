from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from threading import Barrier
from uuid import uuid4

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tests.lake import read
from tests.lake import write as write_rows

from spark_models.core.micro_batch import micro_batch_id
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import TableName, parse_table_name
from spark_models.core.table_schema import Column
from spark_models.core.tables import predictions_schema
from spark_models.errors import DataError
from spark_models.spark import tables
from spark_models.spark.frames import local_frame
from spark_models.spark.predictions import (
    batch_exists,
    batch_exists_of_any_version,
    commit_batches,
    require_single_rows,
)
from spark_models.spark.tables import latest_version, make_table
from spark_models.spark.writes import Batch, Commit, Mode, Write

SCHEMA = predictions_schema((Column("id", "bigint", ""),), (Column("prediction", "double", ""),), ("id",))
MOMENT = datetime(2013, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def empty(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake") / "empty"
    make_table(spark, parse_table_name(str(folder)), SCHEMA)
    return folder


@pytest.fixture
def table(empty: Path, lake: str) -> TableName:
    """A table of the test's own; a copy, since making one takes Spark a second."""
    return parse_table_name(str(copytree(empty, f"{lake}/it's a {{table}}")))


def write(table: TableName, batch_id: str, mode: Mode = "append", version: int = 1, rows: int = 3) -> Write:
    batch = Batch(ModelVersion("o'late", version), batch_id)
    return Write(table, (batch,), mode, ("id",), (rows,), MOMENT, run_id=uuid4().hex, records_errors=True)


def commit_batch(spark: SparkSession, job: Write, frame: DataFrame) -> Commit | None:
    """Commit a job of one batch."""
    commits = commit_batches(spark, job, frame)
    return None if commits is None else commits[0]


def rows_of(spark: SparkSession, job: Write, ids: Iterable[int] = range(3), prediction: float = 1.0) -> DataFrame:
    return local_frame(spark, [(row,) for row in ids], "id bigint").select(
        "id",
        F.lit(prediction).alias("prediction"),
        F.lit(job.batches[0].model_version.name).alias("model_name"),
        F.lit(job.batches[0].model_version.version).cast("bigint").alias("model_version"),
        F.lit(job.batches[0].batch_id).alias("batch_id"),
        F.lit(MOMENT).alias("scored_at"),
        F.when(F.col("id") == 2, "refused").alias("error"),
    )


def stored(*jobs: Write, ids: Iterable[int] = range(3)) -> None:
    """Rows of each job, that nobody looks at the writing of: by Spark it takes a second."""
    for job in jobs:
        (batch,) = job.batches
        version = batch.model_version
        rows = [(row, 1.0, version.name, version.version, batch.batch_id, MOMENT, None) for row in ids]
        write_rows(str(job.table.path), SCHEMA.definition, rows)


def found(table: TableName) -> list[tuple[object, ...]]:
    rows = read(str(table.path)).select(["model_version", "batch_id", "id", "prediction"])
    return sorted(tuple(row.values()) for row in rows.to_pylist())


def test_a_commit_tells_its_version_and_counts(spark: SparkSession, table: TableName) -> None:
    job = write(table, "a")
    assert not batch_exists(spark, table, job.batches[0])
    assert commit_batch(spark, job, rows_of(spark, job)) == Commit(1, rows_scored=2, rows_failed=1)
    assert batch_exists(spark, table, job.batches[0])
    assert not batch_exists(spark, table, write(table, "b").batches[0])
    assert not batch_exists(spark, table, write(table, "a", version=2).batches[0])


def test_rows_that_cannot_fail_are_counted_by_the_commit(spark: SparkSession, table: TableName) -> None:
    # After commits of other rows, one of which has the merge's key.
    stored(write(table, "other"), ids=[7, 8])
    modes: tuple[Mode, ...] = ("merge", "append", "replace")
    for version, mode in enumerate(modes, start=2):
        job = replace(write(table, mode, mode), records_errors=False)
        assert commit_batch(spark, job, rows_of(spark, job, ids=[0, 1, 7])) == Commit(version, 3, 0)


def test_a_batch_is_appended_once(spark: SparkSession, table: TableName) -> None:
    job = write(table, "a")
    commit_batch(spark, job, rows_of(spark, job))
    again = write(table, "a")
    assert commit_batch(spark, again, rows_of(spark, again)) is None
    assert len(found(table)) == 3
    assert latest_version(spark, table) == 1


def test_micro_batches_of_a_stream_are_appended_once_and_count_up_in_one_transaction_identifier(
    spark: SparkSession, table: TableName
) -> None:
    jobs = [write(table, micro_batch_id("s", epoch)) for epoch in (0, 1)]
    assert len({job.batches[0].transaction[0] for job in jobs}) == 1
    assert [commit_batch(spark, job, rows_of(spark, job)) is not None for job in jobs] == [True, True]
    again = write(table, micro_batch_id("s", 1))
    assert commit_batch(spark, again, rows_of(spark, again)) is None
    assert batch_exists_of_any_version(spark, table, write(table, micro_batch_id("s", 1), version=2).batches[0])
    assert not batch_exists_of_any_version(spark, table, write(table, micro_batch_id("s", 2), version=2).batches[0])
    assert len(found(table)) == 6


def test_a_batch_whose_rows_were_restored_away_is_written_again(spark: SparkSession, table: TableName) -> None:
    job = write(table, "a")
    commit_batch(spark, job, rows_of(spark, job))
    spark.sql(f"RESTORE TABLE {table.sql} TO VERSION AS OF 0")
    job = write(table, "a")
    commit = commit_batch(spark, job, rows_of(spark, job))
    assert commit is not None
    assert (commit.version, commit.rows_scored) == (latest_version(spark, table), 2)
    assert len(found(table)) == 3


def test_replacing_a_batch_touches_only_its_own_rows(spark: SparkSession, table: TableName) -> None:
    stored(write(table, "a"), write(table, "b"), write(table, "a", version=2))
    others = [row for row in found(table) if row[:2] != (1, "a")]
    assert len(others) == 6

    job = write(table, "a", "replace")
    commit = commit_batch(spark, job, rows_of(spark, job, ids=range(10, 14), prediction=7.0))

    assert commit == Commit(latest_version(spark, table) or 0, rows_scored=4, rows_failed=0)
    assert [row for row in found(table) if row[:2] != (1, "a")] == others
    assert [row[2:] for row in found(table) if row[:2] == (1, "a")] == [(key, 7.0) for key in range(10, 14)]


def test_a_merge_updates_rows_of_the_same_key_and_version_and_inserts_the_rest(
    spark: SparkSession, table: TableName
) -> None:
    stored(write(table, "a"), write(table, "a", version=2))
    job = write(table, "it's {b}", "merge")
    commit = commit_batch(spark, job, rows_of(spark, job, ids=[1, 5], prediction=7.0))
    assert commit == Commit(3, rows_scored=2, rows_failed=0)
    assert [row for row in found(table) if row[0] == 1] == [
        (1, "a", 0, 1.0),
        (1, "a", 2, 1.0),
        (1, "it's {b}", 1, 7.0),
        (1, "it's {b}", 5, 7.0),
    ]
    assert {row[1] for row in found(table) if row[0] == 2} == {"a"}


def test_a_merge_into_rows_that_repeat_a_key_is_refused(spark: SparkSession, table: TableName) -> None:
    stored(write(table, "a"), write(table, "b", version=1))
    job = write(table, "c", "merge")
    require_single_rows(spark, job, spark.range(7, 9))
    with pytest.raises(DataError, match="2 rows of o'late version 1 that repeat the key of another"):
        require_single_rows(spark, job, spark.range(1, 9))
    require_single_rows(spark, write(table, "c", "merge", version=2), spark.range(1, 9))


@pytest.mark.parametrize("mode", ["append", "merge", "replace"])
def test_two_versions_that_are_written_at_once_do_not_conflict(
    spark: SparkSession, table: TableName, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    monkeypatch.setattr(tables, "COMMIT_TRIES", 1)
    jobs = [write(table, "a", mode, version=version) for version in (1, 2)]
    commits = at_once(spark, jobs)
    assert [commit.rows_scored for commit in commits if commit is not None] == [2, 2]
    assert len(found(table)) == 6


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_of_two_jobs_that_write_the_same_batch_at_once_one_does(
    spark: SparkSession, table: TableName, mode: Mode
) -> None:
    commits = at_once(spark, [write(table, "a", mode) for _ in range(2)])
    assert sum(commit is not None for commit in commits) == 1
    assert len(found(table)) == 3


def test_two_batches_of_a_version_that_are_replaced_at_once_are_both_there(
    spark: SparkSession, table: TableName
) -> None:
    commits = at_once(spark, [write(table, batch, "replace") for batch in ("a", "b")])
    assert [commit.rows_scored for commit in commits if commit is not None] == [2, 2]
    assert len(found(table)) == 6


def test_a_write_that_others_never_let_through_is_given_up(
    spark: SparkSession, table: TableName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "COMMIT_TRIES", 0)
    job = write(table, "a", "replace")
    with pytest.raises(DataError, match="run this one again later"):
        commit_batch(spark, job, rows_of(spark, job))


def at_once(spark: SparkSession, jobs: list[Write]) -> list[Commit | None]:
    """Commit each job in a thread of its own, none before all have read the table."""
    together = Barrier(len(jobs))

    def commit(job: Write) -> Commit | None:
        frame = rows_of(spark, job)
        together.wait(60)
        return commit_batch(spark, job, frame)

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(commit, jobs))


def of_both(spark: SparkSession, first: Write, second: Write) -> tuple[Write, DataFrame]:
    """What a job of two models writes in one commit."""
    rows = rows_of(spark, first).union(rows_of(spark, second, prediction=2.0))
    both = replace(first, batches=(*first.batches, *second.batches), rows=(*first.rows, *second.rows))
    return both, rows


@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
def test_batches_of_several_models_are_one_commit_with_the_counts_of_each(
    spark: SparkSession, table: TableName, mode: Mode
) -> None:
    stored(write(table, "other"), ids=[7, 8])
    job, rows = of_both(spark, write(table, "a", mode), write(table, "b", mode, version=2))
    assert commit_batches(spark, job, rows) == (Commit(2, 2, 1), Commit(2, 2, 1))
    assert [row for row in found(table) if row[1] != "other"] == [
        *((1, "a", key, 1.0) for key in range(3)),
        *((2, "b", key, 2.0) for key in range(3)),
    ]
    assert len(found(table)) == 8


def test_a_batch_that_a_job_of_several_wrote_at_the_same_time_is_there_once(
    spark: SparkSession, table: TableName
) -> None:
    now = datetime.now(UTC)
    both, rows = of_both(
        spark, replace(write(table, "a"), scored_at=now), replace(write(table, "b", version=2), scored_at=now)
    )
    commit_batches(spark, both, rows)
    # It looked for the batch before, and saw none.
    alone = replace(write(table, "a"), scored_at=now)
    assert commit_batch(spark, alone, rows_of(spark, alone)) is not None
    assert [row[:3] for row in found(table)] == [
        (version, batch, key) for version, batch in ((1, "a"), (2, "b")) for key in range(3)
    ]
    # And the other way round: what a single one wrote is replaced.
    again, rows = of_both(
        spark, replace(write(table, "a"), scored_at=now), replace(write(table, "c", version=2), scored_at=now)
    )
    commit_batches(spark, again, rows)
    assert len(found(table)) == 9
