"""The distances between two windows' values, from counts by bin or by category."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spark_models.core.drift import Distances
from spark_models.core.drift_tables import HypothesisTest
from spark_models.measures.distances import (
    Tested,
    chi_squared,
    jensen_shannon_distance,
    kolmogorov_smirnov,
    kolmogorov_smirnov_error,
    l_infinity,
    population_stability_index,
    shares,
    total_variation,
    wasserstein,
)

Floats = NDArray[np.float64]
Tables = NDArray[np.float64]


@dataclass(frozen=True)
class Bins:
    """Numbers of two windows in B bins, in ascending order; each array is of 2 x B, with the baseline's row first.

    ``sums`` are of a bin's values, ``lows`` and ``highs`` its least and greatest value: anything where it is empty.
    """

    counts: Tables
    sums: Tables
    lows: Tables
    highs: Tables

    @property
    def means(self) -> Tables:
        """The mean of each window's values in a bin, which is exactly their value if they have only one."""
        there = self.counts > 0
        filled = np.where(there, self.counts, 1)
        return np.clip(np.where(there, self.sums / filled, self.lows), self.lows, self.highs)

    @property
    def has_several(self) -> NDArray[np.bool_]:
        """Of each bin, whether there is more than one value in it."""
        there = self.counts > 0
        lowest = np.where(there, self.lows, np.inf).min(axis=0)
        highest = np.where(there, self.highs, -np.inf).max(axis=0)
        several: NDArray[np.bool_] = lowest < highest
        return several

    @property
    def by_decile(self) -> Tables:
        """The counts between the baseline's deciles, of 2 x 10."""
        ten = deciles(self.counts[0])
        return np.stack([np.bincount(ten, counts, minlength=10) for counts in self.counts]).astype(np.float64)

    @property
    def work(self) -> float:
        """The Wasserstein distance, with each side's values in a bin at their mean."""
        baseline, current = self.counts
        nothing = np.zeros_like(baseline)
        sides = np.concatenate([baseline, nothing]), np.concatenate([nothing, current])
        return wasserstein(*sides, self.means.ravel())


def number_distances(bins: Bins) -> Distances:
    """Of two windows' numbers.

    Kolmogorov-Smirnov and Wasserstein are over all bins. For the latter, each window's values in a bin are taken to
    lie at their mean, so that the distance is never less than that of the means, and exact if each bin has one value.
    The others are over the baseline's deciles, as is usual for the population stability index.
    """
    baseline, current = bins.counts
    return _distances(
        *bins.by_decile,
        ks_test=_test(kolmogorov_smirnov, baseline, current),
        ks_error=_defined(kolmogorov_smirnov_error(baseline, current, bins.has_several)),
        wasserstein_distance=_defined(bins.work),
        wasserstein_error=_defined(_wasserstein_error(bins)),
    )


def category_distances(baseline_counts: ArrayLike, current_counts: ArrayLike) -> Distances:
    """Of two windows' categories, in any order."""
    return _distances(np.asarray(baseline_counts, np.float64), np.asarray(current_counts, np.float64))


def deciles(counts: Floats) -> NDArray[np.int64]:
    """Of each bin, in which tenth of the baseline it begins, from 0 to 9; equal values stay together.

    These are the bins between the baseline's deciles: a value is in the k-th if k of them are less than it.

    >>> deciles(np.array([5.0, 5.0, 0.0, 70.0, 20.0])).tolist()
    [0, 0, 1, 1, 8]
    """
    total = counts.sum()
    if not total:
        return np.zeros(len(counts), np.int64)
    # Whole numbers, whose quotient is exact.
    begins: NDArray[np.int64] = (10 * (np.cumsum(counts) - counts) // total).astype(np.int64)
    return np.minimum(begins, 9)


def _distances(baseline: Floats, current: Floats, **more: float | HypothesisTest | None) -> Distances:
    """Those that are of numbers and of categories alike, and others."""
    return Distances(
        js_distance=_defined(jensen_shannon_distance(baseline, current)),
        population_stability_index=_defined(population_stability_index(baseline, current)),
        chi_squared_test=_test(chi_squared, baseline, current),
        tv_distance=_defined(total_variation(baseline, current)),
        l_infinity_distance=_defined(l_infinity(baseline, current)),
        **more,  # type: ignore[arg-type]  # each has the type of its field
    )


def _wasserstein_error(bins: Bins) -> float:
    """What moving values within their bins to their mean may cost: on average no more than half of the bin's width."""
    finite = (bins.counts > 0) & (bins.lows < bins.highs)
    widths = np.zeros_like(bins.counts)
    np.subtract(bins.highs, bins.lows, out=widths, where=finite)
    return float(sum((shares(counts) * width / 2).sum() for counts, width in zip(bins.counts, widths, strict=True)))


def _test(test: Callable[[ArrayLike, ArrayLike], Tested], baseline: Floats, current: Floats) -> HypothesisTest | None:
    found = test(baseline, current)
    return None if math.isnan(found.statistic) else HypothesisTest(*found)


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value
