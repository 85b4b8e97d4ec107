"""What runs in workers that write the files of the predictions table themselves: results in, Parquet files out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from spark_models.spark.engines.batches import Run
from spark_models.spark.file_statistics import Bounds, told_of_file

# Bytes that wait in memory, over all files of a task, to become row groups; and the least for one file.
WAITING_BYTES, LEAST_WAITING_BYTES = 64 << 20, 4 << 20
# Files that a task has open at once; group models come one after the other.
MOST_OPEN = 16
# What a task tells of each file that it wrote, as Arrow's schema and as Spark's.
_FILES = pa.schema(
    [
        ("place", pa.int64()),
        ("path", pa.string()),
        ("size", pa.int64()),
        ("rows", pa.int64()),
        ("rows_failed", pa.int64()),
        ("statistics", pa.string()),
    ]
)
FILES_DDL = ", ".join(f"{told.name} {'string' if pa.types.is_string(told.type) else 'bigint'}" for told in _FILES)


@dataclass(frozen=True)
class Sink:
    """Where results go: into the table's folder ``root``, in files below ``folders``, one folder for each place.

    ``carried`` says how many of the results' columns are carried from the input; ``scored_at``, in microseconds since
    1970, goes into each row.
    """

    root: str
    folders: tuple[str, ...]
    carried: int
    scored_at: int
    compression: str

    def written(self, run: Run, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Write all that ``run`` makes of the batches; gives one batch that tells of the files, in ``FILES_DDL``.

        A task that fails leaves no file behind.
        """
        files = _Files(self)
        try:
            for results in run(batches):
                files.add(results)
            told = files.told()
        except BaseException:
            files.discard()
            raise
        yield told


class _Files:
    """The files of one task: those that are open, by place, and those that are done."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.open: dict[int, _File] = {}
        self.done: list[_File] = []
        self.waiting = max(LEAST_WAITING_BYTES, WAITING_BYTES // min(len(sink.folders), MOST_OPEN))

    def add(self, results: pa.RecordBatch) -> None:
        """Rows of one place, as engines give them."""
        *columns, places, errors = results.columns
        place = places[0].as_py()
        if place not in self.open:
            if len(self.open) == MOST_OPEN:
                self._close(next(iter(self.open)))
            self.open[place] = _File(self.sink, place, results.schema)
        self.open[place].add([*columns, errors], self.waiting)

    def told(self) -> pa.RecordBatch:
        """Close all files, and tell of them."""
        for place in list(self.open):
            self._close(place)
        rows = [
            {
                "place": file.place,
                "path": file.path,
                "size": file.target.stat().st_size,
                "rows": file.rows,
                "rows_failed": file.rows_failed,
                "statistics": file.statistics(),
            }
            for file in self.done
        ]
        return pa.RecordBatch.from_pylist(rows, schema=_FILES)

    def discard(self) -> None:
        """Take all files away again."""
        for file in (*self.open.values(), *self.done):
            file.discard()

    def _close(self, place: int) -> None:
        file = self.open.pop(place)
        self.done.append(file)
        file.close()


class _File:
    """A Parquet file that grows by row groups; of the carried columns Delta's statistics are kept."""

    def __init__(self, sink: Sink, place: int, results: pa.Schema) -> None:
        *columns, _, error = results
        self.schema = pa.schema([*columns, pa.field("scored_at", pa.timestamp("us", "UTC")), error])
        self.place, self.scored_at = place, sink.scored_at
        self.path = f"{sink.folders[place]}/part-{uuid4()}.{sink.compression}.parquet"
        self.target = Path(sink.root, self.path)
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.columns = [Bounds(column) for column in columns[: sink.carried]]
        self.waiting: list[list[pa.Array]] = []
        self.bytes = self.rows = self.rows_failed = 0
        self.writer = pq.ParquetWriter(
            self.target,
            self.schema,
            compression=sink.compression,
            # Numbers hardly ever repeat, and looking for it is half of the time of writing them.
            use_dictionary=[column.name for column in self.schema if _repeats(column.type)],
            # Spark takes a schema of Arrow's for a comment.
            store_schema=False,
        )

    def add(self, columns: list[pa.Array], most_waiting: int) -> None:
        self.waiting.append(columns)
        self.bytes += sum(column.nbytes for column in columns)
        if self.bytes >= most_waiting:
            self._flush()

    def close(self) -> None:
        self._flush()
        self.writer.close()

    def discard(self) -> None:
        self.writer.close()
        self.target.unlink(missing_ok=True)

    def statistics(self) -> str:
        """What Delta's log keeps of a file, as JSON."""
        return told_of_file(self.rows, self.columns)

    def _flush(self) -> None:
        if not self.waiting:
            return
        *columns, errors = (pa.chunked_array(chunks) for chunks in zip(*self.waiting, strict=True))
        self.waiting, self.bytes = [], 0
        rows = len(errors)
        self.rows += rows
        self.rows_failed += rows - errors.null_count
        for bounds, column in zip(self.columns, columns, strict=False):
            bounds.add(column)
        moments = pa.repeat(pa.scalar(self.scored_at, self.schema.field("scored_at").type), rows)
        self.writer.write_table(pa.table([*columns, moments, errors], schema=self.schema), row_group_size=rows)


def _repeats(kind: pa.DataType) -> bool:
    return not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))
