"""From a linear classifier's scores to its classes or probabilities, as scikit-learn's own methods have it."""

from functools import partial
from typing import Any

import numpy as np

from spark_models.flavors.acceleration.step import Finish


def class_finish(estimator: Any, method: str) -> Finish:
    """What the fitted classifier's method makes of scores: each number comes out with the same bits."""
    if method == "predict":
        return partial(_classes, estimator.classes_)
    is_binary = len(estimator.classes_) == 2
    return {
        "decision_function": flattened,
        "predict_proba": _two_probabilities if is_binary else _softmax,
        "predict_log_proba": _two_logarithms if is_binary else _softmax_logarithms,
    }[method]


def flattened(scores: np.ndarray) -> np.ndarray:
    """One number a row, where there is only one; n rows of several otherwise."""
    return scores.reshape(-1) if scores.ndim > 1 and scores.shape[1] == 1 else scores


def _classes(classes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """``LinearClassifierMixin.predict``."""
    scores = flattened(scores)
    chosen: np.ndarray = classes.take((scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1))
    return chosen


def _two_probabilities(scores: np.ndarray) -> np.ndarray:
    """``LinearClassifierMixin._predict_proba_lr`` of two classes."""
    # Only probabilities need it, and a worker that is cold waits for it.
    from scipy.special import expit

    positive = expit(flattened(scores))
    return np.stack([1 - positive, positive], axis=1)


def _softmax(scores: np.ndarray) -> np.ndarray:
    """``sklearn.utils.extmath.softmax``."""
    exponentials = np.exp(scores - scores.max(axis=1).reshape(-1, 1))
    probabilities: np.ndarray = exponentials / exponentials.sum(axis=1).reshape(-1, 1)
    return probabilities


def _two_logarithms(scores: np.ndarray) -> np.ndarray:
    logarithms: np.ndarray = np.log(_two_probabilities(scores))
    return logarithms


def _softmax_logarithms(scores: np.ndarray) -> np.ndarray:
    logarithms: np.ndarray = np.log(_softmax(scores))
    return logarithms
