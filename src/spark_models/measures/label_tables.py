"""Precision, recall, F1 and Jaccard of several labels at once, each with its gradient.

Of each label there are three shares of the weight: hits, flagged rows, and rows that have the label; shape (3, labels).
A metric is ``(value, gradient)`` with the gradient by these shares, see ``confusion``. A label for which there is
nothing to divide by counts as 0.0, and no row moves it.
"""

from collections.abc import Mapping

import numpy as np

from spark_models.measures.confusion import Graded
from spark_models.measures.sample import Floats

# How much of hits, flagged and labelled rows is divided, and by what.
_PARTS: Mapping[str, tuple[Floats, Floats]] = {
    "precision": (np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])),
    "recall": (np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])),
    "f1": (np.array([2.0, 0.0, 0.0]), np.array([0.0, 1.0, 1.0])),
    "jaccard": (np.array([1.0, 0.0, 0.0]), np.array([-1.0, 1.0, 1.0])),
}


def label_metrics(shares: Floats) -> dict[str, Graded]:
    """All metrics of the shares, as scikit-learn averages them: over labels, by their weight, and of all as one."""
    by_label = {name: _ratios(shares, *parts) for name, parts in _PARTS.items()}
    of_all = {name: _ratios(shares.sum(axis=1, keepdims=True), *_PARTS[name]) for name in ("precision", "recall", "f1")}
    found = {f"{name}_macro": _macro(*of) for name, of in by_label.items()}
    found |= {f"{name}_weighted": _weighted(*by_label[name], shares[2]) for name in of_all}
    for name, (values, gradients) in of_all.items():
        found[f"{name}_micro"] = float(values[0]), np.broadcast_to(gradients, shares.shape)
    return found


def _ratios(shares: Floats, part: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """By label the ratio, and its gradient, NaN where there is nothing to divide by."""
    above, below = part @ shares, whole @ shares
    ratios = np.divide(above, below, np.zeros_like(below), where=below > 0)
    with np.errstate(all="ignore"):
        gradients = (part[:, np.newaxis] - whole[:, np.newaxis] * ratios) / below
    return ratios, np.where(below > 0, gradients, np.nan)


def _macro(values: Floats, gradients: Floats) -> Graded:
    return float(values.mean()), _of_some(gradients) / len(values)


def _weighted(values: Floats, gradients: Floats, support: Floats) -> Graded:
    total = float(support.sum())
    if not total:
        return 0.0, np.full_like(gradients, np.nan)
    value = float(support @ values) / total
    gradient = _of_some(gradients) * support / total
    gradient[2] += (values - value) / total
    return value, gradient


def _of_some(gradients: Floats) -> Floats:
    """Of the labels that have a gradient; NaN if none has one."""
    return gradients if np.isnan(gradients).all() else np.nan_to_num(gradients, nan=0.0)
