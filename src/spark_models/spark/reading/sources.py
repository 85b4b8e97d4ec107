"""Which of a table's files to read, and how: only where Arrow reads them exactly as Spark does."""

from collections.abc import Mapping, Sequence
from heapq import heapify, heapreplace
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_type

from spark_models.spark.frames import type_from
from spark_models.spark.inputs import Input
from spark_models.spark.reading.arrow_filter import UntranslatableError, arrow_filter
from spark_models.spark.reading.footers import Footer, UnreadableError, has_calendar, partition_values, read_footers
from spark_models.spark.reading.layout import layout_of
from spark_models.spark.reading.reader import Part, Reading, Sources
from spark_models.spark.session import session_zone

# Types that Parquet, Arrow and Spark all hold in the same way.
EXACT_TYPES = frozenset(
    {"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "binary", "date"}
)
# Types of which the files tell whether they hold them so; the paths of partitions do not.
TOLD_TYPES = ("timestamp", "timestamp_ntz", "decimal")
# What Spark takes the times to be in files that do not say which Spark wrote them.
REBASE_MODE = "spark.sql.parquet.datetimeRebaseModeInRead"
# Where Spark notes what a column is in files without it, and how long its texts are.
OLDER_FILES, CHAR_OR_VARCHAR = "EXISTS_DEFAULT", "__CHAR_VARCHAR_TYPE_STRING"
# What a task reads: enough to be worth a task, little enough for all cores to have some.
SMALLEST_SHARE, LARGEST_SHARE, SHARES = 1 << 20, 64 << 20, 16


def sources(spark: SparkSession, given: Input, wanted: Sequence[tuple[str, str]]) -> Sources:
    """The files that hold the input.

    Args:
        spark: The session, whose zone times are in.
        given: The input.
        wanted: Columns of it, each with the Spark type, as in ``simpleString()``, that it shall have.

    Raises:
        UnreadableError: with the reason, if Arrow might read them otherwise than Spark.
    """
    layout = layout_of(spark, given)
    condition, filtered = _condition(given)
    names = dict.fromkeys([*(column for column, _ in wanted), *filtered])
    zone = session_zone(spark)
    columns = {name: _arrow_type(given, name, zone) for name in names}
    partitions = [name for name in columns if name in layout.partitions]
    if told := [name for name in partitions if given.columns[name].startswith(TOLD_TYPES)]:
        raise UnreadableError(f"column {told[0]!r} is {given.columns[told[0]]}, and makes partitions")
    in_files = {name: kind for name, kind in columns.items() if name not in layout.partitions}
    _require_one_calendar(spark, in_files)
    footers = read_footers(layout.files, in_files)
    targets = tuple((column, _target(given, column, kind, zone)) for column, kind in wanted)
    return Sources(Reading(tuple(columns.items()), targets, condition), _shares(footers, partitions, columns))


def numbers_of_shares(spark: SparkSession, read: Sources) -> DataFrame:
    """A task for each share of the files, for :meth:`Sources.batches`."""
    shares = len(read.shares)
    return spark.range(0, shares, 1, max(shares, 1))


def _condition(given: Input) -> tuple[Any, frozenset[str]]:
    if given.filter is None:
        return None, frozenset()
    try:
        return arrow_filter(given.filter, given.columns)
    except UntranslatableError as error:
        raise UnreadableError(str(error)) from error


def _require_one_calendar(spark: SparkSession, columns: Mapping[str, pa.DataType]) -> None:
    mode = spark.conf.get(REBASE_MODE)
    if mode != "CORRECTED" and any(has_calendar(kind) for kind in columns.values()):
        raise UnreadableError(f"{REBASE_MODE} is {mode}, and there are dates or times to read")


def _arrow_type(given: Input, name: str, zone: str) -> pa.DataType:
    field, kind = given.frame.schema[name], given.columns[name]
    if OLDER_FILES in field.metadata:
        raise UnreadableError(f"column {name!r} has a default for the files that are older than it")
    if field.metadata.get(CHAR_OR_VARCHAR, "").startswith("char"):
        raise UnreadableError(f"column {name!r} is {field.metadata[CHAR_OR_VARCHAR]}, which Spark fills up with blanks")
    inner = kind
    while inner.startswith("array<"):
        inner = inner[len("array<") : -1]
    if inner not in EXACT_TYPES and not inner.startswith(TOLD_TYPES):
        raise UnreadableError(f"column {name!r} is {kind}, which Parquet may hold in several ways")
    return to_arrow_type(field.dataType, timezone=zone)


def _target(given: Input, column: str, kind: str, zone: str) -> pa.DataType:
    source = given.columns[column]
    if kind != source and not {kind, source} <= {"tinyint", "smallint", "int", "bigint", "float", "double"}:
        raise UnreadableError(f"column {column!r} is cast from {source} to {kind}, which is Spark's to do")
    return to_arrow_type(type_from(kind), timezone=zone)


def _shares(
    footers: list[Footer], partitions: list[str], columns: Mapping[str, pa.DataType]
) -> tuple[tuple[Part, ...], ...]:
    """The row groups in shares of about equal size: the largest group first, each into the smallest share."""
    groups = [
        (size, footer.uri, place)
        for footer in footers
        for place, (size, rows) in enumerate(zip(footer.sizes, footer.rows, strict=True))
        if rows
    ]
    total = sum(size for size, *_ in groups)
    largest = min(LARGEST_SHARE, max(SMALLEST_SHARE, total // SHARES))
    count = min(len(groups), max(1, -(-total // largest)))
    shares: list[dict[str, list[int]]] = [{} for _ in range(count)]
    sizes = [(0, number) for number in range(count)]
    heapify(sizes)
    for size, uri, place in sorted(groups, reverse=True):
        filled, number = sizes[0]
        shares[number].setdefault(uri, []).append(place)
        heapreplace(sizes, (filled + size + 1, number))
    values = {uri: _partition(uri, partitions, columns) for _, uri, _ in groups}
    return tuple(
        tuple(Part(uri, tuple(sorted(places)), values[uri]) for uri, places in share.items()) for share in shares
    )


def _partition(uri: str, names: list[str], columns: Mapping[str, pa.DataType]) -> dict[str, Any]:
    found = partition_values(uri, names)
    try:
        return {name: pa.scalar(value, pa.string()).cast(columns[name]).as_py() for name, value in found.items()}
    except pa.ArrowException as error:
        raise UnreadableError("a partition's value is not written as Arrow reads it") from error
