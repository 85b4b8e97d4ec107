"""The totals of each version on each slice: where to cut histograms, then what adds up, then what is exact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from spark_models.measures.agreement import Pairs
from spark_models.measures.histogram import Drawn, cut_points, places_in
from spark_models.measures.sample import Sample
from spark_models.measures.tasks import BinaryTask, Bins, Cuts, InGroups, Task
from spark_models.spark.metrics.agreement import (
    Agreed,
    Beside,
    agreed,
    drawn_pairs,
    pair_cuts,
    pair_sums,
    pairs_of,
)
from spark_models.spark.metrics.agreement import Cuts as PairCuts
from spark_models.spark.metrics.blocks import ALL_ROWS, Block, Key
from spark_models.spark.metrics.passes import added_up
from spark_models.spark.metrics.ranges import exact_ranks

# So many values of all blocks together say where to cut.
_KEPT = 131_072


@dataclass(frozen=True)
class Totals:
    """The task's totals by version and slice, the cuts of its histograms by version, and each candidate's agreement."""

    states: Mapping[Key, Any]
    cuts: Mapping[int, Cuts]
    agreed: Mapping[int, Agreed]


def totals_of(blocks: DataFrame, excerpts: DataFrame, task: Task, rows_per_range: int) -> Totals:
    """A pass over the excerpts, and one or two over the blocks."""
    pairs = pairs_of(task)
    drawn, drawn_beside = _told_apart(
        added_up(excerpts, partial(_drawn, task=task, pairs=pairs), partial(Drawn.thinned, most=_KEPT))
    )
    cuts = {version: tuple(map(cut_points, one.series)) for version, one in drawn.items()}
    cuts_beside = pair_cuts(drawn_beside)
    found = added_up(blocks, partial(_sums, task=task, cuts=cuts, pairs=pairs, cuts_beside=cuts_beside))
    sums, sums_beside = _told_apart(found)
    exact = _exact(blocks, task, sums, cuts, rows_per_range)
    states = {key: task.state(one, cuts[key[0]], exact.get(key)) for key, one in sums.items()}
    return Totals(states, cuts, agreed(sums_beside, pairs, cuts_beside) if pairs else {})


def _told_apart(found: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[Beside, Any]]:
    """What is of a version, and what is of a candidate beside the first one."""
    beside = {key: value for key, value in found.items() if isinstance(key, Beside)}
    return {key: value for key, value in found.items() if key not in beside}, beside


def bins_of(task: Task, sample: Sample, cuts: Cuts) -> Bins:
    """The bins of each series."""
    return tuple(places_in(series, at) for series, at in zip(task.series(sample), cuts, strict=True))


def _drawn(block: Block, task: Task, pairs: Pairs | None) -> dict[Any, Drawn]:
    block = block.with_weight()
    of_versions = {version: Drawn(task.series(sample)) for version, sample in block.samples.items()}
    return {**of_versions, **(drawn_pairs(block, pairs) if pairs else {})}


def parts_of(block: Block, task: Task, cuts: Mapping[int, Cuts]) -> Iterator[tuple[Key, Sample, Bins]]:
    """The rows of each slice for each version, with their bins; all versions of one slice come together."""
    bins = {version: bins_of(task, sample, cuts[version]) for version, sample in block.samples.items()}
    for slice_, rows in block.members():
        for version, sample in block.samples.items():
            yield (version, slice_), sample.take(rows), tuple(part[rows] for part in bins[version])


def _sums(
    block: Block, task: Task, cuts: Mapping[int, Cuts], pairs: Pairs | None, cuts_beside: PairCuts
) -> dict[Any, Any]:
    return {**_sums_by_slice(block, task, cuts), **(pair_sums(block, pairs, cuts_beside) if pairs else {})}


def _sums_by_slice(block: Block, task: Task, cuts: Mapping[int, Cuts]) -> dict[Key, Any]:
    if not isinstance(task, InGroups):
        return {key: task.sums(sample, bins, cuts[key[0]]) for key, sample, bins in parts_of(block, task, cuts)}
    everything = np.zeros(len(block), np.int8), (None,)
    slices = (everything, *block.slices)
    found: dict[Key, Any] = {}
    for version, sample in block.samples.items():
        groupings = [(codes, len(values)) for codes, values in slices]
        sums = task.sums_by(sample, bins_of(task, sample, cuts[version]), cuts[version], groupings)
        for number, ((_, values), of_slices) in enumerate(zip(slices, sums, strict=True), start=ALL_ROWS[0]):
            found.update({(version, (number, value)): one for value, one in zip(values, of_slices, strict=True)})
    return found


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
