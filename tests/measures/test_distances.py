import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import distance

from spark_models.measures.distances import (
    chi_squared,
    jensen_shannon_distance,
    kolmogorov_smirnov,
    kolmogorov_smirnov_error,
    l_infinity,
    population_stability_index,
    total_variation,
    wasserstein,
)

# Counts of bins in pairs, of which some are empty in one or in both; and each side with something in it.
PAIRS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12).filter(
    lambda pairs: any(one for one, _ in pairs) and any(other for _, other in pairs)
)
DISTANCES = (population_stability_index, jensen_shannon_distance, total_variation, l_infinity, kolmogorov_smirnov_error)
Counts = NDArray[np.int64]


def both(pairs: list[tuple[int, int]]) -> tuple[Counts, Counts]:
    baseline, current = np.array(pairs).T
    return baseline, current


def largest_difference(ours: Counts, theirs: Counts) -> float:
    """Between both distribution functions, over all values."""
    values = np.concatenate([ours, theirs])
    below = [np.searchsorted(np.sort(side), values, side="right") / len(side) for side in (ours, theirs)]
    return float(np.abs(below[0] - below[1]).max())


@given(PAIRS)
def test_distances_of_shares_are_those_of_scipy_and_numpy(pairs: list[tuple[int, int]]) -> None:
    baseline, current = both(pairs)
    p, q = baseline / baseline.sum(), current / current.sum()
    assert jensen_shannon_distance(baseline, current) == pytest.approx(distance.jensenshannon(p, q, base=2), abs=1e-7)
    assert jensen_shannon_distance(baseline, current) ** 2 == pytest.approx(
        distance.jensenshannon(p, q, base=2) ** 2, abs=1e-12
    )
    assert total_variation(baseline, current) == pytest.approx(distance.cityblock(p, q) / 2, abs=1e-12)
    assert l_infinity(baseline, current) == pytest.approx(distance.chebyshev(p, q), abs=1e-12)


@given(PAIRS)
def test_chi_squared_is_scipys_test_of_the_table_of_both(pairs: list[tuple[int, int]]) -> None:
    baseline, current = both(pairs)
    there = (baseline + current) > 0
    expected = stats.chi2_contingency([baseline[there], current[there]], correction=False)
    assert chi_squared(baseline, current) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9, abs=1e-9)


@given(PAIRS)
def test_kolmogorov_smirnov_is_scipys_where_each_bin_holds_one_value(pairs: list[tuple[int, int]]) -> None:
    baseline, current = both(pairs)
    values = np.arange(len(pairs)) ** 2
    samples = np.repeat(values, baseline), np.repeat(values, current)
    found = kolmogorov_smirnov(baseline, current)
    if len(samples[0]) * len(samples[1]) > len(samples[0]) + len(samples[1]):  # else SciPy has no p-value
        expected = stats.ks_2samp(*samples, method="asymp")
        assert found == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9, abs=1e-9)
    assert found.statistic == pytest.approx(largest_difference(*samples), abs=1e-12)


@given(PAIRS, st.integers(0, 2**32 - 1))
def test_wasserstein_is_scipys_in_whatever_order_the_bins_are(pairs: list[tuple[int, int]], seed: int) -> None:
    baseline, current = both(pairs)
    values = np.random.default_rng(seed).uniform(-1e3, 1e3, len(pairs))
    expected = stats.wasserstein_distance(values, values, baseline, current)
    assert wasserstein(baseline, current, values) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_hand_worked_example() -> None:
    baseline, current = [50, 30, 20], [20, 30, 50]
    # (0.2 - 0.5) ln(0.2 / 0.5) + 0 + (0.5 - 0.2) ln(0.5 / 0.2)
    assert population_stability_index(baseline, current) == pytest.approx(0.6 * math.log(2.5), abs=1e-12)
    assert total_variation(baseline, current) == pytest.approx(0.3, abs=1e-12)
    assert l_infinity(baseline, current) == pytest.approx(0.3, abs=1e-12)
    # F is 0.5, 0.8, 1 and G is 0.2, 0.5, 1.
    assert kolmogorov_smirnov(baseline, current).statistic == pytest.approx(0.3, abs=1e-12)
    assert wasserstein(baseline, current, [0, 1, 3]) == pytest.approx(0.3 * 1 + 0.3 * 2, abs=1e-12)
    # Expected are 35, 30, 35 in each: 4 * 15**2 / 35, and exp(-x / 2) for two degrees of freedom.
    statistic = 4 * 15**2 / 35
    assert chi_squared(baseline, current) == pytest.approx((statistic, math.exp(-statistic / 2)), rel=1e-12)
    assert kolmogorov_smirnov_error(baseline, current) == pytest.approx(0.3)


def test_an_empty_bin_has_a_share_of_a_ten_thousandth_in_the_stability_index() -> None:
    expected = (0.5 - 1e-4) * math.log(0.5 / 1e-4) + (0.5 - 1.0) * math.log(0.5)
    assert population_stability_index([0, 10], [5, 5]) == pytest.approx(expected, rel=1e-12)
    assert population_stability_index([0, 10, 0], [5, 5, 0]) == pytest.approx(expected, rel=1e-12)


def test_nothing_in_common_is_as_far_as_it_gets() -> None:
    baseline, current = [7, 0], [0, 900]
    assert jensen_shannon_distance(baseline, current) == 1
    assert total_variation(baseline, current) == l_infinity(baseline, current) == 1
    assert kolmogorov_smirnov(baseline, current).statistic == 1
    assert kolmogorov_smirnov_error(baseline, current) == 0


@pytest.mark.parametrize("counts", [[3], [1, 2, 3], [0, 5, 0], [3_000_000_000, 7]])
def test_the_same_shares_are_no_distance_apart(counts: list[int]) -> None:
    twice = [2 * count for count in counts]
    assert [measure(counts, twice) for measure in DISTANCES[:-1]] == pytest.approx([0, 0, 0, 0], abs=1e-8)
    assert kolmogorov_smirnov(counts, twice) == (0, 1)
    assert chi_squared(counts, twice) == pytest.approx((0, 1), abs=1e-6)
    assert wasserstein(counts, twice, range(len(counts))) == 0


@pytest.mark.parametrize(("baseline", "current"), [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([0], [0]), ([], [])])
@pytest.mark.parametrize("measure", DISTANCES)
def test_without_values_a_distance_is_undefined(
    measure: Callable[[list[int], list[int]], float], baseline: list[int], current: list[int]
) -> None:
    assert math.isnan(measure(baseline, current))
    assert all(map(math.isnan, (*chi_squared(baseline, current), *kolmogorov_smirnov(baseline, current))))
    assert math.isnan(wasserstein(baseline, current, range(len(baseline))))


def test_the_work_of_moving_to_infinity_is_infinite_and_of_staying_there_none() -> None:
    places = [-math.inf, 0.0, 2.0, math.inf]
    assert wasserstein([1, 1, 0, 0], [1, 0, 1, 0], places) == 1
    assert wasserstein([1, 1, 0, 2], [1, 0, 1, 2], places) == 0.5
    assert wasserstein([0, 2, 0, 0], [0, 1, 0, 1], places) == math.inf
    assert wasserstein([2, 0, 0, 0], [1, 1, 0, 0], places) == math.inf


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_bins_of_several_values_cost_the_statistic_no_more_than_the_error_says(
    ours: list[int], theirs: list[int]
) -> None:
    exact = largest_difference(np.array(ours), np.array(theirs))
    for width in (1, 3, 7, 31):
        counts = [np.bincount(np.array(side) // width, minlength=31) for side in (ours, theirs)]
        statistic, error = kolmogorov_smirnov(*counts).statistic, kolmogorov_smirnov_error(*counts)
        assert statistic - 1e-12 <= exact <= statistic + error + 1e-12
