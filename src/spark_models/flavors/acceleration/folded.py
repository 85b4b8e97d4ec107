"""Linear pipelines of scikit-learn as a few numpy operations, which give the bits that the library gives.

What makes the library slow on batches is what it does around the arithmetic: checks, copies, and sparse matrices. Here
each step's arithmetic is kept, in the library's order, and the rest is done once, when a model is loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spark_models.flavors.acceleration.class_scores import class_finish, flattened
from spark_models.flavors.acceleration.parts import UnusualBatchError, columns_of, numbers
from spark_models.flavors.acceleration.scores import Linear, Scores
from spark_models.flavors.acceleration.step import Finish, Folded, class_name
from spark_models.flavors.acceleration.steps import translated

_SCORED = frozenset({"predict", "predict_proba", "predict_log_proba", "decision_function"})
# The methods of each estimator that need nothing but its linear part.
ESTIMATORS: dict[str, frozenset[str]] = {
    "ElasticNet": frozenset({"predict"}),
    "ElasticNetCV": frozenset({"predict"}),
    "HuberRegressor": frozenset({"predict"}),
    "Lars": frozenset({"predict"}),
    "Lasso": frozenset({"predict"}),
    "LassoCV": frozenset({"predict"}),
    "LassoLars": frozenset({"predict"}),
    "LinearRegression": frozenset({"predict"}),
    "LinearSVC": frozenset({"predict", "decision_function"}),
    "LinearSVR": frozenset({"predict"}),
    "LogisticRegression": _SCORED,
    "LogisticRegressionCV": _SCORED,
    "Ridge": frozenset({"predict"}),
    "RidgeCV": frozenset({"predict"}),
    "SGDClassifier": frozenset({"predict", "decision_function"}),
    "SGDRegressor": frozenset({"predict"}),
}
_CLASSIFIERS = frozenset({"LinearSVC", "LogisticRegression", "LogisticRegressionCV", "SGDClassifier"})


def fold(model: Any, method: str) -> "FoldedModel | None":
    """What the model's method gives for a DataFrame, faster; None if the model holds anything that is not known.

    A batch that does not look like those it was folded for (other columns or types, numbers that are not finite, an
    unknown category that the model refuses) is handed to the model itself, as is a row whose class rounding might
    change.

    Args:
        model: A fitted estimator or pipeline of scikit-learn.
        method: ``predict``, ``predict_proba``, ``predict_log_proba`` or ``decision_function``.
    """
    import sklearn

    transformers, estimator = _taken_apart(model)
    linear, name = _linear(estimator), class_name(estimator)
    if linear is None or method not in ESTIMATORS[name] or sklearn.get_config()["transform_output"] != "default":
        return None
    features = translated(transformers, "columns") if transformers is not None else Folded(numbers, "numbers")
    if features is None or features.kind not in {"numbers", "parts"}:
        return None
    names = getattr(model, "feature_names_in_", None)
    expected = None if names is None else pd.Index(names)
    chooses = name in _CLASSIFIERS and method == "predict"
    library, finish = getattr(model, method), _finish(estimator, method)
    return FoldedModel(library, features, linear, finish, expected, model.n_features_in_, chooses)


@dataclass(frozen=True)
class FoldedModel:
    """A model's method, folded: ``library`` is the method itself, for the batches that are left to it.

    ``names`` are the columns that the model knows, if it knows any, and ``width`` how many there are. ``finish`` makes
    the method's results of scores, and ``chooses`` says that these are classes.
    """

    library: Callable[[Any], Any]
    features: Folded
    linear: Linear
    finish: Finish
    names: pd.Index | None
    width: int
    chooses: bool

    def __call__(self, batch: Any) -> Any:
        """The method's results for a batch of n rows, as the library gives them."""
        try:
            return self._predicted(batch)
        except (UnusualBatchError, TypeError, ValueError):
            # What the library makes of it, be it predictions or an error of its own.
            return self.library(batch)

    def _predicted(self, batch: Any) -> Any:
        if type(batch) is not pd.DataFrame or not len(batch) or batch.shape[1] != self.width:
            raise UnusualBatchError
        if self.names is not None and not batch.columns.equals(self.names):
            raise UnusualBatchError
        features = self.features.run(columns_of(batch))
        is_matrix = isinstance(features, np.ndarray)
        scores = self.linear.dense(features) if is_matrix else self.linear.sparse(features)
        return self._settled(batch, scores, self.finish(scores.values))

    def _settled(self, batch: pd.DataFrame, scores: Scores, predictions: Any) -> Any:
        """Predictions, with the library's own class for each row that is as good as between two of them."""
        if self.chooses:
            close = np.flatnonzero(_margin(scores.values) <= scores.roundings)
            if len(close):
                predictions = predictions.copy()
                predictions[close] = self.library(batch.iloc[close])
        return predictions


def _taken_apart(model: Any) -> tuple[Any, Any]:
    """The transformers of a pipeline, if there are any, and its estimator."""
    if class_name(model) != "Pipeline":
        return None, model
    if model.transform_input is not None:
        return None, None
    return (model[:-1] if len(model.steps) > 1 else None), model.steps[-1][1]


def _linear(estimator: Any) -> Linear | None:
    if class_name(estimator) not in ESTIMATORS:
        return None
    coefficients, intercept = estimator.coef_, estimator.intercept_
    if not isinstance(coefficients, np.ndarray) or {coefficients.dtype, np.asarray(intercept).dtype} != {
        np.dtype(np.float64)
    }:
        return None
    return Linear(coefficients, intercept)


def _finish(estimator: Any, method: str) -> Finish:
    name = class_name(estimator)
    if name in _CLASSIFIERS:
        return class_finish(estimator, method)
    return np.ravel if name.startswith("SGD") else _unchanged


def _unchanged(scores: np.ndarray) -> np.ndarray:
    return scores


def _margin(scores: np.ndarray) -> np.ndarray:
    """How far each row is from another class: from zero, or between the best two scores."""
    if scores.ndim == 1 or scores.shape[1] == 1:
        distance: np.ndarray = np.abs(flattened(scores))
        return distance
    best = np.partition(scores, -2, axis=1)
    margin: np.ndarray = best[:, -1] - best[:, -2]
    return margin
