from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark_models.spark.reading.footers import UnreadableError, partition_values, read_footers


def written(path: Path, columns: Mapping[str, pa.Array], notes: Mapping[bytes, bytes] | None = None) -> str:
    pq.write_table(pa.table(dict(columns)).replace_schema_metadata(notes), path, row_group_size=2)
    return f"file:{path}"


def test_row_groups_are_counted_and_sized_by_the_wanted_columns(tmp_path: Path) -> None:
    columns = {"id": pa.array([1, 2, 3]), "text": pa.array(["a" * 100, "b" * 5000, "c"])}
    uri = written(tmp_path / "it's a%20file.parquet", columns)
    [narrow] = read_footers([uri], {"id": pa.int64()})
    [wide] = read_footers([uri], {"id": pa.int64(), "text": pa.string()})
    assert narrow.rows == wide.rows == (2, 1)
    assert all(small < large for small, large in zip(narrow.sizes, wide.sizes, strict=True))


def test_a_column_that_a_file_is_too_old_to_have_is_no_problem(tmp_path: Path) -> None:
    [footer] = read_footers([written(tmp_path / "a", {"id": pa.array([1])})], {"id": pa.int64(), "new": pa.string()})
    assert footer.rows == (1,)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (pa.int32(), pa.int64()),
        (pa.float32(), pa.float64()),
        (pa.list_(pa.int32()), pa.list_(pa.int64())),
        (pa.timestamp("us", "UTC"), pa.timestamp("us", "Asia/Tokyo")),
        (pa.timestamp("us"), pa.timestamp("us")),
        (pa.large_string(), pa.string()),
        (pa.large_binary(), pa.binary()),
        (pa.dictionary(pa.int8(), pa.large_string()), pa.string()),
        (pa.large_list(pa.large_string()), pa.list_(pa.string())),
    ],
)
def test_a_column_that_was_widened_since_or_lay_otherwise_in_the_writers_memory_is_no_problem(
    tmp_path: Path, found: Any, wanted: Any
) -> None:
    read_footers([written(tmp_path / "a", {"id": pa.array([], found)})], {"id": wanted})


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (pa.int64(), pa.int32()),
        (pa.int32(), pa.float64()),
        (pa.string(), pa.int64()),
        (pa.uint32(), pa.int64()),
        (pa.large_string(), pa.binary()),
        (pa.dictionary(pa.int8(), pa.string()), pa.int64()),
        (pa.decimal128(10, 2), pa.decimal128(12, 2)),
        (pa.timestamp("us"), pa.date32()),
        (pa.timestamp("us"), pa.timestamp("us", "UTC")),
        (pa.timestamp("us", "UTC"), pa.timestamp("us")),
        (pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC")),
        (pa.timestamp("ns", "UTC"), pa.timestamp("us", "UTC")),
    ],
)
def test_a_column_of_another_type_is_refused(tmp_path: Path, found: Any, wanted: Any) -> None:
    with pytest.raises(UnreadableError, match="a file holds column 'id' as"):
        read_footers([written(tmp_path / "a", {"id": pa.array([], found)})], {"id": wanted})


def test_a_column_in_another_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="a file writes column 'ID' in another case"):
        read_footers([written(tmp_path / "a", {"id": pa.array([1])})], {"ID": pa.int64()})


@pytest.mark.parametrize("notes", [{b"org.apache.spark.legacyDateTime": b""}, {b"org.apache.spark.version": b"2.4.8"}])
@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us", "UTC"), pa.list_(pa.timestamp("us", "UTC"))])
def test_times_in_the_old_calendar_are_refused(tmp_path: Path, notes: dict[bytes, bytes], kind: pa.DataType) -> None:
    uri = written(tmp_path / "a", {"day": pa.nulls(1, kind), "id": pa.array([1])}, notes)
    with pytest.raises(UnreadableError, match="column 'day' in the calendar of old Sparks"):
        read_footers([uri], {"day": kind})
    read_footers([uri], {"id": pa.int64()})


def test_decimals_are_read_if_they_are_whole_numbers_and_a_scale(tmp_path: Path) -> None:
    columns = pa.table({"price": pa.array([Decimal("1.50"), None], pa.decimal128(18, 2)), "id": [1, 2]})
    for name, in_bytes in (("bytes", True), ("numbers", False)):
        pq.write_table(columns, tmp_path / name, store_decimal_as_integer=not in_bytes)
    read_footers([f"file:{tmp_path}/numbers"], {"price": pa.decimal128(18, 2)})
    with pytest.raises(UnreadableError, match="column 'price' as decimals in bytes"):
        read_footers([f"file:{tmp_path}/bytes"], {"price": pa.decimal128(18, 2)})
    read_footers([f"file:{tmp_path}/bytes"], {"id": pa.int64()})


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    for uri in (f"file:{tmp_path}/none", "nosuchscheme://bucket/key"):
        with pytest.raises(UnreadableError, match="cannot be opened here"):
            read_footers([uri], {"id": pa.int64()})


def test_partition_values_are_read_from_the_path() -> None:
    uri = "file:/lake/t/day=2013-10-01/name=a%2Fb%3D%25/none=__HIVE_DEFAULT_PARTITION__/part-0.parquet"
    assert partition_values(uri, ["none", "name", "day"]) == {"none": None, "name": "a/b=%", "day": "2013-10-01"}
    with pytest.raises(UnreadableError, match="the path of a file does not tell the value of 'hour'"):
        partition_values(uri, ["hour"])
