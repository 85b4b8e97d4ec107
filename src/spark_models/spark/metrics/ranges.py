"""The exact order of binary scores: ranges of them, sorted each by itself, see ``measures.binary_ranks``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_models.measures.binary_ranks import Around, BinaryRanks, nothing_flagged, range_ranks
from spark_models.measures.binary_settings import BinarySettings
from spark_models.measures.histogram import places_in
from spark_models.measures.sample import Codes, Floats, smallest
from spark_models.spark.metrics.blocks import ALL_ROWS, Block, Key, Slice
from spark_models.spark.metrics.passes import in_ranges


@dataclass(frozen=True)
class Ranges:
    """By version the bins at which its ranges begin and end, and by version, slice and range what is around it."""

    cuts: Mapping[int, Floats]
    bounds: Mapping[int, Codes]
    around: Mapping[tuple[int, int], Mapping[Slice, Around]]
    settings: BinarySettings


@dataclass(frozen=True)
class Rows:
    """Rows of one block in one range: scores, whether they are positive, weights (None if all weigh 1), slices."""

    scores: Floats
    positive: NDArray[np.bool_]
    weight: Floats | None
    slices: tuple[tuple[Codes, tuple[str | None, ...]], ...] = field(default=())

    @property
    def weights(self) -> Floats:
        """Of positives and of negatives, shape (2, n)."""
        both = np.stack([self.positive, ~self.positive])
        return both.astype(np.float64) if self.weight is None else both * self.weight


def exact_ranks(
    blocks: DataFrame,
    sums: Mapping[Key, Any],
    cuts: Mapping[int, Floats],
    settings: BinarySettings,
    rows_per_range: int,
) -> dict[Key, BinaryRanks]:
    """The ranks of each version on each slice, from the sums of all rows."""
    counts = {key: one.scores.dense() for key, one in sums.items()}
    bounds = {version: _bounds(counts[version, ALL_ROWS], _rows(sums, version), rows_per_range) for version in cuts}
    ranges = Ranges(cuts, bounds, _around(counts, bounds), settings)
    found = in_ranges(blocks, partial(_cut, ranges=ranges), partial(_sorted, ranges=ranges))
    return {key: _start(counts[key], settings) + found.get(key, _start(counts[key], settings)) for key in sums}


def _rows(sums: Mapping[Key, Any], version: int) -> int:
    return int(sums[version, ALL_ROWS].rows)


def _start(counts: Floats, settings: BinarySettings) -> BinaryRanks:
    total = float(counts[0].sum()), float(counts[1].sum())
    return BinaryRanks(cost=nothing_flagged(total, settings), tops=(None,) * len(settings.top))


def _bounds(counts: Floats, rows: int, rows_per_range: int) -> Codes:
    """The bins at which ranges of about equal weight begin, and the end."""
    number = max(-(-rows // rows_per_range), 1)
    reached = counts.sum(axis=0).cumsum()
    wanted = reached[-1] * np.arange(1, number) / number
    return np.unique([0, *(np.searchsorted(reached, wanted) + 1), len(reached)])


def _around(counts: Mapping[Key, Floats], bounds: Mapping[int, Codes]) -> dict[tuple[int, int], dict[Slice, Around]]:
    around: dict[tuple[int, int], dict[Slice, Around]] = {}
    for (version, slice_), of_slice in counts.items():
        total = float(of_slice[0].sum()), float(of_slice[1].sum())
        for number, end in enumerate(bounds[version][1:]):
            above = float(of_slice[0, end:].sum()), float(of_slice[1, end:].sum())
            around.setdefault((version, number), {})[slice_] = Around(above, total)
    return around


def _cut(block: Block, ranges: Ranges) -> dict[tuple[int, int], Rows]:
    """The block's rows that have a weight, by version and range."""
    found = {}
    block = block.with_weight()
    for version, sample in block.samples.items():
        scores, positive = sample.prediction.astype(np.float64), sample.label == 1
        weight = None if (sample.weight == 1).all() else sample.weight
        bins = places_in(scores, ranges.cuts[version])
        numbers = np.searchsorted(ranges.bounds[version], bins, "right") - 1
        for number in np.unique(numbers):
            rows = np.flatnonzero(numbers == number)
            slices = tuple((codes[rows], values) for codes, values in block.slices)
            of_rows = None if weight is None else weight[rows]
            found[version, int(number)] = Rows(scores[rows], positive[rows], of_rows, slices)
    return found


def _sorted(key: tuple[int, int], parts: list[Rows], ranges: Ranges) -> dict[Key, BinaryRanks]:
    """The pieces of one range, by version and slice."""
    version, around = key[0], ranges.around[key]
    scores = np.concatenate([part.scores for part in parts])
    # Rows of equal scores are one, in whatever order.
    order = np.argsort(-scores)
    scores, weights = scores[order], np.concatenate([part.weights for part in parts], axis=1)[:, order]
    found = {}
    for number in range(-1, len(parts[0].slices)):
        codes, slices = _codes(parts, number, len(scores))
        places = {code: around[slice_] for slice_, code in slices.items()}
        pieces = range_ranks(scores, weights, codes[order], places, ranges.settings)
        found.update({(version, slice_): pieces[code] for slice_, code in slices.items() if code in pieces})
    return found


def _codes(parts: list[Rows], number: int, count: int) -> tuple[Codes, dict[Slice, int]]:
    """One code for each slice of a column, whatever codes the blocks had; column -1 is all rows."""
    if number < 0:
        return np.zeros(count, np.int8), {ALL_ROWS: 0}
    known: dict[Slice, int] = {}
    ours = [[known.setdefault((number, value), len(known)) for value in part.slices[number][1]] for part in parts]
    codes = [
        smallest(np.asarray(of_part), len(known))[part.slices[number][0]]
        for of_part, part in zip(ours, parts, strict=True)
    ]
    return np.concatenate(codes), known
