from datetime import UTC, datetime

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tests.lake import write

from spark_models.core.config import InputConfig
from spark_models.errors import ConfigError, DataError, SchemaError
from spark_models.spark.inputs import filtered, read_input, require_present, require_unambiguous


@pytest.fixture(scope="module")
def numbers(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: ARG001  # Spark reads DDL
    """A Delta table with 0 to 2 at version 0 and 3 and 4 at version 1."""
    path = str(tmp_path_factory.mktemp("lake") / "numbers")
    for first, end in ((0, 3), (3, 5)):
        write(path, "id bigint", [(number,) for number in range(first, end)])
    return path


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return spark.range(4)


def test_a_table_is_pinned_to_its_current_version(spark: SparkSession, lake: str) -> None:
    write(lake, "id bigint", [(1,), (2,)])
    given = read_input(spark, InputConfig(table=lake), None)
    write(lake, "id bigint", [(3,)])
    assert (given.table, given.version, given.frame.count()) == (lake, 0, 2)
    assert given.columns == {"id": "bigint"}


def test_an_older_version_is_read_if_asked(spark: SparkSession, numbers: str) -> None:
    given = read_input(spark, InputConfig(table=numbers, version=0), None)
    assert (given.version, given.frame.count()) == (0, 3)


def test_the_version_of_a_moment_is_read_and_known(spark: SparkSession, numbers: str) -> None:
    first = spark.sql(f"DESCRIBE HISTORY delta.`{numbers}`").where("version = 0").select(F.unix_micros("timestamp"))
    row = first.first()
    assert row is not None
    moment = datetime.fromtimestamp(row[0] / 1e6, UTC)
    given = read_input(spark, InputConfig(table=numbers, timestamp=moment), None)
    assert (given.version, given.frame.count()) == (0, 3)


def test_a_moment_before_the_table_is_refused(spark: SparkSession, numbers: str) -> None:
    with pytest.raises(DataError, match="no version from 2001"):
        read_input(spark, InputConfig(table=numbers, timestamp=datetime(2001, 1, 1, tzinfo=UTC)), None)


@pytest.mark.parametrize("version", [99, -1])
def test_an_unknown_version_is_refused_with_the_newest(spark: SparkSession, numbers: str, version: int) -> None:
    with pytest.raises(DataError, match=f"no version {version}; the newest is"):
        read_input(spark, InputConfig(table=numbers, version=version), None)


@pytest.mark.parametrize("pinned", [{}, {"version": 0}, {"timestamp": datetime(2020, 1, 1, tzinfo=UTC)}])
def test_an_unknown_table_is_refused(spark: SparkSession, lake: str, pinned: dict[str, object]) -> None:
    with pytest.raises(DataError, match="no Delta table at this path"):
        read_input(spark, InputConfig.model_validate({"table": f"{lake}/nothing", **pinned}), None)


def test_a_view_has_no_version_to_ask_for(spark: SparkSession, frame: DataFrame) -> None:
    frame.createOrReplaceTempView("four")
    given = read_input(spark, InputConfig(table="four"), None)
    assert (given.table, given.version, given.frame.count()) == ("four", None, 4)
    with pytest.raises(ConfigError, match="has no versions"):
        read_input(spark, InputConfig(table="four", version=0), None)
    with pytest.raises(ConfigError, match="has no versions"):
        read_input(spark, InputConfig(table="four", timestamp=datetime(2020, 1, 1, tzinfo=UTC)), None)
    spark.catalog.dropTempView("four")


def test_a_folder_of_parquet_files_has_no_version_to_ask_for(spark: SparkSession, frame: DataFrame, lake: str) -> None:
    frame.write.parquet(lake)
    given = read_input(spark, InputConfig(table=lake, filter="id > 1"), None)
    assert (given.table, given.version, given.frame.count()) == (lake, None, 2)
    with pytest.raises(ConfigError, match="has no versions"):
        read_input(spark, InputConfig(table=lake, version=0), None)
    with pytest.raises(ConfigError, match="has no versions"):
        read_input(spark, InputConfig(table=lake, timestamp=datetime(2020, 1, 1, tzinfo=UTC)), None)


def test_files_of_other_kinds_and_patterns_of_paths_are_no_table(
    spark: SparkSession, frame: DataFrame, lake: str
) -> None:
    frame.write.csv(f"{lake}/csv")
    frame.write.parquet(f"{lake}/parquet")
    for path in ("csv", "parqu[e]t"):
        with pytest.raises(DataError, match="no Delta table at this path"):
            read_input(spark, InputConfig(table=f"{lake}/{path}"), None)


def test_a_dataframe_is_taken_as_it_is(spark: SparkSession, frame: DataFrame) -> None:
    given = read_input(spark, InputConfig(filter="id > 1"), frame)
    assert (given.table, given.version, given.frame.count(), str(given)) == (None, None, 2, "the DataFrame")
    with pytest.raises(ConfigError, match="a DataFrame has no versions"):
        read_input(spark, InputConfig(version=1), frame)


def test_there_must_be_a_table_or_a_dataframe_and_not_both(spark: SparkSession, frame: DataFrame) -> None:
    with pytest.raises(ConfigError, match=r"there is none: set input.table \(only from Python, a DataFrame can be"):
        read_input(spark, InputConfig(), None)
    with pytest.raises(ConfigError, match="there are a table and a DataFrame: leave one of them out"):
        read_input(spark, InputConfig(table="x"), frame)


@pytest.mark.parametrize(
    ("condition", "reason"), [("id >", "Syntax error"), ("idd > 1", "idd"), ("id", "boolean"), ("sum(id) > 1", "sum")]
)
def test_a_filter_that_is_no_condition_is_refused_with_the_reason(
    frame: DataFrame, condition: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match="not a condition on the table's columns") as caught:
        filtered(frame, condition)
    assert reason in str(caught.value)
    assert len(caught.value.problems[0].splitlines()) == 1


def test_names_that_are_not_columns_are_refused_with_near_ones(spark: SparkSession, frame: DataFrame) -> None:
    given = read_input(spark, InputConfig(), frame.withColumnRenamed("id", "flight_id"))
    require_present(["flight_id"], given, "key")
    with pytest.raises(SchemaError) as caught:
        require_present(["flightid", "x"], given, "key")
    assert caught.value.problems == (
        "key column 'flightid' is not in the input; did you mean 'flight_id'?",
        "key column 'x' is not in the input",
    )


def test_two_columns_of_one_name_are_refused_whatever_their_case(spark: SparkSession, frame: DataFrame) -> None:
    joined = read_input(spark, InputConfig(), frame.select("id", F.col("id").alias("ID"), F.lit(1).alias("x")))
    with pytest.raises(SchemaError, match="column 'id' is in the input twice"):
        require_unambiguous(joined)
