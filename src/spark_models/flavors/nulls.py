"""NULLs through ``mlflow.pyfunc``: MLflow casts whole numbers and booleans to numpy's types, which have none."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from spark_models.core.column_types import FIRST_INEXACT, NULLABLE_TYPES, NUMPY_TYPES
from spark_models.errors import DataError
from spark_models.flavors.nested_nulls import filled, has_nulls, nested_columns, restored

# These make one array of numpy's of the rows before their library sees any; a missing number is NaN to all of them.
NUMPY_ONLY = frozenset(
    {"mlflow.catboost", "mlflow.keras", "mlflow.paddle", "mlflow.pytorch", "mlflow.statsmodels", "mlflow.tensorflow"}
)
# numpy's types by pandas' nullable ones.
NUMPY_OF = {nullable: NUMPY_TYPES[kind] for kind, nullable in NULLABLE_TYPES.items()}


def with_nulls(model: Any, params: dict[str, Any] | None) -> Callable[[Any], Any]:
    """A pyfunc model's ``predict`` with these parameters, which takes pandas' nullable columns, too, and nested NULLs.

    MLflow's schema is shown zeros in their place, and does to all other columns what it always does. Then the model
    is given the nullable columns as they are, or, where it knows numpy only, as doubles with NaN; and None where
    arrays, structs and maps have NULLs.

    Args:
        model: A ``PyFuncModel``, which is changed.
        params: Values for its inference parameters.

    Raises:
        TypeError: by the function, if the model takes no DataFrame, but a tensor for example.
        DataError: by the function, if a whole number is no double exactly, and must be one.
    """
    held: dict[str, pd.Series] = {}
    nested: dict[str, tuple[pd.Series, Any]] = {}
    own = model._predict_fn  # noqa: SLF001  # the model's own, which MLflow calls when it is done with the rows
    convert = _doubles if model.loader_module in NUMPY_ONLY else dict
    # A schema that MLflow has from type hints is not enforced: the model's own types are.
    is_typed = model.metadata._is_signature_from_type_hint()  # noqa: SLF001  # there is no public way to ask
    schema = None if is_typed else model.metadata.get_input_schema()

    @wraps(own)  # MLflow looks at its parameters
    def predict_held(rows: Any, **more: Any) -> Any:
        if not isinstance(rows, pd.DataFrame):
            if held or any(has_nulls(column) for column, _ in nested.values()):
                raise TypeError("the model takes no DataFrame, and nothing else has columns with NULLs")
            return own(rows, **more)
        whole = {name: restored(rows[name], column) for name, (column, _) in nested.items()}
        return own(rows.assign(**convert(held), **whole) if held or whole else rows, **more)

    model._predict_fn = predict_held  # noqa: SLF001  # the same

    def predict(rows: Any) -> Any:
        held.update(_nullable(rows))
        nested.update(nested_columns(rows, schema))
        try:
            shown: dict[str, Any] = {name: _zeros(column) for name, column in held.items()}
            shown |= {name: filled(column, kind) for name, (column, kind) in nested.items()}
            return model.predict(rows.assign(**shown) if shown else rows, params=params)
        finally:
            held.clear()
            nested.clear()

    return predict


def _nullable(rows: Any) -> dict[str, pd.Series]:
    if not isinstance(rows, pd.DataFrame):
        return {}
    return {str(name): column for name, column in rows.items() if str(column.dtype) in NUMPY_OF}


def _zeros(column: pd.Series) -> np.ndarray:
    return np.zeros(len(column), NUMPY_OF[str(column.dtype)])


def _doubles(columns: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    for name, column in columns.items():
        if column.dtype == "Int64" and (column.abs() >= FIRST_INEXACT).any():
            raise DataError("the model's input", [f"{name!r} has NULLs, and numbers that are no doubles"])
    return {name: column.astype("float64") for name, column in columns.items()}
