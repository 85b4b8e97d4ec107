import pytest
from deltalake import DeltaTable, Schema
from pyspark.sql import SparkSession

from spark_models.core.config import HistoryConfig, SessionConfig, TablesConfig
from spark_models.core.table_schema import schema_of
from spark_models.core.tables import AliasTenure
from spark_models.spark import rows
from spark_models.spark import session_on_demand as module
from spark_models.spark.frames import schema_from
from spark_models.spark.rows import session_for_rows
from spark_models.spark.session_on_demand import is_waiting, session_on_demand


@pytest.fixture
def nowhere(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> SparkSession:
    """No session is active; one that is started is this one."""
    monkeypatch.setattr(module, "present_session", lambda: None)
    for starting in (module, rows):
        monkeypatch.setattr(starting, "get_session", lambda _: spark)
    return spark


def test_a_session_is_started_when_it_is_first_asked_for_something(nowhere: SparkSession) -> None:
    session = session_on_demand(SessionConfig())
    assert is_waiting(session)
    assert session.version == nowhere.version
    assert not is_waiting(session)


def test_the_active_session_is_used(spark: SparkSession) -> None:
    assert session_on_demand(SessionConfig()) is spark


@pytest.mark.parametrize(
    "config",
    [
        SessionConfig(master="spark://host:7077"),
        SessionConfig(settings={"spark.hadoop.fs.defaultFS": "hdfs://host"}),
        SessionConfig(settings={"spark.databricks.delta.properties.defaults.enableChangeDataFeed": "true"}),
    ],
)
def test_one_whose_paths_or_tables_may_be_others_is_started_at_once(
    nowhere: SparkSession, config: SessionConfig
) -> None:
    assert session_on_demand(config) is nowhere


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPARK_REMOTE", "sc://localhost"),
        ("PYSPARK_GATEWAY_PORT", "1"),
        ("HADOOP_CONF_DIR", "/etc/hadoop"),
        ("SPARK_SUBMIT_OPTS", "-Xmx1g -Dspark.hadoop.fs.defaultFS=hdfs://host"),
    ],
)
def test_so_is_one_that_gets_settings_from_elsewhere(
    nowhere: SparkSession, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert session_on_demand(SessionConfig()) is nowhere


def test_rows_do_without_a_session_on_a_disk_and_in_tables_that_ask_for_nothing_more(
    nowhere: SparkSession, lake: str
) -> None:
    def session(location: str) -> SparkSession:
        config = HistoryConfig(name="delay", tables=TablesConfig(location=location))
        return session_for_rows(config.session, config.tables.table("alias_history"))

    assert session("ops") is nowhere
    assert session("s3://bucket/ops") is nowhere
    assert is_waiting(session(lake))
    columns = Schema.from_json(schema_from(schema_of(AliasTenure).definition).json())
    folder = f"{lake}/alias_history"
    DeltaTable.create(folder, columns)
    assert is_waiting(session(lake))
    DeltaTable.create(folder, columns, mode="overwrite", configuration={"delta.enableChangeDataFeed": "true"})
    assert session(lake) is nowhere
