"""One pass over all blocks: workers add up by key, first each task's own, then all of them; results are collected."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from spark_models.spark.metrics.blocks import Block, unpacked

_SCHEMA = "key binary, value binary"
_NAMES = ["key", "value"]

OfBlock = Callable[[Block], Mapping[Any, Any]]


def added_up(blocks: DataFrame, of_block: OfBlock, finish: Callable[[Any], Any] | None = None) -> dict[Any, Any]:
    """What ``of_block`` gives for each block, added up by key.

    Args:
        blocks: The column ``block``.
        of_block: What a block gives, by key; values of one key have ``+``.
        finish: Applied to each key's sum by the worker that has it.
    """
    parts = blocks.mapInArrow(partial(_of_task, of_block=of_block), _SCHEMA)
    sums = parts.repartition("key").mapInArrow(partial(_of_keys, finish=finish), _SCHEMA)
    return _collected(sums)


def in_ranges(
    blocks: DataFrame, of_block: OfBlock, of_range: Callable[[Any, list[Any]], Mapping[Any, Any]]
) -> dict[Any, Any]:
    """Rows brought together in ranges, each worked on by itself, and what came of them added up by key.

    Args:
        blocks: The column ``block``.
        of_block: The block's rows, by range.
        of_range: What a range gives, by key, from its name and its rows of all blocks.
    """
    rows = blocks.mapInArrow(partial(_each_block, of_block=of_block), _SCHEMA)

    def of_table(table: pa.Table) -> pa.Table:
        return _range(table, of_range)

    found = rows.groupBy("key").applyInArrow(of_table, _SCHEMA)
    return _collected(found)


def _of_task(batches: Iterator[pa.RecordBatch], of_block: OfBlock) -> Iterator[pa.RecordBatch]:
    totals: dict[Any, Any] = {}
    for batch in batches:
        for block in unpacked(batch):
            _add(totals, of_block(block).items())
    yield from _rows(totals)


def _each_block(batches: Iterator[pa.RecordBatch], of_block: OfBlock) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for block in unpacked(batch):
            yield from _rows(of_block(block))


def _of_keys(batches: Iterator[pa.RecordBatch], finish: Callable[[Any], Any] | None) -> Iterator[pa.RecordBatch]:
    totals: dict[Any, Any] = {}
    for batch in batches:
        _add(totals, _loaded(batch))
    yield from _rows(totals if finish is None else {key: finish(value) for key, value in totals.items()})


def _range(rows: pa.Table, of_range: Callable[[Any, list[Any]], Mapping[Any, Any]]) -> pa.Table:
    pairs = [pair for batch in rows.to_batches() for pair in _loaded(batch)]
    found = of_range(pairs[0][0], [value for _, value in pairs])
    return pa.Table.from_batches(list(_rows(found)), pa.schema([(name, pa.binary()) for name in _NAMES]))


def _rows(values: Mapping[Any, Any]) -> Iterator[pa.RecordBatch]:
    """One batch a key, since a value may be large."""
    for pair in values.items():
        yield pa.RecordBatch.from_arrays([pa.array([pickle.dumps(part, 5)], pa.binary()) for part in pair], _NAMES)


def _loaded(batch: pa.RecordBatch) -> Iterator[tuple[Any, Any]]:
    for key, value in zip(*batch.columns, strict=True):
        # Both are what _rows wrote a moment ago.
        yield pickle.loads(key.as_buffer()), pickle.loads(value.as_buffer())  # noqa: S301  # idem


def _collected(frame: DataFrame) -> dict[Any, Any]:
    totals: dict[Any, Any] = {}
    # Arrow tells a result that was cut short, as when the driver has too little memory; rows that are collected do not.
    for batch in frame.toArrow().to_batches():
        _add(totals, _loaded(batch))
    return totals


def _add(totals: dict[Any, Any], pairs: Iterable[tuple[Any, Any]]) -> None:
    for key, value in pairs:
        totals[key] = totals[key] + value if key in totals else value
