from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from spark_models.measures.ranking import ranking_values
from spark_models.measures.sample import Floats

# Of each item its relevance and its score, of few different ones so that there are ties.
ITEMS = st.tuples(st.sampled_from([0.0, 0.0, 1.0, 2.5]), st.sampled_from([-1.0, 0.0, 0.5, 0.5]))
GROUPS = st.lists(st.lists(ITEMS, max_size=6), max_size=5)
AT = (1, 2, 3, 10)


def values(groups: Sequence[Sequence[tuple[float, float]]], at: Sequence[int] = AT) -> dict[str, Floats]:
    offsets = np.cumsum([0, *map(len, groups)]).astype(np.int32)
    items = np.array([item for group in groups for item in group]).reshape(-1, 2)
    return ranking_values(offsets, items[:, 0], items[:, 1], at)


@given(GROUPS)
def test_ndcg_is_that_of_scikit_learn(groups: list[list[tuple[float, float]]]) -> None:
    found = values(groups)
    for number, group in enumerate(groups):
        relevance, score = np.array(group).reshape(-1, 2).T
        for first in AT:
            ours = found[f"ndcg_at_{first}"][number]
            if not relevance.any():
                assert np.isnan(ours)
            elif len(group) > 1:
                assert ours == pytest.approx(ndcg_score([relevance], [score], k=first), abs=1e-9)
            else:
                assert ours == 1.0


def reciprocal_rank(hits: Sequence[bool]) -> float:
    return 1 / (hits.index(True) + 1)


def hits_within(hits: Sequence[bool], first: int) -> float:
    return sum(hits[:first])


def average_precision(hits: Sequence[bool], first: int) -> float:
    places = [place for place, hit in enumerate(hits[:first], start=1) if hit]
    return sum(number / place for number, place in enumerate(places, start=1)) / min(sum(hits), first)


def by_all_orders(group: Sequence[tuple[float, float]], metric: Callable[[Sequence[bool]], float]) -> float:
    """The metric's mean over all orders of the items in which no score is above an earlier one."""
    orders = (order for order in permutations(group) if [-score for _, score in order] == sorted(-s for _, s in group))
    return float(np.mean([metric([relevance > 0 for relevance, _ in order]) for order in orders]))


@given(st.lists(ITEMS, min_size=1, max_size=6).filter(lambda group: any(relevance for relevance, _ in group)))
def test_ties_give_the_mean_over_all_their_orders(group: list[tuple[float, float]]) -> None:
    # Of three groups the second, so that what comes before and after must not matter.
    found = {name: each[1] for name, each in values([[(1.0, 0.5)], group, [(0.0, 0.5), (1.0, 0.5)]]).items()}
    assert found["mrr"] == pytest.approx(by_all_orders(group, reciprocal_rank), abs=1e-12)
    relevant = sum(relevance > 0 for relevance, _ in group)
    for first in AT:
        hits = by_all_orders(group, partial(hits_within, first=first))
        expected = by_all_orders(group, partial(average_precision, first=first))
        assert found[f"map_at_{first}"] == pytest.approx(expected, abs=1e-12)
        assert found[f"recall_at_{first}"] == pytest.approx(hits / relevant, abs=1e-12)
        assert found[f"precision_at_{first}"] == pytest.approx(hits / first, abs=1e-12)


def test_known_values() -> None:
    found = values([[(0.0, 0.9), (1.0, 0.8), (0.0, 0.7), (1.0, 0.6)]], at=(2,))
    assert {name: each[0] for name, each in found.items()} == pytest.approx(
        {
            "mrr": 0.5,
            "ndcg_at_2": (1 / np.log2(3)) / (1 + 1 / np.log2(3)),
            "map_at_2": 0.25,
            "recall_at_2": 0.5,
            "precision_at_2": 0.5,
        }
    )


def test_groups_without_relevant_items_or_without_items_have_no_value() -> None:
    found = values([[(0.0, 1.0), (0.0, 2.0)], [], [(1.0, 1.0)]])
    assert all(np.isnan(each).tolist() == [True, True, False] for each in found.values())


def test_lists_may_be_part_of_a_longer_array() -> None:
    relevance, score = np.array([9.0, 0.0, 1.0, 9.0]), np.array([9.0, 1.0, 0.5, 9.0])
    assert ranking_values(np.array([1, 3]), relevance, score, (1,))["mrr"].tolist() == [0.5]


def test_the_place_of_the_first_hit_is_right_in_long_ties() -> None:
    # Of n items in random order one is relevant: the mean of 1 / place is the harmonic number over n.
    size = 20_000
    found = ranking_values(np.array([0, size]), (np.arange(size) == 7).astype(float), np.zeros(size), (5,))
    assert found["mrr"][0] == pytest.approx((1 / np.arange(1, size + 1)).sum() / size, rel=1e-9)
