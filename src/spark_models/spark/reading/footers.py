"""What the files of a table say of themselves, read on the driver: whether they can be read exactly, and how large."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from spark_models.spark.reading.files import open_file

# Footers are small and far away on object stores, so many are read at once.
READERS = 16
# How Hive writes a partition value that is NULL.
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
# Spark's note that a file's dates and times are in the calendar of before 1582.
LEGACY_DATES = b"org.apache.spark.legacyDateTime"
SPARK_VERSION = b"org.apache.spark.version"

_WIDTHS = {pa.int8(): 1, pa.int16(): 2, pa.int32(): 3, pa.int64(): 4, pa.float32(): 5, pa.float64(): 6}

_LARGE = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}


class UnreadableError(Exception):
    """Files that only Spark reads as it does; the message says why."""


@dataclass(frozen=True)
class Footer:
    """A file's row groups: rows and bytes of the wanted columns, of each."""

    uri: str
    rows: tuple[int, ...]
    sizes: tuple[int, ...]


def read_footers(uris: Sequence[str], columns: Mapping[str, pa.DataType]) -> list[Footer]:
    """The footers of all files.

    Args:
        uris: The files, as Spark's ``inputFiles`` gives them.
        columns: The columns to be read, with the types that the table gives them.

    Raises:
        UnreadableError: if a file cannot be opened here, or holds a column that Arrow may read otherwise than Spark.
    """
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(lambda uri: _footer(uri, columns), uris))


def _footer(uri: str, columns: Mapping[str, pa.DataType]) -> Footer:
    try:
        with pq.ParquetFile(open_file(uri)) as file:
            metadata, schema = file.metadata, file.schema_arrow
    except (OSError, ValueError, ImportError) as error:
        raise UnreadableError(f"a file of the table cannot be opened here ({type(error).__name__})") from error
    present = _require_readable(schema, metadata.metadata or {}, columns)
    _require_whole_numbers(metadata.schema, columns)
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    return Footer(uri, tuple(group.num_rows for group in groups), tuple(_size(group, present) for group in groups))


def _size(group: pq.RowGroupMetaData, present: frozenset[str]) -> int:
    chunks = (group.column(place) for place in range(group.num_columns))
    return sum(chunk.total_compressed_size for chunk in chunks if chunk.path_in_schema.partition(".")[0] in present)


def _require_readable(
    schema: pa.Schema, notes: Mapping[bytes, bytes], columns: Mapping[str, pa.DataType]
) -> frozenset[str]:
    """The columns that the file has, by exactly their names; those that it is too old to have are missing."""
    names = set(schema.names)
    folded = {name.casefold() for name in names}
    for name, kind in columns.items():
        if name not in names and name.casefold() in folded:
            raise UnreadableError(f"a file writes column {name!r} in another case")
        if name in names and not _is_same(schema.field(name).type, kind):
            raise UnreadableError(f"a file holds column {name!r} as {schema.field(name).type}, the table as {kind}")
        if name in names and has_calendar(kind) and (LEGACY_DATES in notes or notes.get(SPARK_VERSION, b"9") < b"3"):
            raise UnreadableError(f"a file holds column {name!r} in the calendar of old Sparks")
    return frozenset(name for name in columns if name in names)


def _require_whole_numbers(schema: pq.ParquetSchema, columns: Mapping[str, pa.DataType]) -> None:
    """Refuse decimals in bytes: files hold them in more ways than one, and Spark has had its own."""
    for place in range(len(schema.names)):
        column = schema.column(place)
        if column.logical_type.type == "DECIMAL" and column.physical_type not in {"INT32", "INT64"}:
            name = column.path.partition(".")[0]
            if name in columns:
                raise UnreadableError(f"a file holds column {name!r} as decimals in bytes")


def _is_same(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether the table's type holds the file's values: the same, or a wider one after the table was widened.

    How the writer had them in memory is noted in files of Arrow's, and changes no value.
    """
    if _LARGE.get(found, found) == wanted:
        return True
    if pa.types.is_timestamp(found) and pa.types.is_timestamp(wanted):
        # Microseconds alone are what Spark itself reads as they are; the zone is how a moment is shown.
        return bool(found.unit == wanted.unit and (found.tz is None) == (wanted.tz is None))
    if found in _WIDTHS and wanted in _WIDTHS:
        return _WIDTHS[found] < _WIDTHS[wanted] and pa.types.is_integer(found) == pa.types.is_integer(wanted)
    if pa.types.is_dictionary(found):
        return _is_same(found.value_type, wanted)
    if (pa.types.is_list(found) or pa.types.is_large_list(found)) and pa.types.is_list(wanted):
        return _is_same(found.value_type, wanted.value_type)
    return False


def has_calendar(kind: pa.DataType) -> bool:
    """Whether the type's values are days or times, which old Sparks counted otherwise."""
    if pa.types.is_list(kind):
        return has_calendar(kind.value_type)
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def partition_values(uri: str, names: Sequence[str]) -> dict[str, str | None]:
    """The values of a file's partition, as the folders in its path write them.

    Raises:
        UnreadableError: if the path does not have them all.
    """
    folders = dict(part.split("=", 1) for part in uri.split("/")[:-1] if "=" in part)
    if missing := [name for name in names if name not in folders]:
        raise UnreadableError(f"the path of a file does not tell the value of {missing[0]!r}")
    values = {name: unquote(folders[name]) for name in names}
    return {name: None if value == NULL_PARTITION else value for name, value in values.items()}
