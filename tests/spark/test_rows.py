from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated

import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession
from tests.birds import OWL, WREN, Sighting

from spark_models.core.table_name import parse_table_name
from spark_models.core.tables import AliasTenure
from spark_models.errors import SchemaError
from spark_models.spark import rows
from spark_models.spark.on_disk import table_on_disk
from spark_models.spark.rows import append_rows, read_rows, replace_rows, upsert_rows
from spark_models.spark.tables import latest_version


@pytest.fixture(autouse=True, params=["on disk", "by Spark"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "by Spark":
        monkeypatch.setattr(rows, "table_on_disk", lambda *_: None)
    return str(request.param)


def test_rows_come_back_as_they_were_written_with_times_in_utc(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/a{{b}}")
    there = replace(WREN, seen_at=datetime(2013, 7, 1, 14, tzinfo=timezone(timedelta(hours=2))))
    append_rows(spark, table, [there, OWL])
    assert set(map(str, read_rows(spark, table, Sighting))) == {str(WREN), str(OWL)}
    assert read_rows(spark, table, Sighting, bird="owl") == (OWL,)
    assert read_rows(spark, table, Sighting, seen_at=None) == (OWL,)
    assert set(map(str, read_rows(spark, table, Sighting, bird=("owl", "wren")))) == {str(WREN), str(OWL)}
    append_rows(spark, table, [replace(OWL, bird="o'wl\\'")])
    assert [row.bird for row in read_rows(spark, table, Sighting, bird="o'wl\\'")] == ["o'wl\\'"]


def test_a_table_that_is_not_there_has_no_rows(spark: SparkSession, lake: str) -> None:
    assert read_rows(spark, parse_table_name(f"{lake}/nothing"), Sighting) == ()


def test_a_table_that_is_older_than_a_column_gives_its_default(spark: SparkSession, lake: str) -> None:
    @dataclass(frozen=True)
    class Ringed(Sighting):
        """Sightings, and who put the ring on."""

        ringer: Annotated[str | None, "who put it on"] = "nobody"

    table = parse_table_name(f"{lake}/birds")
    append_rows(spark, table, [WREN])
    (found,) = read_rows(spark, table, Ringed, bird="wren")
    assert (found.ringer, found.photos, found.seen_at) == ("nobody", WREN.photos, WREN.seen_at)


def test_an_upsert_writes_what_is_new_or_other_and_nothing_else(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/a{{b}}")
    assert upsert_rows(spark, table, [WREN])
    before = latest_version(spark, table)
    assert not upsert_rows(spark, table, [WREN])
    assert latest_version(spark, table) == before
    heavier = replace(WREN, weight=10.0)
    assert upsert_rows(spark, table, [heavier, OWL])
    assert set(map(str, read_rows(spark, table, Sighting))) == {str(heavier), str(OWL)}


def test_replaced_rows_take_the_place_of_their_own_kind_only(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/birds")
    replace_rows(spark, table, [WREN], bird="wren")
    replace_rows(spark, table, [OWL], bird="owl")
    heavier = replace(WREN, weight=10.0)
    replace_rows(spark, table, [heavier], bird="wren")
    assert set(map(str, read_rows(spark, table, Sighting))) == {str(heavier), str(OWL)}


def test_of_the_same_rows_replaced_at_once_one_copy_is_there(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/birds")
    append_rows(spark, table, [OWL])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: replace_rows(spark, table, [WREN], bird="wren"), range(2)))
    assert sorted(row.bird for row in read_rows(spark, table, Sighting)) == ["owl", "wren"]


def test_different_rows_upserted_at_once_are_all_there(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/birds")
    append_rows(spark, table, [OWL])
    birds = [replace(WREN, bird=name) for name in ("kite", "swan")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda bird: upsert_rows(spark, table, [bird]), birds))
    assert sorted(row.bird for row in read_rows(spark, table, Sighting)) == ["kite", "owl", "swan"]


def test_a_table_with_other_columns_is_refused(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/birds")
    append_rows(spark, table, [OWL])
    card = AliasTenure("a", "b", 1, datetime(2013, 7, 1, tzinfo=UTC), None, "promote", "", None, forced=False)
    with pytest.raises(SchemaError, match="column 'alias' is missing from the table"):
        append_rows(spark, table, [card])


def test_rows_are_the_same_whichever_way_they_were_written_and_are_read(
    spark: SparkSession, lake: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = parse_table_name(f"{lake}/birds")
    old = replace(WREN, bird="auk", seen_at=datetime(1, 1, 2, tzinfo=UTC), weight=float("nan"))
    append_rows(spark, table, [WREN, OWL, old])
    monkeypatch.setattr(rows, "table_on_disk", (lambda *_: None) if way == "on disk" else table_on_disk)
    assert upsert_rows(spark, table, [replace(WREN, weight=10.0), replace(OWL, bird="swan")])
    assert not upsert_rows(spark, table, [OWL])
    assert sorted(map(str, read_rows(spark, table, Sighting))) == sorted(
        map(str, [replace(WREN, weight=10.0), OWL, old, replace(OWL, bird="swan")])
    )
    consumed = DeltaTable(table.path or "").to_pyarrow_dataset().to_table(filter=pc.field("bird") == "swan")
    assert consumed["bird"].to_pylist() == ["swan"]
