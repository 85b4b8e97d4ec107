"""Curves of one version, of at most 200 points whatever the rows: read off the histograms that sums have."""

from math import isfinite, sqrt

import numpy as np

from spark_models.core.curve import Point
from spark_models.measures.binary import BinaryState
from spark_models.measures.regression import RegressionState
from spark_models.measures.sample import Floats

MOST_POINTS = 200
# So many bars a histogram of scores or errors has.
BARS = 50
_FINITE = (-np.finfo(np.float64).max, np.finfo(np.float64).max)


Curves = dict[str, tuple[Point, ...]]


def binary_curves(state: BinaryState, confidence: float) -> Curves:
    """ROC, precision-recall, gain and calibration curves and the histogram of scores; none of one class only.

    Points are exact where they are: each is at the lower end of a bin of scores. Intervals of the calibration are
    Wilson's, at the ``confidence`` as a number of standard errors.
    """
    counts = state.sums.scores.dense()
    if not counts.sum(axis=1).all():
        return {}
    hits, alarms = (np.concatenate([[0.0], part[::-1].cumsum()]) for part in counts)
    places = np.unique(np.linspace(0, len(hits) - 1, MOST_POINTS).round().astype(int))
    hits, alarms = hits[places], alarms[places]
    flagged, recall = hits + alarms, hits / hits[-1]
    precision = np.divide(hits, flagged, np.ones_like(hits), where=flagged > 0)
    # Before the first row nothing is flagged: the curve begins with the precision that it has there.
    precision[0] = precision[1]
    return {
        "roc": _line(alarms / alarms[-1], recall),
        "precision_recall": _line(recall, precision),
        "gain": _line(flagged / flagged[-1], recall),
        "calibration": _calibration(state, confidence),
        "score_histogram": bars(state.cuts, counts.sum(axis=0)),
    }


def regression_curves(state: RegressionState) -> Curves:
    """The histogram of residuals, prediction minus label."""
    return {"residual_histogram": bars(state.cuts[2], state.sums.residuals.dense()[0])}


def _line(x: Floats, y: Floats) -> tuple[Point, ...]:
    return tuple(Point(float(at), float(height)) for at, height in zip(x, y, strict=True))


def _calibration(state: BinaryState, reach: float) -> tuple[Point, ...]:
    if not state.are_probabilities:
        return ()
    points = []
    for weight, scores, labels in state.sums.calibration.T:
        if weight:
            rate = float(labels / weight)
            low, high = wilson(rate, float(weight), reach)
            points.append(Point(float(scores / weight), rate, None, low, high, float(weight)))
    return tuple(points)


def wilson(rate: float, count: float, reach: float) -> tuple[float, float]:
    """The ends of an interval of a share that was seen in so many, reaching so many standard errors.

    Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927).
    """
    centre = (rate + reach**2 / (2 * count)) / (1 + reach**2 / count)
    half = reach / (1 + reach**2 / count) * sqrt(rate * (1 - rate) / count + reach**2 / (4 * count**2))
    return min(centre - half, rate), max(centre + half, rate)


def bars(cuts: Floats, weights: Floats) -> tuple[Point, ...]:
    """Bars of equal width; a bin counts where it begins, so that bars are as exact as bins are narrow."""
    there = cuts[np.isfinite(cuts)]
    if not len(there) or not weights.sum():
        return ()
    starts = np.concatenate([cuts[:1], cuts])
    inside = np.isfinite(starts)
    heights, edges = np.histogram(starts[inside], _edges(there), weights=weights[inside])
    total = float(weights.sum())
    pairs = zip(edges[:-1].tolist(), edges[1:].tolist(), heights.tolist(), strict=True)
    return tuple(Point(low, height / total, high, weight=height) for low, high, height in pairs if isfinite(low))


def _edges(values: Floats) -> Floats:
    """Where bars begin and end, ascending: fewer of them where there are hardly any numbers between the values."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        around = max(0.5, abs(low) / 1000)
        low, high = np.clip([low - around, low + around], *_FINITE)
    steps = np.linspace(0, 1, BARS + 1)
    # In two products: the difference of two numbers may be too large for a number.
    return np.unique(low * (1 - steps) + high * steps)
