"""Metrics of rankings, group by group: how far up the items stand that are relevant.

Items with the same score stand in no order: a metric is then its mean over all orders of them, by McSherry and Najork,
Computing Information Retrieval Performance Measures Efficiently in the Presence of Tied Scores (2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spark_models.measures.sample import Codes, Floats, sums_by_code


def ranking_values(
    offsets: Codes, relevance: NDArray[Any], score: NDArray[Any], at: Sequence[int]
) -> dict[str, Floats]:
    """Each group's ``mrr``, and ``ndcg_at_K``, ``map_at_K``, ``recall_at_K`` and ``precision_at_K`` for each K.

    NDCG is scikit-learn's ``ndcg_score``: the gain is the relevance itself, discounted by the logarithm to base 2 of
    the place plus 1. MAP is over the relevant items that can be among the first K; the precision is over K, also where
    a group has fewer items.

    Args:
        offsets: Where each group's items begin, and the end: shape (groups + 1,), as Arrow's lists have them.
        relevance: Of each item, at least 0; an item is relevant above 0.
        score: Of each item; the highest comes first.
        at: So many first items of a group are looked at, each at least 1.

    Returns:
        Arrays of shape (groups,), NaN for groups without relevant items.
    """
    items = slice(int(offsets[0]), int(offsets[-1]))
    ranking = _ranked(np.diff(offsets), relevance[items].astype(np.float64), score[items].astype(np.float64))
    with np.errstate(all="ignore"):
        found = {"mrr": ranking.reciprocal_rank}
        for first in at:
            hits = ranking.within(first, ranking.chance)
            found |= {
                f"ndcg_at_{first}": ranking.within(first, ranking.gain) / ranking.within(first, ranking.ideal_gain),
                f"map_at_{first}": ranking.within(first, ranking.precision) / np.minimum(ranking.relevant, first),
                f"recall_at_{first}": hits / ranking.relevant,
                f"precision_at_{first}": hits / first,
            }
    return {name: np.where(ranking.relevant > 0, values, np.nan) for name, values in found.items()}


@dataclass(frozen=True)
class _Ranking:
    """Items group by group, in each group those with the highest scores first.

    ``place`` counts from 1 in the group. ``tie`` numbers runs of items with the same score; by tie there are its
    ``size``, how many items ``before`` it and how many of them ``hits_before``, how many of its own are ``hits``,
    and the mean ``relevance``. ``ideal_gain`` is that of the order by relevance. ``relevant`` counts by group.
    """

    group: Codes
    place: Codes
    tie: Codes
    size: Floats
    before: Floats
    hits: Floats
    hits_before: Floats
    relevance: Floats
    ideal_gain: Floats
    relevant: Floats

    def within(self, first: int, values: Floats) -> Floats:
        """The sum of the items' values over the first so many places, by group."""
        return self._by_group(np.where(self.place <= first, values, 0.0))

    def _by_group(self, values: Floats) -> Floats:
        return sums_by_code(self.group, values, len(self.relevant))

    @cached_property
    def chance(self) -> Floats:
        """Of each place: that its item is relevant."""
        return (self.hits / self.size)[self.tie]

    @cached_property
    def gain(self) -> Floats:
        """Of each place: the discounted relevance to expect there."""
        return self.relevance[self.tie] * _discount(self.place)

    @cached_property
    def precision(self) -> Floats:
        """Of each place: the precision up to there, where its item is relevant, times the chance that it is."""
        # Of the tie's other items, those that come sooner are relevant as often as any of them.
        sooner = self._place_in_tie - 1
        others = ((self.hits - 1) / np.maximum(self.size - 1, 1))[self.tie]
        return self.chance * (self.hits_before[self.tie] + 1 + sooner * others) / self.place

    @cached_property
    def reciprocal_rank(self) -> Floats:
        """By group one over the place of the first relevant item: it is in the first tie that has any."""
        rows = np.flatnonzero(((self.hits > 0) & (self.hits_before == 0))[self.tie])
        tie, values = self.tie[rows], np.zeros(len(self.place))
        values[rows] = _first_hit(self._place_in_tie[rows], self.size[tie], self.hits[tie]) / self.place[rows]
        return self._by_group(values)

    @cached_property
    def _place_in_tie(self) -> Floats:
        return self.place - self.before[self.tie]


def _ranked(sizes: Codes, relevance: Floats, score: Floats) -> _Ranking:
    group, starts = np.repeat(np.arange(len(sizes)), sizes), np.cumsum(sizes) - sizes
    place = np.arange(1, len(group) + 1) - starts[group]
    ideal = relevance[np.lexsort((-relevance, group))]
    order = np.lexsort((-score, group))
    relevance, score = relevance[order], score[order]
    begins = place == 1
    begins[1:] |= score[1:] != score[:-1]
    tie, first = np.cumsum(begins) - 1, np.flatnonzero(begins)
    is_relevant = (relevance > 0).astype(np.float64)
    size, hits = sums_by_code(tie, np.ones(len(tie)), len(first)), sums_by_code(tie, is_relevant, len(first))
    relevant = sums_by_code(group, is_relevant, len(sizes))
    return _Ranking(
        group=group,
        place=place,
        tie=tie,
        size=size,
        before=place[first] - 1.0,
        hits=hits,
        hits_before=np.cumsum(hits) - hits - (np.cumsum(relevant) - relevant)[group[first]],
        relevance=sums_by_code(tie, relevance, len(first)) / size,
        ideal_gain=ideal * _discount(place),
        relevant=relevant,
    )


def _discount(place: Codes) -> Floats:
    discount: Floats = 1 / np.log2(place + 1.0)
    return discount


def _first_hit(place: Floats, size: Floats, hits: Floats) -> Floats:
    """The chance that the first of so many hits among ``size`` items in random order is at this place, from 1 on.

    It is C(size - place, hits - 1) / C(size, hits), by logarithms of factorials.
    """
    logs = np.concatenate([[0.0], np.log(np.arange(1, size.max(initial=0) + 1)).cumsum()])
    later, misses = size - place, size - hits
    possible = later >= hits - 1
    parts = (later, misses, np.where(possible, later - hits + 1, 0), size)
    left, other, rest, whole = (logs[part.astype(np.int64)] for part in parts)
    return np.where(possible, hits * np.exp(left + other - rest - whole), 0.0)
