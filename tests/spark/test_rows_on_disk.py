from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession
from tests.birds import OWL, WREN, Sighting

from spark_models.core.table_name import TableName, parse_table_name
from spark_models.core.table_schema import schema_of
from spark_models.errors import DataError
from spark_models.spark.on_disk import table_on_disk
from spark_models.spark.rows import append_rows, read_rows, upsert_rows
from spark_models.spark.rows_by_spark import RowsBySpark
from spark_models.spark.rows_on_disk import RowsOnDisk
from spark_models.spark.tables import make_table

HEAVIER = replace(WREN, weight=10.0)


@pytest.fixture
def table(spark: SparkSession, lake: str) -> TableName:
    table = parse_table_name(f"{lake}/birds")
    append_rows(spark, table, [OWL, WREN])
    return table


def on_disk(spark: SparkSession, table: TableName) -> RowsOnDisk:
    found = table_on_disk(spark, table)
    assert found is not None
    return RowsOnDisk(found, table, Sighting)


def birds(spark: SparkSession, table: TableName) -> list[tuple[str, float | None]]:
    return sorted((row.bird, row.weight) for row in read_rows(spark, table, Sighting))


def after_another(monkeypatch: pytest.MonkeyPatch, name: str, other: Callable[[], object]) -> None:
    """Let somebody else commit something just before the step of that name, once."""
    step, waiting = getattr(RowsOnDisk, name), [other]

    def stepped(*arguments: Any) -> Any:
        if waiting:
            waiting.pop()()
        return step(*arguments)

    monkeypatch.setattr(RowsOnDisk, name, stepped)


def test_rows_that_spark_wrote_meanwhile_are_not_doubled(
    spark: SparkSession, table: TableName, monkeypatch: pytest.MonkeyPatch
) -> None:
    kite = replace(WREN, bird="kite")
    # The version to commit onto is settled by then.
    after_another(monkeypatch, "_without", lambda: RowsBySpark(spark, table, Sighting).merge([kite]))
    assert upsert_rows(spark, table, [replace(kite, weight=1.0)])
    assert birds(spark, table) == [("kite", 1.0), ("owl", None), ("wren", 9.5)]


@pytest.mark.parametrize(
    "altering",
    [
        "ALTER TABLE {} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')",
        "ALTER TABLE {} ADD CONSTRAINT light CHECK (weight < 5 OR weight IS NULL OR bird = 'wren')",
        "ALTER TABLE {} ADD COLUMNS (place string)",
    ],
)
def test_a_table_that_is_altered_meanwhile_is_not_written_to(
    spark: SparkSession, table: TableName, altering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_another(monkeypatch, "_unaltered", lambda: spark.sql(altering.format(table.sql)))
    with pytest.raises(DataError, match="it was altered meanwhile; run this again"):
        on_disk(spark, table).merge([HEAVIER])
    assert birds(spark, table) == [("owl", None), ("wren", 9.5)]


def test_many_jobs_at_once_have_all_their_rows_and_make_the_table_once(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/new")
    names = [f"bird {number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: upsert_rows(spark, table, [replace(OWL, bird=name)]), names))
    assert [name for name, _ in birds(spark, table)] == names
    logs = Path(table.path or "", "_delta_log").glob("*.json")
    assert sum('"metaData"' in log.read_text(encoding="utf-8") for log in logs) == 1


def test_a_commit_that_was_made_keeps_its_file_whatever_fails_after_it(
    spark: SparkSession, table: TableName, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = DeltaTable.create_write_transaction

    def without_checkpoint(*arguments: Any, **more: Any) -> None:
        commit(*arguments, **more)
        raise DeltaError("no space is left for a checkpoint")

    with monkeypatch.context() as patched:
        patched.setattr(DeltaTable, "create_write_transaction", without_checkpoint)
        with pytest.raises(DataError, match="it cannot be read or written here: DeltaError"):
            append_rows(spark, table, [replace(WREN, bird="kite")])
    assert birds(spark, table) == [("kite", 9.5), ("owl", None), ("wren", 9.5)]


def test_a_file_that_cannot_be_written_whole_is_taken_away(
    spark: SparkSession, table: TableName, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object, target: Path, **__: object) -> None:
        target.touch()
        raise OSError("no space is left")

    before = set(Path(table.path or "").glob("*.parquet"))
    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(DataError, match="it cannot be read or written here: OSError"):
        append_rows(spark, table, [HEAVIER])
    assert set(Path(table.path or "").glob("*.parquet")) == before


def test_files_that_are_older_than_a_column_are_rewritten(spark: SparkSession, table: TableName) -> None:
    @dataclass(frozen=True)
    class Placed(Sighting):
        """Sightings."""

        place: Annotated[str | None, "where"] = None

    spark.sql(f"ALTER TABLE {table.sql} ADD COLUMNS (place string)")
    here = replace(Placed(*HEAVIER.as_dict().values()), photos=(), place="here")
    assert upsert_rows(spark, table, [here])
    assert {row.bird: row.place for row in read_rows(spark, table, Placed)} == {"owl": None, "wren": "here"}


def test_a_clone_whose_files_are_elsewhere_is_left_to_spark(spark: SparkSession, table: TableName, lake: str) -> None:
    clone = parse_table_name(f"{lake}/clone")
    spark.sql(f"CREATE TABLE {clone.sql} SHALLOW CLONE {table.sql}")
    assert upsert_rows(spark, clone, [HEAVIER])
    assert birds(spark, clone) == [("owl", None), ("wren", 10.0)]
    assert birds(spark, table) == [("owl", None), ("wren", 9.5)]


def test_a_table_that_takes_fewer_nulls_is_left_to_spark(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/strict")
    schema = schema_of(Sighting)
    columns = tuple(
        replace(column, nullable=False) if column.name == "seen_at" else column for column in schema.columns
    )
    make_table(spark, table, replace(schema, columns=columns))
    append_rows(spark, table, [WREN])
    with pytest.raises(Py4JJavaError, match="NOT_NULL"):
        append_rows(spark, table, [OWL])
    assert birds(spark, table) == [("wren", 9.5)]


def test_times_that_spark_wrote_in_twelve_bytes_are_read(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/birds")
    make_table(spark, table, schema_of(Sighting))
    timed = replace(WREN, seen_at=datetime(2026, 1, 1, 12, 30, 1, 5, tzinfo=UTC))
    setting = "spark.sql.parquet.outputTimestampType"
    before = spark.conf.get(setting) or ""
    spark.conf.set(setting, "INT96")
    try:
        RowsBySpark(spark, table, Sighting).append([timed])
    finally:
        spark.conf.set(setting, before)
    assert read_rows(spark, table, Sighting) == (timed,)


def test_a_table_with_features_is_left_to_spark(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/birds")
    append_rows(spark, table, [OWL])
    spark.sql(f"ALTER TABLE {table.sql} SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')")
    upsert_rows(spark, table, [WREN])
    changes = spark.read.option("readChangeFeed", "true").option("startingVersion", 3).table(table.sql)
    assert [row["bird"] for row in changes.collect()] == ["wren"]
    assert set(map(str, read_rows(spark, table, Sighting))) == {str(WREN), str(OWL)}
