"""How far two versions' predictions of the same rows agree: what adds up, and what follows from it.

Rows count by their weights. The figures have the names of the drift tables, see ``core.metrics.AGREEMENT``.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from spark_models.measures.additive import Additive
from spark_models.measures.curves import Curves, bars
from spark_models.measures.distances import (
    chi_squared_statistic,
    jensen_shannon_distance,
    kolmogorov_smirnov_statistic,
    l_infinity,
    population_stability_index,
    total_variation,
)
from spark_models.measures.histogram import Histogram, histogram, places_in
from spark_models.measures.moments import Moments, moments
from spark_models.measures.regression import Most
from spark_models.measures.sample import Codes, Floats, Sample, sums_by_code
from spark_models.measures.window_distances import Bins

# A spread that is smaller than this part of the mean is what rounding leaves of none.
_NO_SPREAD = 1e-13

Cuts = tuple[Floats, ...]


@dataclass(frozen=True)
class Binned:
    """Bins that add up; ``lows`` and ``highs`` are infinite where a bin is empty."""

    bins: Bins

    def __add__(self, other: "Binned") -> "Binned":
        one, two = self.bins, other.bins
        lows, highs = np.minimum(one.lows, two.lows), np.maximum(one.highs, two.highs)
        return Binned(Bins(one.counts + two.counts, one.sums + two.sums, lows, highs))


@dataclass(frozen=True)
class NumberSums(Additive):
    """What adds up of numbers, the candidate's minus the baseline's; ``changed`` is the weight of other classes."""

    baseline: Moments
    candidate: Moments
    differences: Moments
    sizes: float
    most: Most
    changed: float
    binned: Binned
    histogram: Histogram


@dataclass(frozen=True)
class NumberPairs:
    """Numbers beside numbers; with a ``threshold`` they are classes, too: at least that, or not."""

    threshold: float | None = None

    def series(self, baseline: Sample, candidate: Sample) -> Cuts:
        """What histograms are made of: both versions' predictions alike, and their differences."""
        ours, theirs = _numbers(candidate), _numbers(baseline)
        return np.concatenate([theirs, ours]), _differences(theirs, ours)

    def sums(self, baseline: Sample, candidate: Sample, cuts: Cuts) -> NumberSums:
        """What adds up, in bins that are cut at ``cuts``, which are of :meth:`series`."""
        there = baseline.weight > 0
        weight, theirs, ours = (part[there] for part in (baseline.weight, _numbers(baseline), _numbers(candidate)))
        with np.errstate(all="ignore"):
            differences = _differences(theirs, ours)
            sizes = np.abs(differences)
            return NumberSums(
                baseline=moments(theirs, weight),
                candidate=moments(ours, weight),
                differences=moments(differences, weight),
                sizes=float(weight @ sizes),
                most=Most(sizes.max(initial=-np.inf)),
                changed=0.0 if self.threshold is None else _changed(theirs, ours, weight, self.threshold),
                binned=_binned((theirs, ours), weight, cuts[0]),
                histogram=histogram(places_in(differences, cuts[1]), len(cuts[1]) + 1, weight),
            )

    def figures(self, sums: NumberSums) -> dict[str, float]:
        """Each figure; NaN where undefined. Those of distributions are those of drift, see ``window_distances``."""
        weight = sums.differences.weight
        if not weight:
            return {}
        bins = sums.binned.bins
        with np.errstate(all="ignore"):
            return {
                **({} if self.threshold is None else {"agreement": max(1 - sums.changed / weight, 0.0)}),
                "correlation": _correlation(sums),
                "mean_difference": sums.differences.mean,
                "mean_absolute_difference": sums.sizes / weight,
                "max_absolute_difference": float(sums.most),
                **_distances(*bins.by_decile),
                "ks_test.statistic": kolmogorov_smirnov_statistic(*bins.counts),
                "wasserstein_distance": bins.work,
            }

    def curves(self, sums: NumberSums, cuts: Cuts) -> Curves:
        """The histogram of differences."""
        return {"difference_histogram": bars(cuts[1], sums.histogram.dense()[0])}


@dataclass(frozen=True)
class ClassSums(Additive):
    """The weight of rows that both put in one class, and by class what each version put in it."""

    same: float
    baseline: Floats
    candidate: Floats


@dataclass(frozen=True)
class ClassPairs:
    """Classes beside classes, as codes from 0 on."""

    classes: int

    def series(self, baseline: Sample, candidate: Sample) -> Cuts:
        """Nothing is ordered."""
        return ()

    def sums(self, baseline: Sample, candidate: Sample, cuts: Cuts) -> ClassSums:
        """What adds up."""
        weight = baseline.weight
        by_version = (sums_by_code(_codes(one), weight, self.classes) for one in (baseline, candidate))
        return ClassSums(float(weight @ (baseline.prediction == candidate.prediction)), *by_version)

    def figures(self, sums: ClassSums) -> dict[str, float]:
        """Each figure; NaN where undefined. Kappa is Cohen's (1960), of the two versions as raters."""
        weight = float(sums.baseline.sum())
        if not weight:
            return {}
        same, by_chance = min(sums.same / weight, 1.0), float(sums.baseline @ sums.candidate) / weight**2
        return {
            "agreement": same,
            "cohen_kappa": (same - by_chance) / (1 - by_chance) if by_chance < 1 else np.nan,
            **_distances(sums.baseline, sums.candidate),
        }

    def curves(self, sums: ClassSums, cuts: Cuts) -> Curves:
        """None."""
        return {}


Pairs = NumberPairs | ClassPairs


def _numbers(sample: Sample) -> Floats:
    return sample.prediction.astype(np.float64)


def _codes(sample: Sample) -> Codes:
    return sample.prediction


def _differences(baseline: Floats, candidate: Floats) -> Floats:
    """Candidate minus baseline; of two equal infinities 0."""
    with np.errstate(all="ignore"):
        return np.where(baseline == candidate, 0.0, candidate - baseline)


def _changed(baseline: Floats, candidate: Floats, weight: Floats, threshold: float) -> float:
    return float(weight @ ((baseline >= threshold) != (candidate >= threshold)))


def _correlation(sums: NumberSums) -> float:
    """Pearson's: the variance of a difference is that of both without twice what they share."""
    if not (_varies(sums.baseline) and _varies(sums.candidate)):
        return np.nan
    ours, theirs, apart = sums.candidate.squares, sums.baseline.squares, sums.differences.squares
    return float(np.clip((ours + theirs - apart) / 2 / (sqrt(ours) * sqrt(theirs)), -1, 1))


def _varies(numbers: Moments) -> bool:
    return sqrt(numbers.variance) > _NO_SPREAD * abs(numbers.mean)


def _binned(sides: tuple[Floats, Floats], weight: Floats, cuts: Floats) -> Binned:
    size = len(cuts) + 1
    places = [places_in(side, cuts) for side in sides]
    lows, highs = np.full((2, size), np.inf), np.full((2, size), -np.inf)
    for row, (side, at) in enumerate(zip(sides, places, strict=True)):
        np.minimum.at(lows[row], at, side)
        np.maximum.at(highs[row], at, side)
    counts = np.stack([sums_by_code(at, weight, size) for at in places])
    sums = np.stack([sums_by_code(at, weight * side, size) for at, side in zip(places, sides, strict=True)])
    return Binned(Bins(counts, sums, lows, highs))


def _distances(baseline: Floats, candidate: Floats) -> dict[str, float]:
    """Those that numbers, by deciles, and classes have alike."""
    return {
        "population_stability_index": population_stability_index(baseline, candidate),
        "js_distance": jensen_shannon_distance(baseline, candidate),
        "chi_squared_test.statistic": chi_squared_statistic(baseline, candidate),
        "tv_distance": total_variation(baseline, candidate),
        "l_infinity_distance": l_infinity(baseline, candidate),
    }
