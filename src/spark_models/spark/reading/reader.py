"""What workers run: a share of a table's files, read in batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spark_models.spark.reading.files import is_local, open_file
from spark_models.spark.reading.row_bytes import BYTES_PER_BATCH, bytes_a_row, rows_within

# Bytes of each column that are read at a time, so that memory is bounded whatever the row group: where a request takes
# long, more of them.
_NEAR, _FAR = 1 << 20, 8 << 20


@dataclass(frozen=True)
class Part:
    """Row groups of one file, and the values of the partition that it lies in."""

    uri: str
    row_groups: tuple[int, ...]
    partition: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """How files become batches: ``columns`` are the table's, with their types; ``wanted`` name one and a type each.

    A batch has a column for each of ``wanted``, named by its place, and the rows that meet the ``condition``.
    """

    columns: tuple[tuple[str, pa.DataType], ...]
    wanted: tuple[tuple[str, pa.DataType], ...]
    condition: Any = None


@dataclass(frozen=True)
class Sources:
    """The files to read, packed into shares of about equal size, and how."""

    reading: Reading
    shares: tuple[tuple[Part, ...], ...]

    def batches(
        self, numbers: Iterator[pa.RecordBatch], rows_per_batch: int, bytes_per_batch: int = BYTES_PER_BATCH
    ) -> Iterator[pa.RecordBatch]:
        """The rows of the shares whose numbers come in, in batches of so many rows, or fewer where they are wide."""
        for batch in numbers:
            for number in batch.column(0).to_pylist():
                yield from _of_share(self.shares[number], self.reading, rows_per_batch, bytes_per_batch)


def _of_share(
    share: Sequence[Part], reading: Reading, rows_per_batch: int, bytes_per_batch: int
) -> Iterator[pa.RecordBatch]:
    for part in share:
        for rows in _rows_of(part, reading, rows_per_batch, bytes_per_batch):
            kept = rows if reading.condition is None else rows.filter(reading.condition)
            yield from _arranged(kept, reading)


def _rows_of(part: Part, reading: Reading, rows_per_batch: int, bytes_per_batch: int) -> Iterator[pa.Table]:
    """The table's columns; those that the file is too old to have are NULL."""
    buffer = _NEAR if is_local(part.uri) else _FAR
    # Without either setting a column's part of a row group would be read as a whole, however large it is.
    with pq.ParquetFile(open_file(part.uri), pre_buffer=False, buffer_size=buffer) as file:
        present = {name for name in file.schema_arrow.names if name not in part.partition}
        wanted = [name for name, _ in reading.columns if name in present]
        width = bytes_a_row(file.metadata, part.row_groups, wanted)
        rows = rows_within(rows_per_batch, bytes_per_batch, width)
        for batch in file.iter_batches(rows, row_groups=part.row_groups, columns=wanted, use_threads=False):
            arrays = [_column(batch, name, kind, part) for name, kind in reading.columns]
            yield pa.Table.from_arrays(arrays, names=[name for name, _ in reading.columns])


def _column(batch: pa.RecordBatch, name: str, kind: pa.DataType, part: Part) -> pa.Array:
    if name in part.partition:
        return pa.repeat(pa.scalar(part.partition[name], kind), batch.num_rows)
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows, kind)
    return _as(batch.column(name), kind)


def _arranged(rows: pa.Table, reading: Reading) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(str(place), kind) for place, (_, kind) in enumerate(reading.wanted)])
    for batch in rows.to_batches():
        arrays = [_as(batch.column(name), kind) for name, kind in reading.wanted]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return column if column.type == kind else column.cast(kind)
