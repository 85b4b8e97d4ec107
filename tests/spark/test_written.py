"""Files that workers wrote become part of the predictions table, once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from tests import lake

from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import TableName, parse_table_name
from spark_models.core.table_schema import Column
from spark_models.core.tables import BATCH_KEY, predictions_schema
from spark_models.errors import DataError
from spark_models.spark import on_disk as disk
from spark_models.spark import written
from spark_models.spark.engines.sink import Sink
from spark_models.spark.frames import local_frame
from spark_models.spark.predictions import commit_batches
from spark_models.spark.tables import make_table
from spark_models.spark.writes import Batch, Commit, Mode, Write
from spark_models.spark.written import Files, UnwritableError, commit_files, writable_folder

SCHEMA = predictions_schema((Column("id", "bigint", ""),), (Column("prediction", "double", ""),), ("id",))
MOMENT = datetime(2013, 10, 1, tzinfo=UTC)


COLUMNS = [
    ("id", pa.int64()),
    ("prediction", pa.float64()),
    ("model_name", pa.string()),
    ("model_version", pa.int64()),
    ("batch_id", pa.string()),
    ("scored_at", pa.timestamp("us", "UTC")),
    ("error", pa.string()),
]


def made(folder: Path, **options: Any) -> TableName:
    """An empty predictions table."""
    path = f"{folder}/it's a {{table}}"
    DeltaTable.create(path, pa.schema(COLUMNS), **{"partition_by": list(BATCH_KEY), **options})
    return parse_table_name(path)


@pytest.fixture
def table(tmp_path: Path) -> TableName:
    return made(tmp_path)


def write(table: TableName, *batches: str, mode: Mode = "append", rows: int = 3) -> Write:
    """Write to batches, each named by version and id, such as ``1/a``."""
    named = [Batch(ModelVersion("o'late 100%", int(one[0])), one[2:]) for one in batches]
    return Write(table, tuple(named), mode, ("id",), (rows,) * len(named), MOMENT, run_id=uuid4().hex)


def files_of(job: Write, prediction: float = 1.0, failed: int = 0) -> Files:
    """What workers would have written."""
    assert job.table.path is not None
    folder = Path(job.table.path)
    sink = Sink(str(folder), tuple(written._folder_of(batch) for batch in job.batches), 1, 0, "snappy")
    results = [
        pa.RecordBatch.from_pydict(
            {
                "id": list(range(rows)),
                "prediction": [prediction] * rows,
                "model_version": [place] * rows,
                "error": pa.array(["refused" if row < failed else None for row in range(rows)], pa.string()),
            }
        )
        for place, rows in enumerate(job.rows)
    ]
    (told,) = sink.written(iter, iter(results))
    return Files(folder, tuple(Row(**file) for file in told.to_pylist()))


def commit(job: Write, **more: Any) -> tuple[Commit, ...] | None:
    return commit_files(job, files_of(job, **more))


def found(table: TableName) -> list[tuple[object, ...]]:
    """The table's rows as delta-rs reads them: version, batch and prediction of each."""
    rows = lake.read(table.path or "").to_pylist()
    return sorted((row["model_version"], row["batch_id"], row["prediction"]) for row in rows)


def on_disk(table: TableName) -> set[Path]:
    return set(Path(table.path or "").rglob("*.parquet"))


def test_a_commit_tells_its_version_and_counts(table: TableName) -> None:
    assert commit(write(table, "1/a"), failed=1) == (Commit(1, rows_scored=2, rows_failed=1),)
    assert commit(write(table, "1/b", "2/b")) == (Commit(2, 3, 0), Commit(2, 3, 0))
    assert found(table) == [(*key, 1.0) for key in ((1, "a"), (1, "b"), (2, "b")) for _ in range(3)]


def test_the_history_tells_of_it_as_of_a_commit_of_sparks(table: TableName) -> None:
    job = write(table, "1/a", "2/a")
    commit(job)
    told = DeltaTable(table.path or "").history(1)[0]
    assert told["userMetadata"] == job.metadata
    assert told["operationMetrics"] == {"numFiles": "2", "numOutputRows": "6"}


def test_spark_reads_what_is_there_and_skips_files_by_their_statistics(spark: SparkSession, tmp_path: Path) -> None:
    table = parse_table_name(f"{tmp_path}/made by Spark")
    make_table(spark, table, SCHEMA)
    job = write(table, "1/stream:x:7", "2/2013-10-01T00:00 é")
    commit(job, prediction=2.5, failed=1)
    rows = spark.table(table.sql)
    assert [field.name for field in rows.schema] == [name for name, _ in COLUMNS]
    assert sorted(map(tuple, rows.where("id = 2").collect())) == [
        (2, 2.5, batch.model_version.name, batch.model_version.version, batch.batch_id, datetime(1970, 1, 1), None)  # noqa: DTZ001
        for batch in job.batches
    ]
    # Without a look into the files there are none that could have such a row.
    assert rows.where("id > 2").inputFiles() == []


@pytest.mark.parametrize("batches", [("1/a",), ("1/a", "2/a")])
def test_of_two_jobs_that_append_the_same_batches_at_once_one_does(table: TableName, batches: tuple[str, ...]) -> None:
    # Several put theirs in the place of what is there, so that both may have done it, one after the other.
    jobs = [write(table, *batches) for _ in range(2)]
    written = [files_of(job, prediction) for job, prediction in zip(jobs, (1.0, 2.0), strict=True)]
    barrier = Barrier(2)

    def committed(job: Write, files: Files) -> tuple[Commit, ...] | None:
        barrier.wait()
        return commit_files(job, files)

    with ThreadPoolExecutor(2) as pool:
        commits = list(pool.map(committed, jobs, written))
    assert commits.count(None) == (1 if len(batches) == 1 else 0)
    assert len(found(table)) == 3 * len(batches)
    assert len({prediction for *_, prediction in found(table)}) == 1


def test_a_batch_is_appended_once_and_the_other_files_are_taken_away(table: TableName) -> None:
    commit(write(table, "1/a"))
    before = on_disk(table)
    assert commit(write(table, "1/a"), prediction=2.0) is None
    assert (on_disk(table), found(table)) == (before, [(1, "a", 1.0)] * 3)


def test_a_conflict_with_the_same_batch_is_seen_when_it_comes(
    table: TableName, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Between the look into the table and the commit another job commits.
    commits, real = iter([write(table, "1/a")]), written._commit

    def after_another(*arguments: Any) -> None:
        for other in commits:
            commit(other, prediction=2.0)
        real(*arguments)

    monkeypatch.setattr(written, "_commit", after_another)
    assert commit(write(table, "1/a")) is None
    assert found(table) == [(1, "a", 2.0)] * 3


def test_other_batches_at_the_same_time_are_no_conflict(table: TableName, monkeypatch: pytest.MonkeyPatch) -> None:
    commits, real = iter([write(table, "2/a"), write(table, "1/b", mode="replace")]), written._commit

    def after_another(*arguments: Any) -> None:
        for other in commits:
            commit(other)
        real(*arguments)

    monkeypatch.setattr(written, "_commit", after_another)
    done = commit(write(table, "1/a"))
    assert done == (Commit(3, 3, 0),)
    assert found(table) == [(*key, 1.0) for key in ((1, "a"), (1, "b"), (2, "a")) for _ in range(3)]


def test_replace_takes_the_place_of_exactly_its_batches(table: TableName) -> None:
    commit(write(table, "1/a", "1/b", "2/a"))
    done = commit(write(table, "1/a", mode="replace", rows=1), prediction=5.0)
    assert done == (Commit(2, 1, 0),)
    # One commit: nobody ever sees both, or none.
    assert lake.version(table) == 2
    assert found(table) == [(1, "a", 5.0), *[(1, "b", 1.0)] * 3, *[(2, "a", 1.0)] * 3]


def test_a_batch_whose_rows_were_deleted_is_written_again(table: TableName) -> None:
    commit(write(table, "1/a"))
    DeltaTable(table.path or "").delete("batch_id = 'a'")
    assert commit(write(table, "1/a")) == (Commit(3, 3, 0),)


def test_micro_batches_share_an_identifier_that_never_falls_back(table: TableName) -> None:
    jobs = [write(table, f"1/stream:4a7c:{epoch}") for epoch in (3, 2)]
    assert all(commit(job) is not None for job in jobs)
    application, _ = jobs[0].batches[0].transaction
    assert DeltaTable(table.path or "").transaction_version(application) == 3


@pytest.mark.parametrize("first", ["files", "spark"])
def test_a_job_of_sparks_and_one_of_files_append_a_batch_once(spark: SparkSession, tmp_path: Path, first: str) -> None:
    table = parse_table_name(f"{tmp_path}/made by Spark")
    make_table(spark, table, SCHEMA)
    ways = {"files": commit, "spark": lambda job: commit_batches(spark, job, frame_of(spark, job))}
    order = [first, *ways.keys() - {first}]
    assert [ways[way](write(table, "1/a")) is not None for way in order] == [True, False]
    assert len(found(table)) == 3


def test_what_a_job_of_several_models_put_beside_it_goes_again(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = parse_table_name(f"{tmp_path}/made by Spark")
    make_table(spark, table, SCHEMA)
    several, real = iter([write(table, "1/a", "2/a")]), written._commit

    def after_spark(*arguments: Any) -> None:
        for job in several:
            commit_batches(spark, job, frame_of(spark, job))
        real(*arguments)

    monkeypatch.setattr(written, "_commit", after_spark)
    assert commit(write(table, "1/a"), prediction=7.0) == (Commit(2, 3, 0),)
    assert found(table) == [(1, "a", 7.0)] * 3 + [(2, "a", 0.0)] * 3


def frame_of(spark: SparkSession, job: Write) -> DataFrame:
    """Three rows of each batch, as an engine would give them to Spark."""
    rows = [
        (row, 0.0, batch.model_version.name, batch.model_version.version, batch.batch_id)
        for batch in job.batches
        for row in range(3)
    ]
    ddl = "id bigint, prediction double, model_name string, model_version bigint, batch_id string"
    return local_frame(spark, rows, ddl).withColumns({"scored_at": F.lit(MOMENT), "error": F.lit(None).cast("string")})


def test_rows_that_were_lost_are_not_committed(table: TableName) -> None:
    job = write(table, "1/a")
    with pytest.raises(DataError, match="4 rows went in, 3 came out"):
        commit_files(replace(job, rows=(4,)), files_of(job))
    assert (on_disk(table), lake.version(table)) == (set(), 0)


def test_a_table_that_is_altered_meanwhile_is_not_written_to(table: TableName) -> None:
    job = write(table, "1/a")
    files = files_of(job)
    DeltaTable(table.path or "").alter.set_table_properties({"delta.appendOnly": "true"})
    with pytest.raises(DataError, match=r"it was altered meanwhile: the table has delta\.appendOnly; run this again"):
        commit_files(job, files)
    assert (on_disk(table), lake.version(table)) == (set(), 1)


def test_others_that_keep_writing_are_told(table: TableName, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise CommitFailedError("another one")

    monkeypatch.setattr(written, "_commit", refused)
    with pytest.raises(DataError, match="other jobs keep writing to the same rows"):
        commit(write(table, "1/a"))
    assert on_disk(table) == set()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"partition_by": ["model_name", "model_version"]}, "not partitioned by model_name, model_version, batch_id"),
        ({"configuration": {"delta.appendOnly": "true"}}, r"the table has delta\.appendOnly"),
        ({"configuration": {"delta.enableChangeDataFeed": "true"}}, "the table has changeDataFeed|features of its own"),
        ({"configuration": {"delta.enableDeletionVectors": "true"}}, "the table has deletionVectors"),
    ],
)
def test_a_table_that_asks_for_more_than_rows_is_left_to_spark(
    spark: SparkSession, tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    table = made(tmp_path, **options)
    with pytest.raises(UnwritableError, match=reason):
        writable_folder(spark, write(table, "1/a"), "direct")


def test_columns_with_rules_are_left_to_spark(spark: SparkSession, tmp_path: Path) -> None:
    path = f"{tmp_path}/ruled"
    fields = [pa.field(name, kind, nullable=name != "id") for name, kind in COLUMNS]
    DeltaTable.create(path, pa.schema(fields), partition_by=list(BATCH_KEY))
    with pytest.raises(UnwritableError, match="columns of the table take no NULL: id"):
        writable_folder(spark, write(parse_table_name(path), "1/a"), "direct")


def test_files_with_names_that_are_not_encoded_are_left_to_spark(spark: SparkSession, table: TableName) -> None:
    job = write(table, "1/a")
    umlaut = replace(job, batches=(replace(job.batches[0], model_version=ModelVersion("pr\u00fcfung", 1)),))
    commit_batches(spark, umlaut, frame_of(spark, umlaut))
    with pytest.raises(UnwritableError, match="or have names that are not encoded"):
        writable_folder(spark, replace(umlaut, mode="replace"), "direct")


def test_what_only_spark_does_is_left_to_it(spark: SparkSession, table: TableName) -> None:
    asked = {
        "rows are merged": (write(table, "1/a", mode="merge"), "direct"),
        "pandas_udf gives rows to Spark": (write(table, "1/a"), "pandas_udf"),
        "there are no rows": (write(table, "1/a", rows=0), "direct"),
        "the table is on no disk": (write(parse_table_name("s3://bucket/table"), "1/a"), "direct"),
    }
    for reason, (job, engine) in asked.items():
        with pytest.raises(UnwritableError, match=reason):
            writable_folder(spark, job, engine)


def test_paths_that_are_not_of_this_disk_are_left_to_spark(
    spark: SparkSession, table: TableName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_takes_paths_for_files", lambda _: False)
    with pytest.raises(UnwritableError, match="the table is on no disk"):
        writable_folder(spark, write(table, "1/a"), "direct")


def test_a_log_that_is_elsewhere_is_left_to_spark(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(UnwritableError, match="its log cannot be read here"):
        writable_folder(spark, write(parse_table_name(f"{tmp_path}/elsewhere"), "1/a"), "direct")


def test_a_table_of_the_catalog_is_written_where_it_lies(spark: SparkSession) -> None:
    table = parse_table_name("written_by_workers")
    columns = (Column("id", "bigint", ""), Column("Location", "string", ""))
    make_table(spark, table, predictions_schema(columns, (Column("prediction", "double", ""),), ("id",)))
    try:
        folder = writable_folder(spark, write(table, "1/a"), "arrow")
        assert (folder / "_delta_log").is_dir()
    finally:
        spark.sql(f"DROP TABLE {table.sql}")
