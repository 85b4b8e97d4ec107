"""What runs in workers for the engines that work on Arrow's batches: inputs in, rows of the result out."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from spark_models.spark.reading.row_bytes import BYTES_PER_BATCH, rows_within
from spark_models.spark.worker import Made, Task, in_use, predicted

# Rows that a model is given at once: enough for its overhead not to count, few enough for a worker's memory; where rows
# are wide, as arrays are, fewer.
ROWS_PER_BATCH = 65_536

Run: TypeAlias = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class Lane:
    """One model's way through a batch: ``places`` are the columns that are its inputs."""

    task: Task
    places: tuple[int, ...]


@dataclass(frozen=True)
class Work:
    """All that an engine's workers must know: the first ``carried`` columns are handed on as they are.

    ``place`` is the column that says which lane a row goes, by its place; None if each row goes all of them.
    """

    carried: int
    lanes: tuple[Lane, ...]
    schema: pa.Schema
    rows_per_batch: int = ROWS_PER_BATCH
    bytes_per_batch: int = BYTES_PER_BATCH
    place: int | None = None


def scored_batches(work: Work, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """For each batch results of each lane that has rows in it, of ``work.schema``.

    Their columns are the carried ones, prediction, lane's place, error.
    """
    # Where lanes take turns all of them are needed again and again; by place it is one after the other.
    with in_use(lane.task for lane in work.lanes if work.place is None):
        for batch in regrouped(batches, work.rows_per_batch, work.bytes_per_batch):
            # Making inputs costs more than a cheap model: lanes that take the same columns share them.
            made: dict[tuple[int, ...], Made] = defaultdict(dict)
            for place, rows in _by_lane(work, batch):
                yield _scored(work, place, rows, made[work.lanes[place].places] if work.place is None else {})


def _by_lane(work: Work, batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Places of lanes with the rows that go there: all of them, or each run of rows of one place."""
    if work.place is None:
        yield from ((place, batch) for place in range(len(work.lanes)))
        return
    runs, start = pc.run_end_encode(batch.column(work.place)), 0
    for place, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield place, batch.slice(start, end - start)
        start = end


def _scored(work: Work, place: int, rows: pa.RecordBatch, made: Made) -> pa.RecordBatch:
    lane = work.lanes[place]
    arrays = predicted(lane.task, [rows.column(column) for column in lane.places], made)
    errors = arrays.pop() if lane.task.records_errors else pa.nulls(len(rows), pa.string())
    prediction = _prediction(lane.task, arrays, errors)
    places = pa.repeat(pa.scalar(place, pa.int64()), len(rows))
    return pa.RecordBatch.from_arrays([*rows.columns[: work.carried], prediction, places, errors], schema=work.schema)


def _prediction(task: Task, arrays: list[pa.Array], errors: pa.Array) -> pa.Array:
    """The prediction as one column; a row with an error has none."""
    if not task.is_struct:
        return arrays[0]
    fields = [pa.field(name, kind) for name, kind in task.outputs]
    return pa.StructArray.from_arrays(arrays, fields=fields, mask=errors.is_valid())


def regrouped(
    batches: Iterator[pa.RecordBatch], rows: int, most_bytes: int = BYTES_PER_BATCH
) -> Iterator[pa.RecordBatch]:
    """The same rows in the same order, in batches of about ``rows``, within the bytes, and none that is empty."""
    waiting: list[pa.RecordBatch] = []
    waiting_rows, waiting_bytes = 0, 0.0
    for batch in batches:
        width = batch.nbytes / max(batch.num_rows, 1)
        step = rows_within(rows, most_bytes, width)
        for start in range(0, batch.num_rows, step):
            part = batch.slice(start, step)
            if waiting and (waiting_rows >= rows or waiting_bytes + part.num_rows * width > most_bytes):
                yield _joined(waiting)
                waiting, waiting_rows, waiting_bytes = [], 0, 0.0
            waiting.append(part)
            waiting_rows += part.num_rows
            waiting_bytes += part.num_rows * width
    if waiting:
        yield _joined(waiting)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
