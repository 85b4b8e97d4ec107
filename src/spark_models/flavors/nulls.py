"""NULLs through ``mlflow.pyfunc``: MLflow casts whole numbers and booleans to numpy's types, which have none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    held = _Held({}, {})
    # A schema that MLflow has from type hints is not enforced: the model's own types are.
    is_typed = model.metadata._is_signature_from_type_hint()  # noqa: SLF001  # there is no public way to ask
    schema = None if is_typed else model.metadata.get_input_schema()
    model._predict_fn = _with_held(model, held)  # noqa: SLF001  # MLflow calls it when it is done with the rows

    def predict(rows: Any) -> Any:
        held.nullable.update(_nullable(rows))
        held.nested.update(nested_columns(rows, schema))
        try:
            shown: dict[str, Any] = {name: _zeros(column) for name, column in held.nullable.items()}
            shown |= {name: filled(column, kind) for name, (column, kind) in held.nested.items()}
            return model.predict(rows.assign(**shown) if shown else rows, params=params)
        finally:
            held.nullable.clear()
            held.nested.clear()

    return predict


@dataclass(frozen=True)
class _Held:
    """The columns that are kept from MLflow, by their names: nullable ones, and nested ones with their MLflow types."""

    nullable: dict[str, pd.Series]
    nested: dict[str, tuple[pd.Series, Any]]


def _with_held(model: Any, held: _Held) -> Callable[..., Any]:
    """The model's own function, which is given the held columns in place of what MLflow was shown."""
    own = model._predict_fn  # noqa: SLF001  # see above
    convert = _doubles if model.loader_module in NUMPY_ONLY else dict

    @wraps(own)  # MLflow looks at its parameters
    def predict(rows: Any, **more: Any) -> Any:
        if not isinstance(rows, pd.DataFrame):
            if held.nullable or any(has_nulls(column) for column, _ in held.nested.values()):
                raise TypeError("the model takes no DataFrame, and nothing else has columns with NULLs")
            return own(rows, **more)
        whole = {name: restored(rows[name], column) for name, (column, _) in held.nested.items()}
        return own(rows.assign(**convert(held.nullable), **whole) if held.nullable or whole else rows, **more)

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
