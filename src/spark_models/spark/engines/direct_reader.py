"""What runs in workers for the engine ``direct``: a share of the table's files, read in batches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spark_models.spark.engines.batches import Work, scored_batches
from spark_models.spark.engines.files import open_file


@dataclass(frozen=True)
class Part:
    """Row groups of one file, and the values of the partition that it lies in."""

    uri: str
    row_groups: tuple[int, ...]
    partition: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """How files become batches: ``columns`` are the table's, with their types; ``inputs`` name one and a type each.

    A batch has the carried columns first, and then the inputs.
    """

    columns: tuple[tuple[str, pa.DataType], ...]
    carried: tuple[tuple[str, pa.DataType], ...]
    inputs: tuple[tuple[str, pa.DataType], ...]
    condition: Any = None


@dataclass(frozen=True)
class DirectWork:
    """All that a worker must know; a task reads one share."""

    work: Work
    reading: Reading
    shares: tuple[tuple[Part, ...], ...]

    def run(self, numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The results for the shares whose numbers come in."""
        for batch in numbers:
            for number in batch.column(0).to_pylist():
                yield from scored_batches(self.work, self._batches(self.shares[number]))

    def _batches(self, share: tuple[Part, ...]) -> Iterator[pa.RecordBatch]:
        for part in share:
            for rows in _rows_of(part, self.reading, self.work.rows_per_batch):
                kept = rows if self.reading.condition is None else rows.filter(self.reading.condition)
                yield from _arranged(kept, self.reading)


def _rows_of(part: Part, reading: Reading, rows_per_batch: int) -> Iterator[pa.Table]:
    """The table's columns; those that the file is too old to have are NULL."""
    # Without a buffer for whole row groups memory is bounded by the batch.
    with pq.ParquetFile(open_file(part.uri), pre_buffer=False) as file:
        present = {name for name in file.schema_arrow.names if name not in part.partition}
        wanted = [name for name, _ in reading.columns if name in present]
        batches = file.iter_batches(rows_per_batch, row_groups=part.row_groups, columns=wanted, use_threads=False)
        for batch in batches:
            arrays = [_column(batch, name, kind, part) for name, kind in reading.columns]
            yield pa.Table.from_arrays(arrays, names=[name for name, _ in reading.columns])


def _column(batch: pa.RecordBatch, name: str, kind: pa.DataType, part: Part) -> pa.Array:
    if name in part.partition:
        return pa.repeat(pa.scalar(part.partition[name], kind), batch.num_rows)
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows, kind)
    column = batch.column(name)
    return column if column.type == kind else column.cast(kind)


def _arranged(rows: pa.Table, reading: Reading) -> Iterator[pa.RecordBatch]:
    wanted = (*reading.carried, *reading.inputs)
    schema = pa.schema([(str(place), kind) for place, (_, kind) in enumerate(wanted)])
    for batch in rows.to_batches():
        arrays = [column if (column := batch.column(name)).type == kind else column.cast(kind) for name, kind in wanted]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
