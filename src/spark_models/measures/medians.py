"""Exact medians without sorting all rows: of the bins that hold the middle, and of no other, values are kept."""

from dataclasses import dataclass

import numpy as np

from spark_models.measures.sample import Codes, Floats, sums_by_code

# What sums of weights, and what is made of them, may be off by, as a part of it.
SLACK = 1e-12


@dataclass(frozen=True)
class Middle:
    """The distinct values in the middle bins, ascending, with their weights, and the weight below them."""

    values: Floats
    weights: Floats
    below: float

    def __add__(self, other: "Middle") -> "Middle":
        values = np.concatenate([self.values, other.values])
        return _distinct(values, np.concatenate([self.weights, other.weights]), self.below)

    def median(self, total: float) -> float:
        """The median by weight, the mean of the two middle values where they are two; NaN without any.

        As scikit-learn: Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 2.
        """
        there = self.weights > 0
        values, reached = self.values[there], self.below + self.weights[there].cumsum()
        if not len(values):
            return np.nan
        half, slack = total / 2, SLACK * total
        lower = min(int(np.searchsorted(reached, half - slack)), len(values) - 1)
        upper = min(int(np.searchsorted(reached, half + slack, "right")), len(values) - 1)
        return float(values[lower] + values[upper]) / 2 if upper > lower else float(values[lower])


def middle_bins(weights: Floats) -> tuple[int, int]:
    """The first and last bin that hold a value at which half of the weight is reached; ``weights`` of shape (bins,)."""
    reached, total = weights.cumsum(), weights.sum()
    last = len(weights) - 1
    low = min(int(np.searchsorted(reached, total / 2 - SLACK * total)), last)
    return low, min(int(np.searchsorted(reached, total / 2 + SLACK * total, "right")), last)


def middle(values: Floats, weight: Floats, bins: Codes, weights: Floats) -> Middle:
    """The middle of rows with values of shape (n,) in ``bins``, of which all rows have ``weights`` by bin."""
    low, high = middle_bins(weights)
    inside = (bins >= low) & (bins <= high)
    return _distinct(values[inside], weight[inside], float(weights[:low].sum()))


@dataclass(frozen=True)
class Side:
    """Values below something: their weight, the ``nearest`` of them, and their weighted distance from that one.

    No digits are lost, wherever the values are: all that is added is a distance.
    """

    weight: float = 0.0
    nearest: float = -np.inf
    distance: float = 0.0

    def __add__(self, other: "Side") -> "Side":
        if not self.weight or not other.weight:
            return self if self.weight else other
        nearest = max(self.nearest, other.nearest)
        return Side(self.weight + other.weight, nearest, self.distance_from(nearest) + other.distance_from(nearest))

    def distance_from(self, value: float) -> float:
        """The weighted distance of all values from one that is not below any of them."""
        return self.distance + self.weight * (value - self.nearest) if self.weight else 0.0


def side(values: Floats, weight: Floats) -> Side:
    """The side of values of shape (n,) with weights of shape (n,)."""
    total, nearest = float(weight.sum()), float(values.max(initial=-np.inf))
    with np.errstate(invalid="ignore"):
        return Side(total, nearest, float(weight @ (nearest - values))) if total else Side()


def sides(values: Floats, weight: Floats, bins: Codes, weights: Floats) -> tuple[Side, Side]:
    """Of the same rows as ``middle``, what is below the middle bins, and what is above them, negated."""
    low, high = middle_bins(weights)
    below, above = bins < low, bins > high
    return side(values[below], weight[below]), side(-values[above], weight[above])


def _distinct(values: Floats, weights: Floats, below: float) -> Middle:
    distinct, places = np.unique(values, return_inverse=True)
    return Middle(distinct, sums_by_code(places, weights, len(distinct)), below)
