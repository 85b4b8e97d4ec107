"""All engines hand the model the same values, and every row once, whatever the table is like."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import WriterProperties, write_deltalake
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T
from tests.lake import write

from spark_models.core.config import InputConfig
from spark_models.core.plan import PlannedInput
from spark_models.core.predictor import PredictorSpec
from spark_models.core.table_name import parse_table_name
from spark_models.errors import ConfigError
from spark_models.spark import inputs
from spark_models.spark.engines.choice import Chosen, Engine, choose
from spark_models.spark.engines.request import Request
from spark_models.spark.frames import local_frame
from spark_models.spark.groups import placed
from spark_models.spark.inputs import Input, read_input
from spark_models.spark.reading.sources import REBASE_MODE
from spark_models.spark.udf import output_fields
from spark_models.spark.worker import Task

ENGINES: tuple[Engine, ...] = ("pandas_udf", "arrow", "direct")
KINDS = {
    "flag": "boolean",
    "small": "int",
    "large": "bigint",
    "x": "double",
    "f": "float",
    "name": "string",
    "raw": "binary",
    "day": "date",
    "many": "array<double>",
    "part": "string",
    "number": "int",
}
ROWS = [
    "(0, true, 1, 9007199254740991, 1.5D, 0.1F, 'AA', X'00FF', DATE'2013-10-01', array(1D, 2D), 'a/b=%', 7)",
    "(1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "(2, false, -1, -3, double('NaN'), float('NaN'), '', X'', DATE'1583-01-01', array(), 'a b', -1)",
    "(3, true, 2147483647, 0, double('Infinity'), float('-Infinity'), 'Ä', X'41', DATE'9999-12-31', array(3D), '', 0)",
    "(4, NULL, 5, NULL, -0.0D, 1F, 'it''s', NULL, NULL, array(4D, 5D), 'it''s', NULL)",
]


def echo(spark: SparkSession, kinds: dict[str, str], **more: Any) -> Task:
    """A model that gives what it was handed, as text."""

    # Defined here, so that it travels by value: workers cannot import the tests.
    def load(_folder: Path, _spec: PredictorSpec) -> Any:
        def text(value: Any) -> str:
            if isinstance(value, float):
                return value.hex()
            if hasattr(value, "tolist"):
                value = value.tolist()
            return "missing" if not isinstance(value, list) and pd.isna(value) else repr(value)

        def predict(rows: pd.DataFrame) -> list[str]:
            return [" ".join(text(rows[name].iloc[row]) for name in rows) for row in range(len(rows))]

        return SimpleNamespace(predict=predict, only_reads=False)

    inputs = tuple(PlannedInput(name, name, kind) for name, kind in kinds.items())
    outputs = output_fields(spark, T.StringType())
    return Task(PredictorSpec("echo", "0", "sklearn"), "none", load, inputs, outputs, **more)


def request_of(spark: SparkSession, table: str, *tasks: Task, **of_input: Any) -> Request:
    carried = of_input.pop("carried", ("id", "part"))
    given = read_input(spark, InputConfig(table=table, **of_input), None)
    return Request(given, carried, tasks, "seen", T.StringType())


def rows_of(frame: DataFrame) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in frame.collect()), key=repr)


def seen(spark: SparkSession, request: Request, engines: Sequence[Engine] = ENGINES) -> list[tuple[Any, ...]]:
    """What the model was handed, which all engines must agree on."""
    first, *others = [rows_of(choose(spark, engine, request).scored(spark, request)) for engine in engines]
    for other in others:
        assert other == first
    return first


def chosen(spark: SparkSession, request: Request) -> Chosen:
    return choose(spark, "auto", request)


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Values of all kinds, in partitions with awkward names, and files of more than one row group."""
    path = f"{tmp_path_factory.mktemp('engines')}/it's a table"
    rows = spark.sql(f"SELECT * FROM VALUES {', '.join(ROWS)} AS t(id, {', '.join(KINDS)})")  # noqa: S608  # our own
    rows.write.format("delta").partitionBy("part", "number").save(path)
    return path


def test_the_model_is_handed_the_same_values_by_all_engines(spark: SparkSession, table: str) -> None:
    request = request_of(spark, table, echo(spark, KINDS))
    found = seen(spark, request)
    assert chosen(spark, request).engine == "direct"
    assert [row[0] for row in found] == [0, 1, 2, 3, 4]
    assert found[1][2] == " ".join(["missing"] * 3 + ["nan"] + ["missing"] * 7)
    assert found[0][2].startswith("True 1 9007199254740991 0x1.8000000000000p+0")


def test_whole_numbers_that_doubles_cannot_hold_stay_exact(spark: SparkSession, lake: str) -> None:
    write(lake, "id int, large bigint", [(1, 9007199254740993), (2, None)])
    request = request_of(spark, lake, echo(spark, {"large": "bigint"}), carried=("id",))
    assert [row[1] for row in seen(spark, request, ("arrow", "direct"))] == ["9007199254740993", "missing"]


def test_several_models_score_every_row_in_one_pass(spark: SparkSession, table: str) -> None:
    request = request_of(spark, table, echo(spark, {"x": "double"}), echo(spark, {"name": "string", "x": "double"}))
    found = seen(spark, request)
    assert sorted((row[3], row[0]) for row in found) == [(model, row) for model in (0, 1) for row in range(5)]


def test_casts_are_made_alike(spark: SparkSession, table: str) -> None:
    kinds = {"small": "bigint", "large": "double", "f": "double", "number": "double"}
    seen(spark, request_of(spark, table, echo(spark, kinds)))


@pytest.mark.parametrize(
    ("condition", "ids"),
    [("number >= 0 AND NOT flag IS NULL", [0, 3]), ("part = 'a/b=%'", [0]), ("x > 1", [0, 2, 3]), ("id < 0", [])],
)
def test_a_filter_keeps_the_same_rows(spark: SparkSession, table: str, condition: str, ids: list[int]) -> None:
    request = request_of(spark, table, echo(spark, {"x": "double", "name": "string"}), filter=condition)
    assert chosen(spark, request).engine == "direct"
    assert [row[0] for row in seen(spark, request, ("arrow", "direct"))] == ids


def test_columns_that_were_added_or_dropped_since_and_older_versions_are_read(spark: SparkSession, lake: str) -> None:
    write(lake, "id int, old int", [(1, 2)])
    newer = pa.table({"id": pa.array([2], pa.int32()), "new": ["b"]})
    write_deltalake(lake, newer, mode="append", schema_mode="merge")
    now = request_of(spark, lake, echo(spark, {"new": "string", "old": "int"}), carried=("id",))
    assert [row[:2] for row in seen(spark, now)] == [(1, "missing 2"), (2, "'b' missing")]
    before = request_of(spark, lake, echo(spark, {"old": "int"}), carried=("id",), version=0)
    assert [row[:2] for row in seen(spark, before)] == [(1, "2")]


def test_row_groups_are_shared_out_and_each_is_read_once(spark: SparkSession, lake: str) -> None:
    # Rows of 500 bytes that do not compress, in two files of row groups of 2,500 rows, written by another program.
    bits = np.random.default_rng(0)
    names = [bits.bytes(250).hex() for _ in range(20_000)]
    for half in (range(10_000), range(10_000, 20_000)):
        rows = pa.table({"id": list(half), "name": [names[row] for row in half]})
        properties = WriterProperties(max_row_group_size=2_500)
        write_deltalake(lake, rows, mode="append", writer_properties=properties)
    request = request_of(spark, lake, echo(spark, {"name": "string"}), carried=("id",))
    choice = chosen(spark, request)
    assert choice.sources is not None
    shares = choice.sources.shares
    assert len(shares) > 4
    assert len({part.uri for share in shares for part in share}) == 2
    found = choice.scored(spark, request).selectExpr("count(*)", "count(DISTINCT id)", "count(DISTINCT seen)").first()
    assert found is not None
    assert tuple(found) == (20_000,) * 3


def test_a_table_that_only_spark_reads_right_goes_through_spark(spark: SparkSession, lake: str) -> None:
    kinds = {"x": "double"}
    name = parse_table_name(f"{lake}/deleted").sql
    properties = "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')"
    spark.sql(f"CREATE TABLE {name} USING DELTA {properties} AS SELECT id, id * 1D AS x FROM range(10)")  # noqa: S608  # quoted
    spark.sql(f"DELETE FROM {name} WHERE id = 3")  # noqa: S608  # quoted
    spark.sql(
        f"CREATE TABLE {parse_table_name(f'{lake}/mapped').sql} (id BIGINT, x DOUBLE) USING DELTA"
        " TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"
    )
    spark.sql(
        f"CREATE TABLE {parse_table_name(f'{lake}/tracked').sql} (id BIGINT, x DOUBLE) USING DELTA"
        " TBLPROPERTIES ('delta.enableRowTracking' = 'true')"
    )
    for path, reason, rows in (
        ("deleted", "deletionVectors", 9),
        ("mapped", "columnMapping", 0),
        ("tracked", "rowTracking", 0),
    ):
        request = request_of(spark, f"{lake}/{path}", echo(spark, kinds), carried=("id",))
        choice = chosen(spark, request)
        assert choice.engine == "arrow"
        assert reason in choice.reason
        assert choice.scored(spark, request).count() == rows
        with pytest.raises(ConfigError, match=r"direct cannot read the input: .* set engine to auto"):
            choose(spark, "direct", request)


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("CAST(1.5 AS DECIMAL(19, 1))", "column 'x' as decimals in bytes"),
        ("named_struct('a', 1)", "column 'x' is struct<a:int>"),
    ],
)
def test_types_that_parquet_holds_in_several_ways_go_through_spark(
    spark: SparkSession, lake: str, column: str, reason: str
) -> None:
    spark.sql(f"SELECT 1 AS id, {column} AS x").write.format("delta").save(lake)
    request = request_of(spark, lake, echo(spark, {"id": "int"}), carried=("id", "x"))
    choice = chosen(spark, request)
    assert choice.engine == "arrow"
    assert re.search(reason, choice.reason)
    assert choice.scored(spark, request).count() == 1


def test_the_partitions_of_other_writers_are_read_alike(spark: SparkSession, lake: str) -> None:
    columns = {
        "part": pa.array(["", None, "a/b=%", "Ä b", "\n", " "]),
        "x": pa.array([math.nan, None, -0.0, math.inf, 0.1, 1e20]),
        "flag": pa.array([True, None, False, True, True, True]),
        "day": pa.array([0, None, -141427, 2932896, 1, 1], pa.date32()),
    }
    rows = pa.table({"id": range(6), **columns})
    write_deltalake(lake, rows, partition_by=list(columns))
    kinds = {"part": "string", "x": "double", "flag": "boolean", "day": "date"}
    request = request_of(spark, lake, echo(spark, kinds), carried=("id", "part", "flag", "day"))
    assert chosen(spark, request).engine == "direct"
    assert len(seen(spark, request)) == 6


def test_decimals_of_up_to_18_digits_are_carried_as_they_are(spark: SparkSession, lake: str) -> None:
    columns = "1.5BD AS price, CAST(-999999999999999999 AS DECIMAL(18, 0)) AS number, array(1.5BD, NULL) AS many"
    spark.sql(f"SELECT 1 AS id, {columns} UNION ALL SELECT 2, NULL, NULL, NULL").write.format("delta").save(lake)
    request = request_of(spark, lake, echo(spark, {"id": "int"}), carried=("id", "price", "number", "many"))
    found = seen(spark, request, ("arrow", "direct"))
    assert found[0][:4] == (1, Decimal("1.5"), Decimal(-999999999999999999), [Decimal("1.5"), None])
    assert found[1][:4] == (2, None, None, None)


def test_times_are_read_alike_whoever_wrote_them(spark: SparkSession, lake: str) -> None:
    columns = (
        "timestamp'2013-11-03 01:30:00 America/New_York' AS at, timestamp_ntz'1583-01-01 00:00:00.000001' AS local"
    )
    spark.sql(f"SELECT 1 AS id, {columns}, array(timestamp'2013-10-01 10:00:00', NULL) AS many").coalesce(
        1
    ).write.format("delta").save(lake)
    rows = {
        "id": [2, 3],
        "at": [datetime(2013, 11, 3, 6, 30, 0, 1, UTC), None],
        "local": [datetime.fromisoformat("9999-01-01"), None],
    }
    kinds = {"id": pa.int32(), "at": pa.timestamp("us", "Asia/Tokyo"), "local": pa.timestamp("us")}
    arrays = {name: pa.array(rows[name], kind) for name, kind in kinds.items()}
    write_deltalake(lake, pa.table({**arrays, "many": pa.nulls(2, pa.list_(pa.timestamp("us", "UTC")))}), mode="append")
    request = request_of(spark, lake, echo(spark, {"at": "timestamp"}), carried=("id", "at", "local", "many"))
    assert chosen(spark, request).engine == "direct"
    found = seen(spark, request)
    assert [row[4] for row in found] == [
        "Timestamp('2013-11-03 01:30:00')",
        "Timestamp('2013-11-03 01:30:00.000001')",
        "missing",
    ]


def test_times_in_twelve_bytes_and_times_of_partitions_go_through_spark(spark: SparkSession, lake: str) -> None:
    rows = spark.sql("SELECT 1 AS id, timestamp'2013-10-01 10:00:00' AS at, 1D AS x")
    rows.write.format("delta").partitionBy("at").save(f"{lake}/partitions")
    spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
    try:
        rows.write.format("delta").save(f"{lake}/int96")
    finally:
        spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    for path, reason in (("partitions", "timestamp, and makes partitions"), ("int96", r"as timestamp\[ns\]")):
        choice = chosen(spark, request_of(spark, f"{lake}/{path}", echo(spark, {"x": "double"}), carried=("id", "at")))
        assert choice.engine == "arrow"
        assert re.search(reason, choice.reason)


def test_times_that_spark_is_told_to_take_for_old_ones_go_through_spark(spark: SparkSession, table: str) -> None:
    request = request_of(spark, table, echo(spark, {"day": "date"}))
    spark.conf.set(REBASE_MODE, "LEGACY")
    try:
        assert f"{REBASE_MODE} is LEGACY" in chosen(spark, request).reason
    finally:
        spark.conf.unset(REBASE_MODE)
    assert chosen(spark, request).engine == "direct"


def test_files_of_old_sparks_and_of_file_systems_that_do_not_open_here_go_through_spark(
    spark: SparkSession, lake: str
) -> None:
    Path(lake).mkdir()
    old = pa.table({"id": [1], "day": pa.array([-141428], pa.date32())})  # a day before the calendars were one
    pq.write_table(
        old.replace_schema_metadata({"org.apache.spark.legacyDateTime": "", "org.apache.spark.version": "2.4.8"}),
        f"{lake}/old.parquet",
    )
    request = request_of(spark, lake, echo(spark, {"day": "date"}), carried=("id",))
    assert "column 'day' in the calendar of old Sparks" in chosen(spark, request).reason
    [row] = rows_of(chosen(spark, request).scored(spark, request))
    assert row[1] == "datetime.date(1582, 10, 4)"

    request = request_of(spark, lake, echo(spark, {"id": "bigint"}), carried=("id",))
    assert chosen(spark, request).engine == "direct"
    spark.conf.set("fs.viewfs.mounttable.default.link./lake", lake)
    try:
        request = request_of(spark, "viewfs:///lake", echo(spark, {"id": "bigint"}), carried=("id",))
        choice = chosen(spark, request)
        assert choice.engine == "arrow"
        assert "cannot be opened here" in choice.reason
        assert choice.scored(spark, request).count() == 1
    finally:
        spark.conf.unset("fs.viewfs.mounttable.default.link./lake")


def test_a_folder_of_parquet_files_is_read_as_spark_reads_it(spark: SparkSession, lake: str) -> None:
    path = f"{lake}/it's 100% Ä"
    rows = "(1, 'a/b=%', 7, 1.5D), (2, 'Ä b', -1, NULL), (3, NULL, NULL, double('NaN'))"
    first = spark.sql(f"SELECT * FROM VALUES {rows} AS t(id, part, number, x)")  # noqa: S608  # our own
    first.write.partitionBy("part", "number").parquet(path)
    # Others note how they had their columns in memory; Spark takes no note of that.
    newer = {"id": pa.array([4], pa.int32()), "name": pa.array(["x"], pa.large_string()).dictionary_encode()}
    for folder in (f"{path}/part=true", f"{path}/part=true/number=007"):
        Path(folder).mkdir()
    pq.write_table(pa.table(newer), f"{path}/part=true/number=007/new.parquet")
    kinds = {"x": "double", "part": "string", "number": "bigint"}
    request = request_of(spark, path, echo(spark, kinds), filter="NOT number IS NULL", carried=("id", "part", "number"))
    assert request.given.version is None
    assert chosen(spark, request).engine == "direct"
    assert [row[:4] for row in seen(spark, request)] == [
        (1, "a/b=%", 7, "0x1.8000000000000p+0 'a/b=%' 7"),
        (2, "Ä b", -1, "nan 'Ä b' -1"),
        (4, "true", 7, "nan 'true' 7"),
    ]


def test_a_parquet_table_of_the_catalog_is_read_at_its_place(spark: SparkSession, lake: str) -> None:
    spark.sql("CREATE TABLE plain (id BIGINT, x DOUBLE, part INT) USING PARQUET PARTITIONED BY (part)")
    try:
        spark.sql("INSERT INTO plain VALUES (1, 1.5, 1), (2, NULL, NULL)")
        request = request_of(spark, "plain", echo(spark, {"x": "double", "part": "int"}))
        assert chosen(spark, request).engine == "direct"
        assert [row[:2] for row in seen(spark, request)] == [(1, 1), (2, None)]
        spark.sql("SELECT 3L AS id, 3D AS x").write.parquet(f"{lake}/part=9")
        spark.sql(f"ALTER TABLE plain ADD PARTITION (part = 5) LOCATION '{lake}/part=9'")
        moved = request_of(spark, "plain", echo(spark, {"x": "double"}))
        assert "not in a folder of its partition" in chosen(spark, moved).reason
        assert sorted(row[1] or 0 for row in rows_of(chosen(spark, moved).scored(spark, moved))) == [0, 1, 5]
        spark.sql("SELECT id, x, part FROM plain").createOrReplaceTempView("seen_through")
        view = request_of(spark, "seen_through", echo(spark, {"x": "double"}))
        assert "neither a Delta nor a Parquet table" in chosen(spark, view).reason
    finally:
        spark.sql("DROP TABLE plain")
        spark.catalog.dropTempView("seen_through")


def test_columns_with_defaults_for_older_files_and_texts_that_are_filled_up_go_through_spark(
    spark: SparkSession,
) -> None:
    spark.sql("CREATE TABLE grown (id BIGINT, code CHAR(4), name VARCHAR(4)) USING PARQUET")
    try:
        spark.sql("INSERT INTO grown VALUES (1, 'ab', 'ab')")
        spark.sql("ALTER TABLE grown ADD COLUMN x INT DEFAULT 5")
        for kinds, reason in (({"x": "int"}, "default"), ({"code": "string"}, "char\\(4\\)"), ({"name": "string"}, "")):
            request = request_of(spark, "grown", echo(spark, kinds), carried=("id",))
            choice = chosen(spark, request)
            assert (choice.engine == "arrow") == bool(reason)
            assert re.search(reason, choice.reason)
    finally:
        spark.sql("DROP TABLE grown")


def test_of_tables_elsewhere_older_versions_go_through_spark(
    spark: SparkSession, lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "table_on_disk", lambda *_: None)
    for number in (1, 2):
        write(lake, "id int, x double", [(number, 0.5)])
    for version, engine in ((0, "arrow"), (1, "direct")):
        request = request_of(spark, lake, echo(spark, {"x": "double"}), carried=("id",), version=version)
        assert chosen(spark, request).engine == engine
        assert chosen(spark, request).scored(spark, request).count() == version + 1


def test_a_dataframe_and_an_untranslatable_filter_go_through_spark(spark: SparkSession, table: str) -> None:
    request = request_of(spark, table, echo(spark, {"x": "double"}), filter="upper(name) = 'AA'")
    assert (chosen(spark, request).engine, len(seen(spark, request, ("pandas_udf", "arrow")))) == ("arrow", 1)
    given = Input(request.given.frame, None, None)
    choice = chosen(spark, Request(given, ("id",), request.tasks, "seen", T.StringType()))
    assert (choice.engine, choice.reason) == (
        "arrow",
        "direct cannot read the input: the input is neither a Delta nor a Parquet table",
    )


def test_an_empty_table_gives_no_rows_and_the_right_columns(spark: SparkSession, lake: str) -> None:
    spark.sql("SELECT 1 AS id, 1D AS x WHERE false").write.format("delta").save(lake)
    request = request_of(spark, lake, echo(spark, {"x": "double"}), carried=("id",))
    for engine in ENGINES:
        frame = choose(spark, engine, request).scored(spark, request)
        assert frame.columns == ["id", "seen", "model_version", "error"]
        assert frame.count() == 0


def test_rows_of_group_models_are_brought_together_by_key(spark: SparkSession) -> None:
    rows = [(key, f"{key % 2}") for key in range(20)]
    frame = local_frame(spark, rows, "place bigint, `a.b` string").repartition(4)
    given = placed(Input(frame, None, None), "a.b", {"0": 1, "1": 0})
    tasks = tuple(counting(spark, name) for name in ("odd", "even"))
    request = Request(given, ("place",), tasks, "seen", T.StringType())
    choice = chosen(spark, request)
    assert (choice.engine, choice.reason) == ("arrow", "rows are brought together by key")
    found = sorted((row["place"], row["model_version"], row["seen"]) for row in choice.scored(spark, request).collect())
    assert found == [(key, (key + 1) % 2, f"{'odd' if key % 2 else 'even'} 10") for key in range(20)]


def counting(spark: SparkSession, name: str) -> Task:
    """A model that gives its name, and of how many rows it was asked at once."""

    def load(_folder: Path, spec: PredictorSpec) -> Any:
        return SimpleNamespace(predict=lambda rows: [f"{spec.model} {len(rows)}"] * len(rows), only_reads=False)

    inputs = (PlannedInput("place", "place", "bigint"),)
    return Task(PredictorSpec(name, name, "sklearn"), name, load, inputs, output_fields(spark, T.StringType()))
