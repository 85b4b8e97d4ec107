"""The totals of each version on each slice: where to cut histograms, then what adds up, then what is exact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from spark_models.measures.histogram import cut_points, places_in
from spark_models.measures.sample import Floats, Sample
from spark_models.measures.tasks import BinaryTask, Bins, Cuts, Task
from spark_models.spark.metrics.blocks import Block, Slice
from spark_models.spark.metrics.passes import added_up
from spark_models.spark.metrics.ranges import exact_ranks

Key = tuple[int, Slice]

# So many values of each block say where to cut, if it has as many.
_SAMPLED = 8192


@dataclass(frozen=True)
class Totals:
    """The task's totals by version and slice, and the cuts of its histograms by version."""

    states: Mapping[Key, Any]
    cuts: Mapping[int, Cuts]


@dataclass(frozen=True)
class _Drawn:
    """Values of each series."""

    series: tuple[Floats, ...]

    def __add__(self, other: "_Drawn") -> "_Drawn":
        return _Drawn(tuple(np.concatenate(pair) for pair in zip(self.series, other.series, strict=True)))


def totals_of(blocks: DataFrame, task: Task, rows_per_range: int) -> Totals:
    """Two or three passes over the blocks."""
    drawn = added_up(blocks, partial(_drawn, task=task))
    cuts = {version: tuple(map(cut_points, one.series)) for version, one in drawn.items()}
    sums = added_up(blocks, partial(_sums, task=task, cuts=cuts))
    exact = _exact(blocks, task, sums, cuts, rows_per_range)
    return Totals({key: task.state(one, cuts[key[0]], exact.get(key)) for key, one in sums.items()}, cuts)


def bins_of(task: Task, sample: Sample, cuts: Cuts) -> Bins:
    """The bins of each series."""
    return tuple(places_in(series, at) for series, at in zip(task.series(sample), cuts, strict=True))


def _drawn(block: Block, task: Task) -> dict[int, _Drawn]:
    # Evenly along the block; what the cuts are changes no value, only how fine standard errors of ranks are.
    block = block.with_weight()
    step = max(len(next(iter(block.samples.values()))) // _SAMPLED, 1)
    return {
        version: _Drawn(task.series(sample.take(slice(None, None, step)))) for version, sample in block.samples.items()
    }


def parts_of(block: Block, task: Task, cuts: Mapping[int, Cuts]) -> Iterator[tuple[Key, Sample, Bins]]:
    """The rows of each slice for each version, with their bins; all versions of one slice come together."""
    bins = {version: bins_of(task, sample, cuts[version]) for version, sample in block.samples.items()}
    for slice_, rows in block.members():
        for version, sample in block.samples.items():
            yield (version, slice_), sample.take(rows), tuple(part[rows] for part in bins[version])


def _sums(block: Block, task: Task, cuts: Mapping[int, Cuts]) -> dict[Key, Any]:
    return {key: task.sums(sample, bins, cuts[key[0]]) for key, sample, bins in parts_of(block, task, cuts)}


def _exact(
    blocks: DataFrame, task: Task, sums: Mapping[Key, Any], cuts: Mapping[int, Cuts], rows_per_range: int
) -> Mapping[Key, Any]:
    if isinstance(task, BinaryTask):
        of_scores = {version: of[0] for version, of in cuts.items()}
        return exact_ranks(blocks, sums, of_scores, task.settings, rows_per_range)
    if not any(cuts.values()):
        return {}
    return added_up(blocks, partial(_middles, task=task, sums=sums, cuts=cuts))


def _middles(block: Block, task: Task, sums: Mapping[Key, Any], cuts: Mapping[int, Cuts]) -> dict[Key, Any]:
    return {key: task.exact(sample, bins, sums[key]) for key, sample, bins in parts_of(block, task, cuts)}
