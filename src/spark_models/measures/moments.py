"""Weighted mean and variance that add up without losing digits."""

from dataclasses import dataclass

import numpy as np

from spark_models.measures.sample import Floats


@dataclass(frozen=True)
class Moments:
    """Total weight, weighted mean, and weighted sum of squared deviations from it.

    Two add up by Chan, Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances
    (1979): labels far from zero (years, timestamps, ids) keep their digits.
    """

    weight: float = 0.0
    mean: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Moments") -> "Moments":
        weight = self.weight + other.weight
        if not weight:
            return self
        apart = other.mean - self.mean
        share = other.weight / weight
        return Moments(
            weight, self.mean + apart * share, self.squares + other.squares + apart * apart * self.weight * share
        )

    @property
    def variance(self) -> float:
        """The weighted variance, over the total weight; NaN without weight."""
        return self.squares / self.weight if self.weight else np.nan


def moments(values: Floats, weight: Floats) -> Moments:
    """The moments of values of shape (n,) with weights of shape (n,)."""
    total = float(weight.sum())
    if not total:
        return Moments()
    mean = float(weight @ values) / total
    # Once more, from there: the mean of one number again and again is that number, and its variance nothing.
    mean += float(weight @ (values - mean)) / total
    deviation = values - mean
    return Moments(total, mean, float(weight @ (deviation * deviation)))
