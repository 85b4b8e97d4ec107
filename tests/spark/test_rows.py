from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, ClassVar

from pyspark.sql import SparkSession

from spark_models.core.table_name import parse_table_name
from spark_models.core.tables import LoggedFile, Row
from spark_models.spark.rows import append_rows, read_rows, replace_rows, upsert_rows
from spark_models.spark.tables import latest_version


@dataclass(frozen=True)
class Sighting(Row):
    """Sightings."""

    KEY: ClassVar[tuple[str, ...]] = ("bird",)

    bird: Annotated[str, "its name"]
    seen_at: Annotated[datetime | None, "when"]
    weight: Annotated[float | None, "in grams"]
    tags: Annotated[dict[str, str], "anything"]
    photos: Annotated[tuple[LoggedFile, ...], "files"]
    rings: Annotated[tuple[str, ...], "on its legs"]


WREN = Sighting("wren", datetime(2013, 7, 1, 12, tzinfo=UTC), 9.5, {"a": "b"}, (LoggedFile("x.jpg", 3),), ("r", "g"))
OWL = Sighting("owl", None, None, {}, (), ())


def test_rows_come_back_as_they_were_written_with_times_in_utc(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/a{{b}}")
    there = replace(WREN, seen_at=datetime(2013, 7, 1, 14, tzinfo=timezone(timedelta(hours=2))))
    append_rows(spark, table, [there, OWL])
    assert set(map(str, read_rows(spark, table, Sighting))) == {str(WREN), str(OWL)}
    assert read_rows(spark, table, Sighting, bird="owl") == (OWL,)
    assert read_rows(spark, table, Sighting, seen_at=None) == (OWL,)


def test_a_table_that_is_not_there_has_no_rows(spark: SparkSession, lake: str) -> None:
    assert read_rows(spark, parse_table_name(f"{lake}/nothing"), Sighting) == ()


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
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: replace_rows(spark, table, [WREN], bird="wren"), range(3)))
    assert sorted(row.bird for row in read_rows(spark, table, Sighting)) == ["owl", "wren"]


def test_different_rows_upserted_at_once_are_all_there(spark: SparkSession, lake: str) -> None:
    table = parse_table_name(f"{lake}/birds")
    append_rows(spark, table, [OWL])
    birds = [replace(WREN, bird=name) for name in ("kite", "rook", "swan")]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda bird: upsert_rows(spark, table, [bird]), birds))
    assert sorted(row.bird for row in read_rows(spark, table, Sighting)) == ["kite", "owl", "rook", "swan"]
