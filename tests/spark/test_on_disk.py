import json
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_models.core.table_name import parse_table_name
from spark_models.core.table_schema import Column, TableSchema
from spark_models.spark import on_disk
from spark_models.spark.on_disk import Counts, OnDisk, folder_of, is_created, opened, table_on_disk
from spark_models.spark.tables import make_table

ROWS = pa.table(
    {
        "id": pa.array([1, None, 3, 4], pa.int64()),
        "a.b": [True, None, None, False],
        "part": ["x/y", "\u00fc %", None, None],
        "number": pa.array([1, None, 2, None], pa.int32()),
        "far": [1.0, None, 2.0, 3.0],
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "a {b}"
    write_deltalake(
        folder, ROWS, partition_by=["part", "number"], configuration={"delta.dataSkippingNumIndexedCols": "2"}
    )
    return folder


def there(folder: Path) -> OnDisk:
    found = opened(folder)
    assert found is not None
    return found


def test_a_session_says_whether_a_path_is_one_of_this_disk(spark: SparkSession) -> None:
    class Elsewhere:
        """A session whose paths are those of HDFS."""

        @property
        def read(self) -> "Elsewhere":
            return self

        def text(self, _: str) -> "Elsewhere":
            return self

        def inputFiles(self) -> list[str]:  # noqa: N802  # Spark's name
            return ["hdfs://node/file"]

    assert on_disk._takes_paths_for_files(spark)
    assert not on_disk._takes_paths_for_files(Elsewhere())


def test_a_path_and_a_table_of_the_catalog_are_found(spark: SparkSession, folder: Path) -> None:
    assert folder_of(spark, parse_table_name(str(folder))) == folder
    assert folder_of(spark, parse_table_name(f"file:{folder}")) == folder
    for elsewhere in ("s3://bucket/table", "file://host/table", f"{folder.parent}/link/../table"):
        assert folder_of(spark, parse_table_name(elsewhere)) is None
    spark.sql(f"CREATE TABLE found_on_disk (Location bigint) USING delta LOCATION '{folder.parent}/named'")
    try:
        assert folder_of(spark, parse_table_name("found_on_disk")) == folder.parent / "named"
    finally:
        spark.sql("DROP TABLE found_on_disk")


def test_what_is_no_delta_table_on_the_disk_is_left_to_spark(spark: SparkSession, folder: Path) -> None:
    spark.range(3).write.parquet(f"{folder.parent}/parquet")
    spark.sql(f"CREATE TABLE of_parquet USING parquet LOCATION '{folder.parent}/parquet'")
    spark.range(3).createOrReplaceTempView("a_view")
    try:
        for name in ("of_parquet", "a_view", "no_such_table", f"{folder.parent}/parquet", f"{folder.parent}/nothing"):
            assert table_on_disk(spark, parse_table_name(name)) is None, name
    finally:
        spark.sql("DROP TABLE of_parquet")
        spark.catalog.dropTempView("a_view")
    assert table_on_disk(spark, parse_table_name(str(folder)), version=7) is None


def test_the_disk_of_a_spark_connect_server_is_another_one(
    spark: SparkSession, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert table_on_disk(spark, parse_table_name(str(folder))) is not None
    monkeypatch.setattr(on_disk, "is_remote", lambda: True)
    assert table_on_disk(spark, parse_table_name(str(folder))) is None


def test_a_path_that_looks_encoded_is_not_taken_for_another(tmp_path: Path) -> None:
    for name in ("a b", "a%20b"):
        (tmp_path / name).mkdir()
    write_deltalake(tmp_path / "a b", ROWS)
    (tmp_path / "a%20b/_delta_log").mkdir()
    assert opened(tmp_path / "a%20b") is None
    assert not is_created(tmp_path / "c%20d", TableSchema("", (Column("id", "bigint", ""),)))
    assert not (tmp_path / "c d").exists()


def test_a_log_that_is_partly_kept_elsewhere_is_left_to_spark(folder: Path) -> None:
    protocol = {"minReaderVersion": 1, "minWriterVersion": 7, "writerFeatures": ["coordinatedCommits-preview"]}
    (folder / "_delta_log" / f"{1:020}.json").write_text(json.dumps({"protocol": protocol}))
    assert opened(folder) is None


def test_the_files_are_those_that_spark_names(spark: SparkSession, folder: Path) -> None:
    write_deltalake(folder, ROWS.slice(0, 1), mode="append")
    for version in (0, 1):
        frame = spark.read.option("versionAsOf", version).format("delta").load(str(folder))
        found = opened(folder, version)
        assert found is not None
        assert sorted(found.uris()) == sorted(frame.inputFiles())
        assert all(Path(uri.removeprefix("file:")).exists() for uri in found.uris())
    assert any("%" in unquote(uri) for uri in there(folder).uris())


def test_counts_are_those_of_spark(spark: SparkSession, folder: Path) -> None:
    write_deltalake(folder, ROWS, mode="append")
    frame = spark.read.format("delta").load(str(folder))
    columns = ["id", "a.b", "number"]
    counted = frame.agg(F.count("*"), *(F.count_if(F.col(f"`{name}`").isNull()) for name in columns)).first()
    assert counted is not None
    assert there(folder).counts(columns) == Counts(counted[0], dict(zip(columns, counted[1:], strict=True)))
    assert there(folder).counts([]) == Counts(8, {})


def test_an_empty_table_has_counts_too(tmp_path: Path) -> None:
    DeltaTable.create(tmp_path / "empty", ROWS.schema)
    assert there(tmp_path / "empty").counts([]) == Counts(0, {})


def test_columns_without_statistics_are_not_counted(folder: Path) -> None:
    assert there(folder).counts(["id", "far"]) is None
    assert there(folder).counts(["no such column"]) is None


def test_an_empty_text_in_a_partition_is_not_taken_for_null(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "t", pa.table({"id": [1, 2], "part": ["", "x"]}), partition_by=["part"])
    assert there(tmp_path / "t").counts(["id"]) == Counts(2, {"id": 0})
    assert there(tmp_path / "t").counts(["part"]) is None


def test_where_rows_may_be_deleted_the_log_does_not_count(spark: SparkSession, folder: Path) -> None:
    name = f"delta.`{folder}`"
    spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
    spark.sql(f"DELETE FROM {name} WHERE id = 4")  # noqa: S608  # the test's own folder
    assert there(folder).traits is not None
    assert there(folder).counts(["id"]) is None


def test_a_table_is_made_as_spark_makes_it(spark: SparkSession, tmp_path: Path) -> None:
    columns = (Column("id", "bigint", "it's a key", nullable=False), Column("at", "timestamp_ntz", ""))
    schema = TableSchema("what it is for", (*columns, Column("part", "string", "")), ("part",), indexed=1)
    assert is_created(tmp_path / "ours", schema)
    create = f"CREATE TABLE delta.`{tmp_path}/theirs` ({schema.definition}) USING delta PARTITIONED BY (part)"
    spark.sql(f"{create} COMMENT 'what it is for' TBLPROPERTIES ('delta.dataSkippingNumIndexedCols' = '1')")
    ours, theirs = there(tmp_path / "ours"), there(tmp_path / "theirs")
    assert ours.delta.schema() == theirs.delta.schema()
    told = ("description", "partition_columns", "configuration")
    assert [getattr(ours.delta.metadata(), name) for name in told] == [
        getattr(theirs.delta.metadata(), name) for name in told
    ]
    assert set(ours.delta.protocol().reader_features or ()) == set(theirs.delta.protocol().reader_features or ())


@pytest.mark.usefixtures("spark")
def test_no_table_is_made_where_something_else_is(folder: Path, tmp_path: Path) -> None:
    schema = TableSchema("", (Column("id", "bigint", ""),))
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes.txt").touch()
    for taken in (folder, folder / "part=x", tmp_path / "full", tmp_path / "full/notes.txt"):
        assert not is_created(taken, schema), taken


@pytest.mark.usefixtures("spark")
def test_names_that_delta_does_not_take_are_left_to_spark_to_refuse(tmp_path: Path) -> None:
    for kind in ("struct<`a b`:int>", "array<struct<`a,b`:int>>", "map<string,struct<`a=b`:int>>"):
        assert not is_created(tmp_path / "table", TableSchema("", (Column("id", kind, ""),)))


def test_a_session_that_gives_tables_properties_is_asked_to_make_them(spark: SparkSession, tmp_path: Path) -> None:
    name, table = "spark.databricks.delta.properties.defaults.checkpointInterval", parse_table_name(f"{tmp_path}/table")
    spark.conf.set(name, "7")
    try:
        make_table(spark, table, TableSchema("", (Column("id", "bigint", ""),)))
    finally:
        spark.conf.unset(name)
    assert there(tmp_path / "table").delta.metadata().configuration == {"delta.checkpointInterval": "7"}
