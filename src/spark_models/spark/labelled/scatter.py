"""Rows divided by their keys into parts, packed: what goes through Spark's shuffle are a few large values."""

from collections.abc import Iterator
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spark_models.measures.sample import smallest

SCHEMA = "part int, side int, rows binary"

# The side of the labelled rows; a version's rows are of the side that is its number.
LABELS = -1

# So many rows are divided at a time, so that a part of them is worth a value of its own.
_ROWS = 524_288

# The golden ratio's bits: neighbouring keys end far apart.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def scatter(batches: Iterator[pa.RecordBatch], parts: int) -> Iterator[pa.RecordBatch]:
    """The rows by part and side.

    Args:
        batches: With ``key``, and ``side`` if they are not of ``LABELS``; ``by``, if it is there, is what rows of one
            part share instead of the key.
        parts: Into how many.
    """
    for rows in _gathered(batches, _ROWS):
        sides = rows["side"].to_numpy() if "side" in rows.column_names else np.full(len(rows), LABELS)
        shares = part_of(rows["by" if "by" in rows.column_names else "key"], parts)
        different = np.unique(sides)
        for side in different:
            inside = np.flatnonzero(sides == side) if len(different) > 1 else slice(None)
            of_side = rows.take(inside) if len(different) > 1 else rows
            yield from _packed(of_side, shares[inside], int(side))


def _gathered(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Tables of at least so many rows, but for the last one; none is empty."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= rows:
            yield pa.Table.from_batches(waiting).combine_chunks()
            waiting = []
    if sum(map(len, waiting)):
        yield pa.Table.from_batches(waiting).combine_chunks()


def part_of(keys: pa.ChunkedArray, parts: int) -> NDArray[np.int32]:
    """Each key's part, 0 to ``parts`` - 1; a NULL meets nothing, wherever it is."""
    numbers = pc.fill_null(keys, 0).to_numpy().view(np.uint64)
    shares = ((numbers * _SPREAD) >> np.uint64(32)) % np.uint64(parts)
    return cast("NDArray[np.int32]", shares.astype(np.int32))


def _packed(rows: pa.Table, shares: NDArray[np.int32], side: int) -> Iterator[pa.RecordBatch]:
    order = np.argsort(smallest(shares, int(shares.max(initial=0)) + 1), kind="stable")
    ordered = rows.drop_columns([name for name in ("side", "by") if name in rows.column_names]).take(order)
    parts, starts = np.unique(shares[order], return_index=True)
    for part, start, end in zip(parts, starts, [*starts[1:], len(rows)], strict=True):
        values = [int(part)], [side], [written(ordered.slice(start, end - start))]
        arrays = [pa.array(one, kind) for one, kind in zip(values, (pa.int32(), pa.int32(), pa.binary()), strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, ["part", "side", "rows"])


def written(rows: pa.Table) -> bytes:
    """The rows as one value, for :func:`packed_rows`."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    # Not a view of it, which pyarrow would keep for ever when it makes an array of it.
    return bytes(sink.getvalue().to_pybytes())


def packed_rows(values: Iterator[pa.Scalar]) -> pa.Table:
    """What was packed, in one table."""
    return pa.concat_tables(pa.ipc.open_stream(value.as_buffer()).read_all() for value in values)
