"""How far two histograms of the same bins are apart: of a baseline, and of what is current.

Each function takes two arrays of counts, or of weights, with one entry a bin, and gives NaN where the distance is
undefined, as where one of the two holds nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

# What an empty bin's share is taken for in the population stability index, whose logarithm has no value at 0.
PSI_FLOOR = 1e-4

Floats = NDArray[np.float64]


class Tested(NamedTuple):
    """What a test finds: its statistic, and its p-value."""

    statistic: float
    pvalue: float


def shares(counts: ArrayLike) -> Floats:
    """Each bin's part of all; NaN in every bin if there is nothing in them."""
    found = np.asarray(counts, dtype=np.float64)
    total = found.sum()
    return found / total if total > 0 else np.full(found.shape, np.nan)


def population_stability_index(
    baseline_counts: ArrayLike, current_counts: ArrayLike, floor: float = PSI_FLOOR
) -> float:
    """The sum over bins of (c - b) ln(c / b), with shares b and c; shares below ``floor`` are taken for it.

    Source: Siddiqi, Credit Risk Scorecards (2006); it is Jeffreys' divergence of the two.
    """
    if _is_one_empty(baseline_counts, current_counts):
        return np.nan
    kept = _present(baseline_counts, current_counts)
    baseline, current = (np.maximum(shares(counts), floor) for counts in kept)
    return float(((current - baseline) * np.log(current / baseline)).sum())


def jensen_shannon_distance(baseline_counts: ArrayLike, current_counts: ArrayLike) -> float:
    """The square root of the Jensen-Shannon divergence in base 2: 0 for the same shares, 1 for none in common.

    Source: Lin, Divergence measures based on the Shannon entropy (1991); Endres and Schindelin (2003) for the root.
    """
    if _is_one_empty(baseline_counts, current_counts):
        return np.nan
    baseline, current = shares(baseline_counts), shares(current_counts)
    middle = (baseline + current) / 2
    divergence = (_relative_entropy(baseline, middle) + _relative_entropy(current, middle)) / 2
    # Rounding may leave less than nothing.
    return float(np.sqrt(max(divergence, 0.0)))


def total_variation(baseline_counts: ArrayLike, current_counts: ArrayLike) -> float:
    """Half of the sum of the differences between shares: how much of one would have to move to make the other."""
    if _is_one_empty(baseline_counts, current_counts):
        return np.nan
    return float(np.abs(shares(baseline_counts) - shares(current_counts)).sum() / 2)


def l_infinity(baseline_counts: ArrayLike, current_counts: ArrayLike) -> float:
    """The largest difference between the two shares of one bin."""
    if _is_one_empty(baseline_counts, current_counts):
        return np.nan
    return float(np.abs(shares(baseline_counts) - shares(current_counts)).max())


def chi_squared(baseline_counts: ArrayLike, current_counts: ArrayLike) -> Tested:
    """Pearson's test that both are drawn from the same shares, on the table of two rows.

    Bins that are empty in both do not count. With one bin alone there is nothing to tell apart: 0, and a p-value of 1.
    Source: Pearson (1900), without Yates's correction, as ``scipy.stats.chi2_contingency`` has it.
    """
    from scipy.special import chdtrc  # noqa: PLC0415  # only who tests pays for SciPy

    if _is_one_empty(baseline_counts, current_counts):
        return Tested(np.nan, np.nan)
    statistic = chi_squared_statistic(baseline_counts, current_counts)
    freedom = len(_present(baseline_counts, current_counts)[0]) - 1
    return Tested(statistic, float(chdtrc(freedom, statistic)) if freedom else 1.0)


def chi_squared_statistic(baseline_counts: ArrayLike, current_counts: ArrayLike) -> float:
    """The statistic of :func:`chi_squared`."""
    if _is_one_empty(baseline_counts, current_counts):
        return np.nan
    observed = np.stack(_present(baseline_counts, current_counts))
    rows = observed.sum(axis=1, keepdims=True)
    expected = rows * observed.sum(axis=0) / observed.sum()
    return float(((observed - expected) ** 2 / expected).sum())


def kolmogorov_smirnov(baseline_counts: ArrayLike, current_counts: ArrayLike) -> Tested:
    """The largest difference between the shares up to and with a bin, of bins in ascending order.

    That is exact if each bin holds one value; if not, the statistic over the values is larger by no more than
    :func:`kolmogorov_smirnov_error` says. The p-value is two-sided and asymptotic, as ``scipy.stats.ks_2samp`` has it
    with ``method="asymp"``: by the distribution of Kolmogorov's statistic for n m / (n + m) values, rounded.
    """
    from scipy.stats import kstwo  # noqa: PLC0415  # only who tests pays for SciPy

    if _is_one_empty(baseline_counts, current_counts):
        return Tested(np.nan, np.nan)
    statistic = kolmogorov_smirnov_statistic(baseline_counts, current_counts)
    n, m = (float(np.sum(counts)) for counts in (baseline_counts, current_counts))
    return Tested(statistic, float(kstwo.sf(statistic, max(1.0, np.round(n * m / (n + m))))))


def kolmogorov_smirnov_statistic(baseline_counts: ArrayLike, current_counts: ArrayLike) -> float:
    """The statistic of :func:`kolmogorov_smirnov`."""
    if _is_one_empty(baseline_counts, current_counts):
        return np.nan
    baseline, current = (np.asarray(counts, dtype=np.float64) for counts in (baseline_counts, current_counts))
    n, m = float(baseline.sum()), float(current.sum())
    # Of counts, so that two that are equal are so exactly.
    return float(np.abs(np.cumsum(baseline) * m - np.cumsum(current) * n).max() / (n * m))


def kolmogorov_smirnov_error(
    baseline_counts: ArrayLike, current_counts: ArrayLike, has_several: ArrayLike = (True,)
) -> float:
    """By how much the statistic over the values may be larger than that over these bins.

    ``has_several`` says of each bin whether it holds more than one value; those with one cost nothing.
    Within a bin, F - G is at most the one at its upper end and G's share of the bin, and at most the one at its lower
    end and F's share; so no more than the smaller of both shares comes on top, in the bin where that is largest.
    """
    if _is_one_empty(baseline_counts, current_counts):
        return np.nan
    smaller = np.minimum(shares(baseline_counts), shares(current_counts))
    return float(np.where(has_several, smaller, 0.0).max())


def wasserstein(baseline_counts: ArrayLike, current_counts: ArrayLike, values: ArrayLike) -> float:
    """The area between both distribution functions: how far, on average, a value of one moves to make the other.

    ``values`` says where each bin lies, in any order. Infinite if different shares lie at infinity.
    Source: Ramdas et al., On Wasserstein two sample testing (2017), as ``scipy.stats.wasserstein_distance`` has it.
    """
    if _is_one_empty(baseline_counts, current_counts):
        return np.nan
    places = np.asarray(values, dtype=np.float64)
    order = np.argsort(places, kind="stable")
    baseline, current = shares(baseline_counts)[order], shares(current_counts)[order]
    apart = np.abs(np.cumsum(baseline) - np.cumsum(current))[:-1]
    lower, upper = places[order][:-1], places[order][1:]
    # What rounding leaves at the end of the sums is no share.
    is_way = (apart > 1e-12) & (lower < upper)
    return float(((upper[is_way] - lower[is_way]) * apart[is_way]).sum())


def _is_one_empty(baseline_counts: ArrayLike, current_counts: ArrayLike) -> bool:
    return not (np.any(baseline_counts) and np.any(current_counts))


def _present(baseline_counts: ArrayLike, current_counts: ArrayLike) -> tuple[Floats, Floats]:
    """Both without the bins that are empty in both."""
    baseline, current = (np.asarray(counts, dtype=np.float64) for counts in (baseline_counts, current_counts))
    there = (baseline > 0) | (current > 0)
    return baseline[there], current[there]


def _relative_entropy(ours: Floats, theirs: Floats) -> float:
    """In bits; what is empty adds nothing."""
    there = ours > 0
    return float((ours[there] * np.log2(ours[there] / theirs[there])).sum())
