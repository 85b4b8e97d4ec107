"""A compiled forest in the place of a booster: the rest of the way to predictions stays LightGBM's own."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spark_models.flavors.acceleration.forest import ZERO, Forest

# Below any share that rounding has in a probability, above what decides between two.
_AS_GOOD_AS_EQUAL = 1e-12
# Trees go over so many rows one after the other: few enough for the rows to stay in the processor's cache meanwhile.
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class CompiledBooster:
    """What stands in for a booster: ``predict`` of rows of numbers is compiled, everything else the booster's own."""

    booster: Any
    compiled: Any
    forest: Forest

    def predict(self, data: Any, **arguments: Any) -> Any:
        """As ``Booster.predict``."""
        matrix = self._matrix(data) if _is_plain(arguments) else None
        if matrix is None:
            return self.booster.predict(data, **arguments)
        starts = range(0, len(matrix), _ROWS_AT_ONCE)
        parts = [self.compiled.predict(matrix[start : start + _ROWS_AT_ONCE], n_jobs=1) for start in starts]
        return np.concatenate(parts)

    def _matrix(self, data: Any) -> np.ndarray | None:
        """Rows as LightGBM sees them: doubles, with zero for all that it takes for zero."""
        if type(data) is not pd.DataFrame or not len(data) or data.shape[1] != self.forest.features:
            return None
        if not all(_is_number(dtype) for dtype in data.dtypes):
            return None
        matrix = np.empty(data.shape)
        for place, (_, column) in enumerate(data.items()):
            matrix[:, place] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        for place in self.forest.near_zero:
            matrix[np.abs(matrix[:, place]) <= ZERO, place] = 0.0
        return matrix


def _is_plain(arguments: Mapping[str, Any]) -> bool:
    """Whether nothing is asked for but predictions by all trees up to the best iteration."""
    special = ("raw_score", "pred_leaf", "pred_contrib", "start_iteration", "pred_early_stop", "validate_features")
    return arguments.get("num_iteration") is None and not any(arguments.get(name) for name in special)


def _is_number(dtype: Any) -> bool:
    # An extension's kind is that of what it holds; pandas' categories and texts have kind O.
    return getattr(dtype, "kind", "O") in "biuf" and not isinstance(dtype, (pd.ArrowDtype, pd.SparseDtype))


def with_booster(model: Any, method: str, stand_in: CompiledBooster) -> Callable[[Any], Any]:
    """The model's method with the stand-in for its booster."""
    if stand_in.booster is model:
        return stand_in.predict
    # The library's own way from a booster's scores to probabilities.
    estimator = copy.copy(model)
    estimator._Booster = stand_in  # noqa: SLF001  # there is no public way to set it
    if method != "predict" or not hasattr(model, "predict_proba"):
        found: Callable[[Any], Any] = getattr(estimator, method)
        return found

    def predict(batch: Any) -> Any:
        return likeliest(estimator.predict_proba(batch), model, batch)

    return predict


def likeliest(probabilities: np.ndarray, model: Any, batch: Any) -> np.ndarray:
    """The likeliest classes; the library's own where two of them are as good as equal."""
    classes: np.ndarray = model.classes_.take(probabilities.argmax(axis=1))
    best = probabilities.max(axis=1, keepdims=True)
    close = np.flatnonzero((probabilities >= best * (1 - _AS_GOOD_AS_EQUAL)).sum(axis=1) > 1)
    if len(close):
        rows = batch.iloc[close] if isinstance(batch, pd.DataFrame) else batch[close]
        classes[close] = model.predict(rows)
    return classes
