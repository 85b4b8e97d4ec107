"""One translator for each of scikit-learn's transformers that can be folded, by the class's name.

A translator gives the function that does in a few of numpy's operations what the fitted transformer's ``transform``
does, in the same order, so that each number comes out with the same bits; or None, if a parameter asks for more. What
the functions meet only in a batch, they leave to the library by ``UnusualBatchError``.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from spark_models.flavors.acceleration.encoder_steps import one_hot_encoder, ordinal_encoder
from spark_models.flavors.acceleration.number_steps import (
    max_abs_scaler,
    min_max_scaler,
    robust_scaler,
    simple_imputer,
    standard_scaler,
)
from spark_models.flavors.acceleration.parts import Columns, OneHot, Parts, numbers
from spark_models.flavors.acceleration.step import Folded, Kind, Translator, class_name


def translated(transformer: Any, kind: Kind) -> Folded | None:
    """The step for a fitted transformer, or None if it is unknown, or asks for what is not folded."""
    translator, known = TRANSLATORS.get(class_name(transformer), (None, frozenset()))
    output = getattr(transformer, "_sklearn_output_config", {}).get("transform", "default")
    if translator is None or output != "default" or _other_params(transformer, known):
        return None
    return translator(transformer, kind)


def _other_params(transformer: Any, known: frozenset[str]) -> list[str]:
    """Parameters that no translator knows, with another value than their default."""
    params: Mapping[str, Any] = transformer.get_params(deep=False)
    signature = inspect.signature(type(transformer).__init__).parameters
    return [
        name
        for name, value in params.items()
        if name not in known and not (name in signature and value is signature[name].default)
    ]


def passthrough(transformer: Any, kind: Kind) -> Folded | None:
    """Columns of numbers as they are: how a ColumnTransformer holds ``passthrough``."""
    if kind != "columns" or transformer.func is not None:
        return None
    return Folded(numbers, "numbers")


def pipeline(transformer: Any, kind: Kind) -> Folded | None:
    """One step after the other."""
    steps = []
    for _, step in transformer.steps:
        if step is None or step == "passthrough":
            continue
        folded = translated(step, kind)
        if folded is None:
            return None
        steps.append(folded)
        kind = folded.kind
    return Folded(partial(_one_by_one, tuple(step.run for step in steps)), kind)


def _one_by_one(steps: Sequence[Callable[[Any], Any]], batch: Any) -> Any:
    for step in steps:
        batch = step(batch)
    return batch


def column_transformer(transformer: Any, kind: Kind) -> Folded | None:
    """Columns to their own steps, and all that these give side by side."""
    if kind != "columns":
        return None
    branches = []
    for name, step, selected in transformer.transformers_:
        places = transformer._transformer_to_input_indices[name]  # noqa: SLF001  # names and selectors, resolved
        if (isinstance(step, str) and step == "drop") or not len(places):
            continue
        folded = None if isinstance(selected, (str, int)) else translated(step, kind)
        if folded is None or folded.kind == "texts":
            return None
        branches.append((tuple(places), folded.run))
    if not branches:
        return None
    if transformer.sparse_output_:
        return Folded(partial(_branched, tuple(branches)), "parts")
    return Folded(partial(_side_by_side, tuple(branches)), "numbers")


# The places of a step's columns, and the step.
_Branch = tuple[tuple[int, ...], Callable[[Any], Any]]


def _branched(branches: Sequence[_Branch], columns: Columns) -> Parts:
    given = (step(tuple(columns[place] for place in places)) for places, step in branches)
    return tuple(part for parts in given for part in (parts if isinstance(parts, tuple) else (parts,)))


def _side_by_side(branches: Sequence[_Branch], columns: Columns) -> np.ndarray:
    # As the library does it, so that the matrix is laid out in the same way.
    return np.hstack([_dense(part) for part in _branched(branches, columns)])


def _dense(part: np.ndarray | OneHot) -> np.ndarray:
    return part.dense() if isinstance(part, OneHot) else part


_ENCODED = frozenset({"categories", "handle_unknown", "dtype"})
# Each class's translator, and the parameters that it knows or that change nothing once a transformer is fitted.
TRANSLATORS: dict[str, tuple[Translator, frozenset[str]]] = {
    "ColumnTransformer": (
        column_transformer,
        frozenset({"transformers", "remainder", "sparse_threshold", "n_jobs", "verbose", "verbose_feature_names_out"}),
    ),
    "FunctionTransformer": (passthrough, frozenset({"accept_sparse", "check_inverse", "feature_names_out"})),
    "MaxAbsScaler": (max_abs_scaler, frozenset({"copy"})),
    "MinMaxScaler": (min_max_scaler, frozenset({"copy", "feature_range"})),
    "OneHotEncoder": (one_hot_encoder, _ENCODED | {"drop", "sparse_output", "feature_name_combiner"}),
    "OrdinalEncoder": (ordinal_encoder, _ENCODED | {"unknown_value", "encoded_missing_value"}),
    "Pipeline": (pipeline, frozenset({"steps", "memory", "verbose"})),
    "RobustScaler": (
        robust_scaler,
        frozenset({"copy", "quantile_range", "unit_variance", "with_centering", "with_scaling"}),
    ),
    "SimpleImputer": (
        simple_imputer,
        frozenset({"copy", "fill_value", "keep_empty_features", "missing_values", "strategy"}),
    ),
    "StandardScaler": (standard_scaler, frozenset({"copy", "with_mean", "with_std"})),
}
