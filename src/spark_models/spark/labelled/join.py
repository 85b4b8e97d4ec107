"""One part's labelled rows beside the versions' predictions: counted by why they are left out, and put into blocks."""

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spark_models.spark.labelled.grouped import grouped
from spark_models.spark.labelled.match import Found, Ints, Keys, latest, repeated_keys, unambiguous
from spark_models.spark.labelled.scatter import LABELS, packed_rows, written
from spark_models.spark.metrics.blocks import OWN, Block, Layout, block_of

SCHEMA = "counts binary, block binary, excerpt binary, rows binary"

# What the labels' column ``without`` says, from 1 on; 0 is a row with a label.
OF_LABEL = ("rows_without_label", "rows_with_nan_label")
OF_VERSION = ("rows_without_prediction", "rows_failed", "rows_without_value")
# What is counted of a version's rows that meet none.
NOT_LABELLED = "rows_not_labelled"

# By name; by name and version what is counted for each.
Counts = Counter[str | tuple[str, int]]

_KEYS = ("key", "check", "without")


def joined(layout: Layout) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What makes blocks of one part's rows, each beside the counts of what it adds."""

    # Spark reads from the hints that it takes batches one by one.
    def of_part(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        packed = pa.Table.from_batches(list(batches))
        sides = packed["side"].to_numpy()
        tables = {int(side): packed_rows(packed["rows"].filter(pa.array(sides == side))) for side in np.unique(sides)}
        yield from _blocks(tables, layout) if LABELS in tables else _without_labels(tables)

    return of_part


def _blocks(tables: Mapping[int, pa.Table], layout: Layout) -> Iterator[pa.RecordBatch]:
    labels = tables[LABELS]
    there = {version: tables[version] for version in layout.versions if version in tables}
    keys = dict(zip((LABELS, *there), unambiguous(*map(_keys, (labels, *there.values()))), strict=True))
    found = {version: _latest(keys[LABELS], keys[version], rows) for version, rows in there.items()}
    without = labels["without"].to_numpy()
    reasons = {version: _reasons(there.get(version), found.get(version), len(labels)) for version in layout.versions}
    compared = np.flatnonzero((without == 0) & ~np.any(list(reasons.values()), axis=0))
    counts: Counts = Counter({"rows": len(labels), "rows_compared": len(compared)})
    counts["repeated"] = int(np.count_nonzero(np.any([one.repeated for one in found.values()], axis=0)))
    counts["repeated_keys"] = repeated_keys(keys[LABELS])
    counts.update(_left_out(without, reasons))
    counts.update({(NOT_LABELLED, version): one.others for version, one in found.items()})
    rows = labels.drop_columns([name for name in _KEYS if name in labels.column_names]).take(compared)
    for version, of_version in there.items():
        rows = _beside(rows, of_version, found[version].row[compared], version)
    groups = grouped(rows, layout) if layout.at else None
    if groups is not None:
        counts.update(groups.counts())
    yield _row(counts=pickle.dumps(counts, 5))
    if groups is None:
        yield from (_of_block(block_of(part, layout), layout, _kept(part)) for part in _parts(rows, layout))
        return
    yield from (_of_block(block, layout) for block in groups.blocks())
    yield from (_row(rows=kept) for part in _parts(rows, layout) if (kept := _kept(part)))


def _without_labels(tables: Mapping[int, pa.Table]) -> Iterator[pa.RecordBatch]:
    nothing = Keys(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, bool))
    keys = dict(zip(tables, unambiguous(*map(_keys, tables.values())), strict=True))
    counts: Counts = Counter(
        {(NOT_LABELLED, version): _latest(nothing, keys[version], rows).others for version, rows in tables.items()}
    )
    yield _row(counts=pickle.dumps(counts, 5))


def _parts(rows: pa.Table, layout: Layout) -> Iterator[pa.Table]:
    for start in range(0, len(rows), layout.rows_per_block):
        yield rows.slice(start, layout.rows_per_block)


def _kept(rows: pa.Table) -> bytes | None:
    """The rows themselves, if there are metrics that need them."""
    return written(rows) if OWN in rows.column_names else None


def _keys(rows: pa.Table) -> Keys:
    key, there = pc.fill_null(rows["key"], 0).to_numpy(), rows["key"].is_valid().to_numpy()
    check = pc.fill_null(rows["check"], 0).to_numpy() if "check" in rows.column_names else np.zeros_like(key)
    return Keys(key, check, there)


def _latest(ours: Keys, theirs: Keys, rows: pa.Table) -> Found:
    if "moment" not in rows.column_names:
        return latest(ours, theirs)
    moment = pc.fill_null(rows["moment"], np.iinfo(np.int64).min).to_numpy()
    return latest(ours, theirs, moment, _ranks(pc.fill_null(rows["batch"], "")))


def _ranks(texts: pa.ChunkedArray) -> Ints:
    """The places of texts among them in order, which is that of their bytes, as Spark has it."""
    encoded = texts.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    found: Ints = ranks[encoded.indices.to_numpy()]
    return found


def _reasons(rows: pa.Table | None, found: Found | None, count: int) -> NDArray[np.int8]:
    """Why each labelled row has no value of a version, from 1 on as ``OF_VERSION`` has it; 0 if it has one."""
    if rows is None or found is None:
        return np.ones(count, np.int8)
    failed, value = rows["failed"].to_numpy(), rows["prediction"]
    # Classes and arrays have no NaN left.
    is_number = pa.types.is_floating(value.type)
    valued = ~np.isnan(value.to_numpy()) if is_number else value.is_valid().to_numpy()
    of_theirs = np.where(failed, 2, np.where(valued, 0, 3)).astype(np.int8)
    reasons = np.where(found.row >= 0, of_theirs[found.row], 1)
    return reasons.astype(np.int8)


def _left_out(without: NDArray[Any], reasons: Mapping[int, NDArray[np.int8]]) -> Counts:
    counts: Counts = Counter({name: int(np.count_nonzero(without == code)) for code, name in enumerate(OF_LABEL, 1)})
    for version, of_version in reasons.items():
        of_labelled = np.bincount(of_version[without == 0], minlength=len(OF_VERSION) + 1)
        for code, name in enumerate(OF_VERSION, start=1):
            counts[name, version] = int(of_labelled[code])
    return counts


def _beside(rows: pa.Table, of_version: pa.Table, places: Ints, version: int) -> pa.Table:
    for name in ("prediction", "probabilities"):
        if name in of_version.column_names:
            rows = rows.append_column(f"{name}_{version}", of_version[name].take(places))
    return rows


def _of_block(block: Block, layout: Layout, rows: bytes | None = None) -> pa.RecordBatch:
    excerpt = block.thinned(layout.rows_per_excerpt)
    return _row(block=pickle.dumps(block, 5), excerpt=pickle.dumps(excerpt, 5), rows=rows)


def _row(**values: bytes | None) -> pa.RecordBatch:
    names = ("counts", "block", "excerpt", "rows")
    return pa.RecordBatch.from_arrays([pa.array([values.get(name)], pa.binary()) for name in names], names)


def compared_rows(batches: Iterator[pa.RecordBatch], names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows that were compared, from the column ``rows``."""
    for batch in batches:
        for value in batch.column(0):
            yield from packed_rows(iter([value])).select(names).to_batches()
