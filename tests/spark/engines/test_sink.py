"""Results become Parquet files in workers, with what Delta's log keeps of them."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark_models.spark.engines import sink as sinks
from spark_models.spark.engines.sink import Sink

MOMENT = 1_380_585_600_000_000


def sink(root: Path, *folders: str, carried: int = 1) -> Sink:
    return Sink(str(root), folders or ("a",), carried, MOMENT, "snappy")


def results(place: int, errors: list[str | None] | None = None, **columns: Any) -> pa.RecordBatch:
    rows = len(next(iter(columns.values())))
    return pa.RecordBatch.from_pydict(
        {
            **columns,
            "prediction": pa.array([float(row) for row in range(rows)]),
            "model_version": pa.repeat(pa.scalar(place), rows),
            "error": pa.array(errors or [None] * rows, pa.string()),
        }
    )


def written(to: Sink, *batches: pa.RecordBatch) -> list[dict[str, Any]]:
    (told,) = to.written(iter, iter(batches))
    rows: list[dict[str, Any]] = told.to_pylist()
    return rows


def statistics(root: Path, *parts: Any) -> dict[str, Any]:
    """Of one carried column, which has these parts in turn."""
    (file,) = written(sink(root), *(results(0, key=part) for part in parts))
    told: dict[str, Any] = json.loads(file["statistics"])
    return told


def test_rows_go_into_a_file_for_each_place_and_the_task_tells_of_each(tmp_path: Path) -> None:
    told = written(
        sink(tmp_path, "model=1/batch=a", "model=2/batch=a"),
        results(0, key=[1, 2]),
        results(1, key=[1, 2], errors=[None, "refused"]),
        results(0, key=[3]),
    )
    assert [(file["place"], file["rows"], file["rows_failed"]) for file in told] == [(0, 3, 0), (1, 2, 1)]
    for file, keys, folder in zip(told, ([1, 2, 3], [1, 2]), ("model=1/batch=a", "model=2/batch=a"), strict=True):
        path = tmp_path / file["path"]
        assert path.parent == tmp_path / folder
        assert path.stat().st_size == file["size"]
        # As it is: pyarrow would add columns from the names of folders.
        rows = pq.ParquetFile(path).read()
        assert rows.column_names == ["key", "prediction", "scored_at", "error"]
        assert rows["key"].to_pylist() == keys
        assert rows["scored_at"].type == pa.timestamp("us", "UTC")
        assert set(rows["scored_at"].to_pylist()) == {datetime(2013, 10, 1, tzinfo=UTC)}
    assert pq.ParquetFile(tmp_path / told[1]["path"]).read()["error"].to_pylist() == [None, "refused"]


def test_a_task_without_rows_writes_nothing(tmp_path: Path) -> None:
    assert written(sink(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("parts", "least", "greatest"),
    [
        ([[3, None], [-1]], -1, 3),
        ([[0.5, -2.25]], -2.25, 0.5),
        ([["b", "a"], ["é"]], "a", "é"),
        ([[date(2013, 1, 2), None], [date(2012, 12, 31)]], "2012-12-31", "2013-01-02"),
    ],
)
def test_the_log_gets_bounds_and_nulls_of_carried_columns(
    tmp_path: Path, parts: list[list[Any]], least: Any, greatest: Any
) -> None:
    assert statistics(tmp_path, *parts) == {
        "numRecords": sum(map(len, parts)),
        "minValues": {"key": least},
        "maxValues": {"key": greatest},
        "nullCount": {"key": sum(part.count(None) for part in parts)},
    }


def test_times_are_cut_to_milliseconds_as_delta_does(tmp_path: Path) -> None:
    moments = pa.array([-1, 1_380_585_600_123_456], pa.timestamp("us", "America/New_York"))
    told = statistics(tmp_path, moments)
    assert told["minValues"] == {"key": "1969-12-31T23:59:59.999Z"}
    assert told["maxValues"] == {"key": "2013-10-01T00:00:00.123Z"}


def test_a_long_text_bounds_from_below_only(tmp_path: Path) -> None:
    told = statistics(tmp_path, ["é" * 40, "é" * 50])
    assert told["minValues"] == {"key": "é" * 32}
    assert told["maxValues"] == {}


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1.0, math.nan]),
        pa.array([-math.inf, math.inf]),
        pa.array([True, False]),
        pa.array([Decimal("1.5"), None]),
        pa.array([b"a", b"b"]),
        pa.array([None, None], pa.int64()),
        pa.array([3_000_000, 0], pa.date32()),  # a year that Python does not know
    ],
)
def test_what_cannot_be_bounded_has_no_bounds(tmp_path: Path, values: pa.Array) -> None:
    told = statistics(tmp_path, values)
    assert told["minValues"] == told["maxValues"] == {}
    assert told["nullCount"] == {"key": values.null_count}


def test_bounds_that_one_part_lacks_are_lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "LEAST_WAITING_BYTES", 1)
    monkeypatch.setattr(sinks, "WAITING_BYTES", 1)
    assert statistics(tmp_path, [math.nan], [1.0], [2.0])["maxValues"] == {}


def test_nested_columns_are_not_in_the_log(tmp_path: Path) -> None:
    assert statistics(tmp_path, [[1], [2]]) == {"numRecords": 2, "minValues": {}, "maxValues": {}, "nullCount": {}}


def test_rows_do_not_wait_in_memory_beyond_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "LEAST_WAITING_BYTES", 200)
    monkeypatch.setattr(sinks, "WAITING_BYTES", 200)
    (file,) = written(sink(tmp_path), *(results(0, key=[row] * 5) for row in range(7)))
    groups = pq.ParquetFile(tmp_path / file["path"])
    # A batch of five rows has 80 bytes of numbers and 25 of texts that are NULL: two of them are enough.
    assert [groups.metadata.row_group(place).num_rows for place in range(groups.num_row_groups)] == [10, 10, 10, 5]
    assert groups.read()["key"].to_pylist() == [row for row in range(7) for _ in range(5)]


def test_few_files_are_open_at_once_and_a_model_that_comes_again_gets_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks, "MOST_OPEN", 2)
    told = written(sink(tmp_path, "a", "b", "c"), *(results(place, key=[place]) for place in (0, 1, 2, 0)))
    assert sorted((file["place"], file["rows"]) for file in told) == [(0, 1), (0, 1), (1, 1), (2, 1)]
    assert len({file["path"] for file in told}) == 4


def test_a_task_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "MOST_OPEN", 1)

    def fails(_: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield results(0, key=[1])
        yield results(1, key=[1])
        raise ValueError("the third batch")

    with pytest.raises(ValueError, match="third"):
        list(sink(tmp_path, "a", "b").written(fails, iter([])))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
