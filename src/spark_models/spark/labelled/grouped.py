"""The items of one part as groups, which rankings are measured by: one row a group."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spark_models.measures.ranking import ranking_values
from spark_models.measures.sample import Codes, Floats, Sample
from spark_models.spark.metrics.blocks import Block, Layout, block_with, encoded, weights_of

# How many groups have items that differ in a column is counted as this and the column.
VARYING = "varying_"


@dataclass(frozen=True)
class Groups:
    """Items in the order of their groups, the groups' first ones as ``rows``, and where each group begins, and the end.

    ``offsets`` has shape (groups + 1,), ``items`` and ``rows`` the columns that ``block_of`` takes.
    """

    items: pa.Table
    rows: pa.Table
    offsets: NDArray[np.int64]
    layout: Layout

    def counts(self) -> Counter[str]:
        """How many groups there are, of which no item is relevant, and of which items differ in what groups have."""
        is_relevant = self.items["label"].to_numpy() > 0
        relevant = np.diff(np.append(0, np.cumsum(is_relevant))[self.offsets])
        counts = Counter({"groups": len(self.rows), "groups_without_relevant_item": int((relevant == 0).sum())})
        for name in shared_columns(self.layout):
            counts[f"{VARYING}{name}"] = self._varying(name)
        return counts

    def blocks(self) -> Iterator[Block]:
        """Each version's values of the metrics, with the weights, clusters and slices of the groups' first items."""
        layout, relevance = self.layout, self.items["label"].to_numpy()
        values = {
            version: ranking_values(self.offsets, relevance, self.items[f"prediction_{version}"].to_numpy(), layout.at)
            for version in layout.versions
            if len(self.rows)
        }
        size = layout.rows_per_block
        for start in range(0, len(self.rows), size):
            rows = self.rows.slice(start, size)
            weight, part = weights_of(rows, layout), slice(start, start + size)
            # A group has no one label and no one prediction.
            nothing = np.empty((len(rows), 0))
            samples = {
                version: Sample(nothing, nothing, weight, {name: each[part] for name, each in metrics.items()})
                for version, metrics in values.items()
            }
            yield block_with(samples, rows, layout)

    def _varying(self, name: str) -> int:
        codes = _codes(self.items[name])
        differs = codes[1:] != codes[:-1]
        # A change from one group to the next is none within a group.
        differs[self.offsets[1:-1] - 1] = False
        return len(np.unique(np.searchsorted(self.offsets, np.flatnonzero(differs), "right")))


def grouped(items: pa.Table, layout: Layout) -> Groups:
    """Compared items by group.

    Args:
        items: The rows as ``block_of`` takes them, and ``group``, a hash of what items of one group have in common. A
            part has all items of each of its groups.
        layout: What blocks hold.
    """
    group = items["group"].to_numpy()
    order = np.argsort(group, kind="stable")
    begins = np.flatnonzero(np.diff(group[order], prepend=group[order][:1] - 1))
    ordered = items.take(order)
    return Groups(ordered, ordered.take(begins), np.append(begins, len(items)), layout)


def shared_columns(layout: Layout) -> list[str]:
    """What the items of a group must have in common."""
    slices = [f"slice_{place}" for place in range(len(layout.slices))]
    return [*(["weight"] if layout.has_weight else []), *(["cluster"] if layout.has_cluster else []), *slices]


def _codes(column: pa.ChunkedArray) -> Codes | Floats:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return encoded(column)[0]
    values: Codes | Floats = column.to_numpy()
    return values
