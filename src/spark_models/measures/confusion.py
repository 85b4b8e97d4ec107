"""Metrics of a threshold: functions of the four cells of the confusion matrix, each with its gradient.

Cells are shares of the weight in the order true positives, false positives, false negatives, true negatives. A
metric is ``(value, gradient)`` with the gradient by the four shares, from which each row's influence follows by the
delta method: the gradient at the row's cell minus the gradient's mean over the cells. Undefined gradients are NaN,
and so are then standard errors. Values where there is nothing to divide by are scikit-learn's.
"""

from collections.abc import Callable, Mapping

import numpy as np

from spark_models.measures.sample import Floats

Graded = tuple[float, Floats]

_TP, _FP, _FN, _TN = np.eye(4)
_POSITIVE, _NEGATIVE, _FLAGGED, _UNFLAGGED = _TP + _FN, _FP + _TN, _TP + _FP, _FN + _TN


def graded(cells: Floats) -> dict[str, Graded]:
    """All metrics of the shares ``cells``, of shape (4,)."""
    return {name: metric(cells) for name, metric in CONFUSION_METRICS.items()}


def ratio(cells: Floats, part: Floats, whole: Floats, empty: float = 0.0) -> Graded:
    """The share of ``part`` in ``whole``, both sums of cells given as coefficients; ``empty`` if whole is none."""
    above, below = float(part @ cells), float(whole @ cells)
    if not below:
        return empty, np.full(4, np.nan)
    return above / below, (part - above / below * whole) / below


def _accuracy(cells: Floats) -> Graded:
    return ratio(cells, _TP + _TN, np.ones(4))


def _precision(cells: Floats) -> Graded:
    return ratio(cells, _TP, _FLAGGED)


def _recall(cells: Floats) -> Graded:
    return ratio(cells, _TP, _POSITIVE)


def _specificity(cells: Floats) -> Graded:
    return ratio(cells, _TN, _NEGATIVE)


def _f1(cells: Floats) -> Graded:
    return ratio(cells, 2 * _TP, _POSITIVE + _FLAGGED)


def _balanced_accuracy(cells: Floats) -> Graded:
    # The mean over the classes that there are, as in scikit-learn.
    there = [ratio(cells, hit, of) for hit, of in ((_TP, _POSITIVE), (_TN, _NEGATIVE)) if of @ cells]
    if not there:
        return np.nan, np.full(4, np.nan)
    return float(np.mean([value for value, _ in there])), np.mean([gradient for _, gradient in there], axis=0)


def _mcc(cells: Floats) -> Graded:
    """Matthews correlation: covariance of truth and flag over the root of their variances; else 0.0."""
    positive, negative = float(_POSITIVE @ cells), float(_NEGATIVE @ cells)
    flagged, unflagged = float(_FLAGGED @ cells), float(_UNFLAGGED @ cells)
    # Of sums of cells, and not of what is left of 1: that may be a rounding error, where it should be nothing.
    product = positive * negative * flagged * unflagged
    if not product:
        return 0.0, np.full(4, np.nan)
    value = float(cells[0] * cells[3] - cells[1] * cells[2]) / product**0.5
    of_covariance = _TP - flagged * _POSITIVE - positive * _FLAGGED
    of_variances = (negative - positive) / (positive * negative) * _POSITIVE
    of_variances = of_variances + (unflagged - flagged) / (flagged * unflagged) * _FLAGGED
    return value, of_covariance / product**0.5 - value / 2 * of_variances


def _cohen_kappa(cells: Floats) -> Graded:
    """Agreement beyond chance; undefined if both are of one and the same class."""
    positive, flagged, agreed = float(_POSITIVE @ cells), float(_FLAGGED @ cells), float((_TP + _TN) @ cells)
    chance = positive * flagged + (1 - positive) * (1 - flagged)
    if chance >= 1:
        return np.nan, np.full(4, np.nan)
    of_chance = (2 * flagged - 1) * _POSITIVE + (2 * positive - 1) * _FLAGGED
    gradient = (_TP + _TN) / (1 - chance) + (agreed - 1) / (1 - chance) ** 2 * of_chance
    return (agreed - chance) / (1 - chance), gradient


CONFUSION_METRICS: Mapping[str, Callable[[Floats], Graded]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "precision": _precision,
    "recall": _recall,
    "specificity": _specificity,
    "f1": _f1,
    "mcc": _mcc,
    "cohen_kappa": _cohen_kappa,
}
