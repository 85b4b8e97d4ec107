"""Blocks of labelled rows as arrays: made once by workers, kept by Spark, gone over as often as need be."""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spark_models.measures.sample import Codes, Floats, Sample, segments, smallest

# Predictions of all versions in a block: enough for numpy to be quick, and a few megabytes, of which the JVM has
# several copies in each task.
_NUMBERS_PER_BLOCK = 393_216

# The column of labelled rows that goes beyond blocks: if it is there, the rows are kept as they are, too.
OWN = "own"

# All rows, or a slice: the number of its column, and its value as text.
Slice = tuple[int, str | None]
ALL_ROWS: Slice = (-1, None)

# One of so many rows of a full block says, with those of the others, where to cut histograms.
_THINNED = 16

# What is told of a version on a slice.
Key = tuple[int, Slice]


@dataclass(frozen=True)
class Block:
    """Some of the rows: a sample for each version, all of the same labels, and which rows are of which slice.

    ``slices`` has for each column of slices the code of each row and what the codes stand for. ``clusters`` are
    hashes of what groups dependent rows, None if rows are taken one by one.
    """

    samples: Mapping[int, Sample]
    slices: tuple[tuple[Codes, tuple[str | None, ...]], ...]
    clusters: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(next(iter(self.samples.values())))

    def members(self) -> Iterator[tuple[Slice, Codes | slice]]:
        """Each slice that has rows here, all rows first, and these rows."""
        yield ALL_ROWS, slice(None)
        for number, (codes, values) in enumerate(self.slices):
            for code, rows in segments(codes):
                yield (number, values[code]), rows

    def thinned(self, rows: int) -> "Block":
        """About so many of the rows that have a weight, evenly along the block, in no slice; all if there are fewer."""
        weighing = self.with_weight()
        some = slice(None, None, max(len(weighing) // rows, 1))
        return Block({version: sample.take(some) for version, sample in weighing.samples.items()}, (), None)

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
    """What blocks hold of each row.

    Slices are named as in the result. ``classes`` are those that labels and predictions are codes of, None for
    numbers; ``width`` how many numbers each prediction is, such as probabilities in the order of the classes, None for
    one. ``has_scale`` is whether there is what a forecast's errors are scaled by. Where rankings are looked at, ``at``
    are so many first items of a group, and a row is a group instead of an item.
    """

    versions: tuple[int, ...]
    slices: tuple[str, ...] = ()
    has_weight: bool = False
    has_cluster: bool = False
    classes: tuple[str, ...] | None = None
    width: int | None = None
    has_scale: bool = False
    at: tuple[int, ...] = ()

    @property
    def numbers_per_row(self) -> int:
        """How many numbers all versions together predict for a row."""
        return len(self.versions) * (self.width or 1)

    @property
    def rows_per_block(self) -> int:
        """How many rows a block has at the most, so that it is of about one size whatever a row is."""
        return max(1, _NUMBERS_PER_BLOCK // self.numbers_per_row)

    @property
    def rows_per_excerpt(self) -> int:
        """How many rows of a block say where to cut histograms; what the cuts are changes no value."""
        return max(1, self.rows_per_block // _THINNED)


def unpacked(batch: pa.RecordBatch) -> Iterator[Block]:
    """The blocks in a batch of the column ``block``."""
    for value in batch.column(0):
        # Packed by our own workers a moment ago.
        block: Block = pickle.loads(value.as_buffer())  # noqa: S301  # idem
        yield block


def block_of(rows: pa.Table, layout: Layout) -> Block:
    """Rows with ``label``, what the layout has of each, ``slice_<place>``, ``prediction_<version>``.

    Where there are classes and a width there is ``probabilities_<version>``, too. Nothing but slices and the scale is
    NULL.
    """
    label, weight = _values(rows["label"], layout), weights_of(rows, layout)
    more = {"scale": _numbers(rows["scale"])} if layout.has_scale else {}
    samples = {
        version: _sample(rows, version, Sample(label, label, weight, more), layout) for version in layout.versions
    }
    return block_with(samples, rows, layout)


def weights_of(rows: pa.Table, layout: Layout) -> Floats:
    """The rows' weights, 1 each where there is none."""
    return _numbers(rows["weight"]) if layout.has_weight else np.ones(len(rows))


def block_with(samples: Mapping[int, Sample], rows: pa.Table, layout: Layout) -> Block:
    """A block of these samples, with the slices and clusters of the rows."""
    slices = tuple(encoded(rows[f"slice_{number}"]) for number in range(len(layout.slices)))
    clusters = rows["cluster"].to_numpy() if layout.has_cluster else None
    return Block(samples, slices, clusters)


def _sample(rows: pa.Table, version: int, of_labels: Sample, layout: Layout) -> Sample:
    prediction = _values(rows[f"prediction_{version}"], layout)
    if layout.classes is None:
        return replace(of_labels, prediction=prediction)
    probability = np.full(len(rows), np.nan)
    if layout.width is not None:
        probability = _numbers(rows[f"probabilities_{version}"])[np.arange(len(rows)), of_labels.label]
    return replace(of_labels, prediction=prediction, more={"probability": probability})


def _values(column: pa.ChunkedArray, layout: Layout) -> NDArray[Any]:
    return _numbers(column) if layout.classes is None else _codes(column, layout.classes)


def _numbers(column: pa.ChunkedArray) -> Floats:
    """Shape (n,), or (n, width) of arrays that are all of one length; NULL becomes NaN."""
    if pa.types.is_list(column.type):
        return _numbers(pc.list_flatten(column)).reshape(len(column), -1)
    return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)


def _codes(column: pa.ChunkedArray, classes: Sequence[str]) -> Codes:
    codes: Codes = pc.index_in(column, value_set=pa.array(classes, pa.string())).to_numpy().astype(np.int32)
    return codes


def encoded(column: pa.ChunkedArray) -> tuple[Codes, tuple[str | None, ...]]:
    """Texts as codes, and what these stand for; NULL is one of them."""
    texts = column.combine_chunks().dictionary_encode(null_encoding="encode")
    values = texts.dictionary.to_pylist()
    return smallest(texts.indices.to_numpy(), len(values)), tuple(values)
