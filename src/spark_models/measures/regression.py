"""Regression: what adds up, what follows from it, and what each row contributes.

See ``binary`` for what an influence is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, isnan

import numpy as np

from spark_models.measures.additive import Additive
from spark_models.measures.histogram import Histogram, histogram
from spark_models.measures.medians import SLACK, Middle, Side
from spark_models.measures.moments import Moments, moments
from spark_models.measures.sample import Codes, Floats, Sample, with_weight

# scikit-learn's stand-in for a label of zero in the percentage error.
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class RegressionSums(Additive):
    """What adds up over rows, of which ``rows`` have a weight.

    ``negative`` counts labels and predictions below 0, of which no logarithm is taken. ``absolute_errors``, ``labels``
    and ``residuals`` have the weight by bin of each.
    """

    all_rows: int
    rows: int
    absolute: float
    squared: float
    percentage: float
    logarithmic: float
    negative: int
    most: "Most"
    errors: Moments
    label: Moments
    absolute_errors: Histogram
    labels: Histogram
    residuals: Histogram


class Most(float):
    """A number of which the greater of two is the sum, and NaN if one is."""

    def __add__(self, other: float) -> "Most":
        return Most(np.maximum(float(self), float(other)))


def regression_sums(sample: Sample, bins: Sequence[Codes], cuts: Sequence[Floats]) -> RegressionSums:
    """The sums of rows whose absolute errors, labels and errors are in ``bins``, cut at ``cuts``."""
    all_rows = len(sample)
    sample, bins = with_weight(sample, *bins)
    label, predicted, weight = sample.label.astype(np.float64), sample.prediction.astype(np.float64), sample.weight
    with np.errstate(all="ignore"):
        error = predicted - label
        size = np.abs(error)
        return RegressionSums(
            all_rows=all_rows,
            rows=len(sample),
            absolute=float(weight @ size),
            squared=float(weight @ (error * error)),
            percentage=float(weight @ percentage_error(label, size)),
            logarithmic=float(weight @ logarithmic_error(label, predicted)),
            negative=int(np.count_nonzero((label < 0) | (predicted < 0))),
            most=Most(size.max(initial=-np.inf)),
            errors=moments(error, weight),
            label=moments(label, weight),
            absolute_errors=histogram(bins[0], len(cuts[0]) + 1, weight),
            labels=histogram(bins[1], len(cuts[1]) + 1, weight),
            residuals=histogram(bins[2], len(cuts[2]) + 1, weight),
        )


def percentage_error(label: Floats, absolute_error: Floats) -> Floats:
    """The error over the label's size, as scikit-learn's mean_absolute_percentage_error has it."""
    return absolute_error / np.maximum(np.abs(label), EPSILON)


def logarithmic_error(label: Floats, predicted: Floats) -> Floats:
    """The square of the difference of logarithms of one plus each."""
    return (np.log1p(predicted) - np.log1p(label)) ** 2


@dataclass(frozen=True)
class RegressionState:
    """The totals of one version on one slice, with the middle errors and labels."""

    sums: RegressionSums
    cuts: Sequence[Floats]
    middle_error: Middle
    middle_label: Middle
    label_sides: tuple[Side, Side]

    @cached_property
    def weight(self) -> float:
        """The weight of all rows."""
        return self.sums.label.weight

    @cached_property
    def median_error(self) -> float:
        """The median of the absolute errors; NaN if one of them is unknown, between two infinities."""
        return np.nan if isnan(self.sums.most) else self.middle_error.median(self.weight)

    @cached_property
    def label_spread(self) -> float:
        """The mean distance of labels from their median."""
        below, above = self.label_sides
        outside = below.distance_from(self._median_label) + above.distance_from(-self._median_label)
        inside = self.middle_label.weights @ np.abs(self.middle_label.values - self._median_label)
        return (outside + float(inside)) / self.weight

    @cached_property
    def metrics(self) -> dict[str, float]:
        """All metrics; NaN where undefined."""
        if not self.weight:
            return {}
        sums, weight = self.sums, self.weight
        mean_squared, mean_absolute = sums.squared / weight, sums.absolute / weight
        logarithmic = np.nan if sums.negative else float(np.sqrt(sums.logarithmic / weight))
        with np.errstate(all="ignore"):
            return {
                "mae": mean_absolute,
                "rmse": float(np.sqrt(mean_squared)),
                "r2": self._explained(mean_squared, sums.label.variance),
                "explained_variance": self._explained(sums.errors.variance, sums.label.variance),
                "d2_absolute_error": self._explained(mean_absolute, self.label_spread),
                "mape": sums.percentage / weight,
                "rmsle": logarithmic,
                "median_absolute_error": self.median_error,
                "max_error": float(sums.most),
                "bias": sums.errors.mean,
            }

    def _explained(self, left: float, whole: float) -> float:
        """One minus the part that is left; on constant labels 1.0 if every prediction is right, else 0.0."""
        if self.sums.rows < 2 or not isfinite(left):
            return np.nan
        if not whole:
            return 0.0 if left else 1.0
        return 1 - left / whole

    def influences(self, sample: Sample) -> dict[str, Floats]:
        """Each row's influence, of shape (n,), on each metric that has one: all but the maximum."""
        label, predicted = sample.label.astype(np.float64), sample.prediction.astype(np.float64)
        values, sums = self.metrics, self.sums
        if not values:
            return {}
        with np.errstate(all="ignore"):
            error = predicted - label
            size, squares = np.abs(error), error * error
            mean_squared, variance = sums.squared / self.weight, sums.label.variance
            of_square = squares - mean_squared
            of_variance = (label - sums.label.mean) ** 2 - variance
            of_error_variance = (error - sums.errors.mean) ** 2 - sums.errors.variance
            median = self._median_label
            found: dict[str, Floats] = {
                "mae": size - values["mae"],
                "rmse": of_square / (2 * (values["rmse"] or np.nan)),
                "r2": _of_ratio(of_square, mean_squared, of_variance, variance),
                "explained_variance": _of_ratio(of_error_variance, sums.errors.variance, of_variance, variance),
                "d2_absolute_error": _of_ratio(
                    size - values["mae"], values["mae"], np.abs(label - median) - self.label_spread, self.label_spread
                ),
                "mape": percentage_error(label, size) - values["mape"],
                "median_absolute_error": (0.5 - (size <= self.median_error)).astype(np.float64) / self._error_density,
                "bias": error - values["bias"],
            }
            if not sums.negative:
                logarithmic = logarithmic_error(label, predicted) - sums.logarithmic / self.weight
                found["rmsle"] = logarithmic / (2 * (values["rmsle"] or np.nan))
        return found

    @cached_property
    def _median_label(self) -> float:
        return self.middle_label.median(self.weight)

    @cached_property
    def _error_density(self) -> float:
        """The density of absolute errors at their median, from the bins around it that hold a tenth of the weight."""
        share = self.sums.absolute_errors.dense()[0].cumsum() / self.weight
        low, high = (int(place) for place in np.searchsorted(share, [0.45 - SLACK, 0.55 - SLACK]))
        cuts = self.cuts[0]
        if not len(cuts):
            return np.nan
        low, high = max(low, 1), min(max(high, low + 1), len(cuts))
        width = float(cuts[min(high, len(cuts) - 1)] - cuts[low - 1])
        return float(share[min(high, len(cuts) - 1)] - share[low - 1]) / width if width > 0 else np.nan


def _of_ratio(of_part: Floats, part: float, of_whole: Floats, whole: float) -> Floats:
    """The influence on one minus part over whole, both means."""
    whole = whole or np.nan
    # Not by the square, which may be too large or too small for a number.
    influence: Floats = -of_part / whole + part / whole * (of_whole / whole)
    return influence
