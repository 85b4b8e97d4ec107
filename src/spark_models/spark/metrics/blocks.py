"""Labelled rows packed into blocks of arrays: made once by workers, kept by Spark, gone over as often as need be."""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_models.core.table_name import quoted
from spark_models.measures.sample import Codes, Floats, Sample, segments

# Enough for numpy to be quick, and a few megabytes for each version at the most.
ROWS_PER_BLOCK = 131_072

# All rows, or a slice: the number of its column, and its value as text.
Slice = tuple[int, str | None]
ALL_ROWS: Slice = (-1, None)


@dataclass(frozen=True)
class Block:
    """Some of the rows: a sample for each version, all of the same labels, and which rows are of which slice.

    ``slices`` has for each column of slices the code of each row and what the codes stand for. ``clusters`` are
    hashes of what groups dependent rows, None if rows are taken one by one.
    """

    samples: Mapping[int, Sample]
    slices: tuple[tuple[Codes, tuple[str | None, ...]], ...]
    clusters: NDArray[np.int64] | None

    def members(self) -> Iterator[tuple[Slice, Codes | slice]]:
        """Each slice that has rows here, all rows first, and these rows."""
        yield ALL_ROWS, slice(None)
        for number, (codes, values) in enumerate(self.slices):
            for code, rows in segments(codes):
                yield (number, values[code]), rows

    def with_weight(self) -> "Block":
        """The rows that have a weight: without one, a row is as if absent, but for being counted."""
        weight = next(iter(self.samples.values())).weight
        if weight.all():
            return self
        rows = np.flatnonzero(weight)
        return Block(
            {version: sample.take(rows) for version, sample in self.samples.items()},
            tuple((codes[rows], values) for codes, values in self.slices),
            None if self.clusters is None else self.clusters[rows],
        )


@dataclass(frozen=True)
class Layout:
    """What the columns are, in their order: label, weight and cluster if any, slices, then each version's.

    ``classes`` are those that labels and predictions are codes of, None for numbers.
    """

    versions: tuple[int, ...]
    slices: tuple[str, ...]
    has_weight: bool
    has_cluster: bool
    classes: tuple[str, ...] | None


def packed(scored: DataFrame, layout: Layout) -> DataFrame:
    """The rows of ``scored`` in blocks, one each row of the single column ``block``."""
    columns = ["label", *(["weight"] if layout.has_weight else [])]
    # mapInArrow takes no backticks in names.
    slices = [F.col(quoted(name)).alias(f"slice_{number}") for number, name in enumerate(layout.slices)]
    cluster = [F.xxhash64(F.col("cluster")).alias("cluster")] if layout.has_cluster else []
    names = ("prediction",) if layout.classes is None else ("prediction", "probability")
    of_versions = [f"{name}_{version}" for version in layout.versions for name in names]
    rows = scored.select(*columns, *slices, *cluster, *of_versions)
    return rows.mapInArrow(partial(_pack, layout=layout), "block binary")


def _pack(batches: Iterator[pa.RecordBatch], layout: Layout) -> Iterator[pa.RecordBatch]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= ROWS_PER_BLOCK:
            yield _one_row(_block(pa.Table.from_batches(waiting), layout))
            waiting = []
    if sum(map(len, waiting)):
        yield _one_row(_block(pa.Table.from_batches(waiting), layout))


def _one_row(block: Block) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([pickle.dumps(block, 5)], pa.binary())], ["block"])


def unpacked(batch: pa.RecordBatch) -> Iterator[Block]:
    """The blocks in a batch of the column ``block``."""
    for value in batch.column(0):
        # Packed by our own workers a moment ago.
        block: Block = pickle.loads(value.as_buffer())  # noqa: S301  # idem
        yield block


def _block(rows: pa.Table, layout: Layout) -> Block:
    weight = _numbers(rows["weight"]) if layout.has_weight else np.ones(len(rows))
    samples = {version: _sample(rows, version, weight, layout) for version in layout.versions}
    slices = tuple(_encoded(rows[f"slice_{number}"]) for number in range(len(layout.slices)))
    clusters = rows["cluster"].to_numpy() if layout.has_cluster else None
    return Block(samples, slices, clusters)


def _sample(rows: pa.Table, version: int, weight: Floats, layout: Layout) -> Sample:
    label, prediction = rows["label"], rows[f"prediction_{version}"]
    if layout.classes is None:
        return Sample(_numbers(label), _numbers(prediction), weight)
    probability = _numbers(rows[f"probability_{version}"])
    return Sample(
        _codes(label, layout.classes), _codes(prediction, layout.classes), weight, {"probability": probability}
    )


def _numbers(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)


def _codes(column: pa.ChunkedArray, classes: Sequence[str]) -> Codes:
    codes: Codes = pc.index_in(column, value_set=pa.array(classes, pa.string())).to_numpy().astype(np.int32)
    return codes


def _encoded(column: pa.ChunkedArray) -> tuple[Codes, tuple[str | None, ...]]:
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy().astype(np.int32), tuple(encoded.dictionary.to_pylist())
