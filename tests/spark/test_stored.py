from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tests.birds import OWL, WREN, Sighting
from tests.lake import add_rows

from spark_models.core.config import SessionConfig
from spark_models.core.table_name import TableName, parse_table_name
from spark_models.spark import stored
from spark_models.spark.stored import SPARK_ELSEWHERE, stored_rows

LOCAL = SessionConfig()


class AskedForError(Exception):
    """A session was asked for."""


@pytest.fixture(autouse=True)
def without_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: SessionConfig) -> None:
        raise AskedForError

    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
    monkeypatch.setattr(stored, "get_session", refuse)
    for name in SPARK_ELSEWHERE:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def table(lake: str) -> TableName:
    table = parse_table_name(f"{lake}/birds")
    add_rows(table, [WREN, OWL])
    return table


def test_rows_of_a_table_on_a_disk_are_read_without_a_session(table: TableName) -> None:
    assert sorted(map(str, stored_rows(None, LOCAL, table, Sighting))) == sorted(map(str, [WREN, OWL]))
    assert stored_rows(None, LOCAL, TableName(path=f"file:{table.path}"), Sighting, bird="owl") == (OWL,)
    assert stored_rows(None, LOCAL, TableName(path=f"{table.path}_that_is_not_there"), Sighting) == ()


@pytest.mark.parametrize(
    "config",
    [
        SessionConfig(master="yarn"),
        SessionConfig(settings={"spark.hadoop.fs.defaultFS": "hdfs://there"}),
    ],
)
def test_a_session_that_may_have_other_disks_is_asked(table: TableName, config: SessionConfig) -> None:
    with pytest.raises(AskedForError):
        stored_rows(None, config, table, Sighting)


@pytest.mark.parametrize("variable", SPARK_ELSEWHERE)
def test_an_environment_that_may_have_other_disks_is_left_to_a_session(
    table: TableName, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "somewhere")
    with pytest.raises(AskedForError):
        stored_rows(None, LOCAL, table, Sighting)


@pytest.mark.parametrize("name", ["ops.birds", "s3://bucket/birds"])
def test_a_table_that_is_not_on_a_disk_is_left_to_a_session(name: str) -> None:
    with pytest.raises(AskedForError):
        stored_rows(None, LOCAL, parse_table_name(name), Sighting)


def test_a_table_whose_log_cannot_be_read_here_is_left_to_a_session(lake: str) -> None:
    Path(lake, "birds", "_delta_log").mkdir(parents=True)
    with pytest.raises(AskedForError):
        stored_rows(None, LOCAL, parse_table_name(f"{lake}/birds"), Sighting)


def test_a_session_that_is_there_is_used(table: TableName, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "read_rows", lambda spark, *_, **equal: (spark, equal))
    session: Any = object()
    found: Any = stored_rows(session, LOCAL, table, Sighting, bird="owl")
    assert found == (session, {"bird": "owl"})
