from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_models.core.table_name import TableName, parse_table_name
from spark_models.core.table_schema import Column, TableSchema
from spark_models.errors import DataError, SchemaError
from spark_models.spark import tables
from spark_models.spark.tables import (
    latest_version,
    make_table,
    read_table,
    require_columns,
    require_delta_table,
    table_exists,
    version_at,
)

BIRDS = TableSchema(
    "Birds: it's one a row",
    (Column("name", "string", "what it's called", nullable=False), Column("seen", "struct<`at place`:double>", "")),
)
SIMPLE = TableSchema(
    "Counts", (Column("n", "bigint", "how many"), Column("day", "int", "")), partition_by=("day",), indexed=1
)


@pytest.fixture(scope="module")
def counts(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> TableName:
    """A table by path, at version 1 with one row; nothing here changes it."""
    table = parse_table_name(str(tmp_path_factory.mktemp("lake") / "counts"))
    make_table(spark, table, SIMPLE)
    spark.range(1).select(F.col("id").alias("n"), F.lit(1).alias("day")).writeTo(table.sql).append()
    return table


def test_a_table_is_made_with_its_comments_and_partitions(spark: SparkSession, counts: TableName) -> None:
    detail = spark.sql(f"DESCRIBE DETAIL {counts.sql}").first()
    assert detail is not None
    assert (detail["description"], detail["partitionColumns"]) == ("Counts", ["day"])
    assert detail["properties"] == {"delta.dataSkippingNumIndexedCols": "1"}
    assert (detail["minReaderVersion"], detail["minWriterVersion"]) == (1, 2)
    assert spark.table(counts.sql).schema["n"].metadata == {"comment": "how many"}


def test_making_a_table_that_is_there_changes_nothing(spark: SparkSession, counts: TableName) -> None:
    make_table(spark, counts, SIMPLE)
    assert latest_version(spark, counts) == 1


def test_threads_that_make_the_same_table_all_get_it(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/raced")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: make_table(spark, table, SIMPLE), range(3)))
    assert latest_version(spark, table) == 0


def test_files_of_another_kind_in_a_tables_place_are_refused(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PAUSE_SECONDS", 0)
    warehouse = str(spark.conf.get("spark.sql.warehouse.dir"))
    taken = Path(warehouse.removeprefix("file:")) / "taken"
    taken.mkdir(parents=True)
    (taken / "notes.txt").write_text("mine")
    with pytest.raises(SchemaError, match="choose another name or path"):
        make_table(spark, parse_table_name("taken"), SIMPLE)


def test_a_table_by_name_needs_its_schema(spark: SparkSession) -> None:
    with pytest.raises(SchemaError, match="CREATE SCHEMA aviary"):
        make_table(spark, parse_table_name("aviary.birds"), SIMPLE)
    with pytest.raises(SchemaError, match="no catalog nowhere"):
        make_table(spark, parse_table_name("nowhere.aviary.birds"), SIMPLE)


def test_every_column_that_differs_is_listed(spark: SparkSession, counts: TableName) -> None:
    other = TableSchema("", (Column("n", "string", ""), Column("total", "bigint", "")))
    with pytest.raises(SchemaError, match="has another schema") as caught:
        require_columns(counts, spark.table(counts.sql).schema, other)
    assert caught.value.problems == (
        "column 'total' is missing from the table",
        "column 'day' of the table would get no values",
        "column 'n' is bigint in the table, but would be written as string",
        "choose another table, or migrate this one",
    )


def test_a_view_and_a_parquet_table_have_no_versions_and_are_no_delta_tables(spark: SparkSession) -> None:
    spark.range(1).createOrReplaceTempView("glimpse")
    spark.range(1).write.saveAsTable("parquet_counts", format="parquet", mode="overwrite")
    for name in ("glimpse", "parquet_counts"):
        table = parse_table_name(name)
        assert table_exists(spark, table)
        assert latest_version(spark, table) is None
        with pytest.raises(SchemaError, match="not as a Delta table"):
            require_delta_table(spark, table)
    spark.sql("DROP TABLE parquet_counts")
    spark.catalog.dropTempView("glimpse")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("/no/such/folder", "no Delta table at this path"),
        ("nowhere", "there is no such table"),
        ("aviary.birds", "there is no schema aviary"),
        ("nowhere.aviary.birds", "there is no schema nowhere.aviary"),
    ],
)
def test_a_table_that_is_not_there_is_refused(spark: SparkSession, name: str, problem: str) -> None:
    table = parse_table_name(name)
    assert not table_exists(spark, table)
    assert latest_version(spark, table) is None
    with pytest.raises(DataError, match=problem):
        read_table(spark, table)
    with pytest.raises(DataError, match=problem):
        read_table(spark, table, 3)


@pytest.mark.usefixtures("usual_plans")  # without compiled plans Spark cannot list a table that has no description
def test_near_names_of_tables_are_told(spark: SparkSession) -> None:
    make_table(spark, parse_table_name("sparrows"), SIMPLE)
    with pytest.raises(DataError, match="did you mean 'sparrows'"):
        read_table(spark, parse_table_name("sparows"))
    spark.sql("DROP TABLE sparrows")


def test_an_old_version_is_read_as_it_was_and_an_unknown_one_refused(spark: SparkSession, counts: TableName) -> None:
    assert read_table(spark, counts, 0).count() == 0
    assert read_table(spark, counts, 1).count() == 1
    with pytest.raises(DataError, match="no version 9; the newest is 1"):
        read_table(spark, counts, 9)


def test_the_version_of_a_moment_is_the_last_one_before_it(spark: SparkSession, counts: TableName) -> None:
    committed = spark.sql(f"DESCRIBE HISTORY {counts.sql}").select(F.unix_micros("timestamp")).collect()
    latest, first = (datetime.fromtimestamp(row[0] / 1e6, UTC) for row in committed)
    assert version_at(spark, counts, latest) == 1
    assert version_at(spark, counts, latest + timedelta(days=1)) == 1
    assert version_at(spark, counts, first) == 0
    with pytest.raises(DataError, match=r"no version from .* or before"):
        version_at(spark, counts, first - timedelta(milliseconds=1))


def test_a_moment_without_a_zone_is_in_the_sessions(spark: SparkSession, counts: TableName) -> None:
    zone = spark.conf.get("spark.sql.session.timeZone")
    local = spark.sql(f"DESCRIBE HISTORY {counts.sql}").select(F.max(F.col("timestamp").cast("string"))).first()
    assert zone == "America/New_York"
    assert local is not None
    moment = datetime.fromisoformat(local[0])
    assert version_at(spark, counts, moment) == 1
    with pytest.raises(DataError):
        version_at(spark, counts, moment - timedelta(hours=1))


def test_quotes_in_comments_and_fields_are_kept(spark: SparkSession) -> None:
    statement = tables._create_statement(parse_table_name("birds"), BIRDS)
    assert "COMMENT 'what it\\'s called'" in statement
    assert "`name` string NOT NULL" in statement
    assert spark.sql(f"EXPLAIN {statement}").count() == 1
