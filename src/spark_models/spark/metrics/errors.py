"""Standard errors: the squares of what rows, or clusters of rows, contribute, also to differences on the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_models.measures.sample import Floats, sums_by_code
from spark_models.measures.tasks import Task
from spark_models.spark.metrics.blocks import Block, Key, Slice
from spark_models.spark.metrics.passes import added_up
from spark_models.spark.metrics.totals import Totals, bins_of

# Into so many parts the clusters of one slice are divided, so that no worker has to hold them all.
_SHARDS = 16


@dataclass(frozen=True)
class Errors:
    """By metric the standard error of a version's value, and that of its difference from the first version's.

    They come of ``count`` rows, or clusters of rows.
    """

    own: Mapping[str, float]
    paired: Mapping[str, float]
    count: int = 0


@dataclass(frozen=True)
class Squares:
    """Sums of squares by metric, shape (2, metrics): of contributions, and of their differences; and of how many."""

    names: tuple[str, ...]
    sums: Floats
    count: int

    def __add__(self, other: "Squares") -> "Squares":
        return Squares(self.names, self.sums + other.sums, self.count + other.count)


@dataclass(frozen=True)
class Clusters:
    """Sums of contributions by cluster, shape (2, metrics, clusters), of the clusters with these ids, ascending."""

    names: tuple[str, ...]
    ids: NDArray[np.int64]
    sums: Floats

    def __add__(self, other: "Clusters") -> "Clusters":
        ids = np.union1d(self.ids, other.ids)
        sums = np.zeros((*self.sums.shape[:2], len(ids)))
        for part in (self, other):
            sums[:, :, np.searchsorted(ids, part.ids)] += part.sums
        return Clusters(self.names, ids, sums)

    def squares(self) -> Squares:
        """The squares of the clusters' sums."""
        with np.errstate(over="ignore"):
            return Squares(self.names, (self.sums**2).sum(axis=2), len(self.ids))


def standard_errors(blocks: DataFrame, task: Task, totals: Totals) -> dict[Key, Errors]:
    """The errors of each version on each slice."""
    found = added_up(blocks, partial(_squares, task=task, totals=totals), _finished)
    sums: dict[Key, Squares] = {}
    for (version, slice_, _), squares in found.items():
        key = version, slice_
        sums[key] = sums[key] + squares if key in sums else squares
    return {key: _errors(squares) for key, squares in sums.items()}


def _finished(found: Squares | Clusters) -> Squares:
    return found if isinstance(found, Squares) else found.squares()


def _errors(squares: Squares) -> Errors:
    count = squares.count
    errors = np.sqrt(squares.sums * (count / (count - 1))) if count > 1 else np.full_like(squares.sums, np.nan)
    own, paired = (dict(zip(squares.names, map(float, row), strict=True)) for row in errors)
    return Errors(own, paired, count)


def _squares(block: Block, task: Task, totals: Totals) -> dict[tuple[int, Slice, int], Any]:
    block = block.with_weight()
    # What is infinite, or too large, leaves no standard error, and no warning in the workers' logs.
    with np.errstate(all="ignore"):
        return _of_block(block, task, totals)


def _of_block(block: Block, task: Task, totals: Totals) -> dict[tuple[int, Slice, int], Any]:
    bins = {version: bins_of(task, sample, totals.cuts[version]) for version, sample in block.samples.items()}
    first = next(iter(block.samples))
    found: dict[tuple[int, Slice, int], Any] = {}
    for slice_, rows in block.members():
        weight = block.samples[first].weight[rows]
        counted = None if block.clusters is None else block.clusters[rows]
        baseline: Mapping[str, Floats] = {}
        for version, sample in block.samples.items():
            state = totals.states.get((version, slice_))
            if state is None or not state.weight:
                continue
            influences = task.influences(state, sample.take(rows), tuple(part[rows] for part in bins[version]))
            share = weight / state.weight
            own = {name: influence * share for name, influence in influences.items()}
            baseline = own if version == first else baseline
            if counted is None:
                found[version, slice_, 0] = _of_rows(own, baseline, len(weight))
            else:
                found.update(_of_clusters((version, slice_), own, baseline, counted))
    return found


def _of_rows(own: Mapping[str, Floats], baseline: Mapping[str, Floats], count: int) -> Squares:
    sums = [
        [each @ each for each in (contribution, _apart(name, contribution, baseline))]
        for name, contribution in own.items()
    ]
    return Squares(tuple(own), np.array(sums).reshape(-1, 2).T, count)


def _apart(name: str, contribution: Floats, baseline: Mapping[str, Floats]) -> Floats:
    """What a row adds to the difference from the first version; NaN where that has no such metric."""
    return contribution - baseline[name] if name in baseline else np.full(len(contribution), np.nan)


def _of_clusters(
    key: Key, own: Mapping[str, Floats], baseline: Mapping[str, Floats], clusters: NDArray[np.int64]
) -> dict[tuple[int, Slice, int], Clusters]:
    ids, places = np.unique(clusters, return_inverse=True)
    both = [list(own.values()), [_apart(name, contribution, baseline) for name, contribution in own.items()]]
    sums = np.stack([np.stack([sums_by_code(places, row, len(ids)) for row in part]) for part in both])
    shards = ids % _SHARDS
    return {(*key, int(shard)): _shard(tuple(own), ids, sums, shards == shard) for shard in np.unique(shards)}


def _shard(names: tuple[str, ...], ids: NDArray[np.int64], sums: Floats, inside: NDArray[np.bool_]) -> Clusters:
    return Clusters(names, ids[inside], sums[:, :, inside])
