"""The models of the benchmarks, fitted on a sample of the very rows that are scored."""

from collections.abc import Callable
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = tuple(f"x{place}" for place in range(20))
STRINGS = ("carrier", "origin", "dest")
CATEGORIES = {"carrier": 16, "origin": 3, "dest": 100}
SAMPLE = 20_000
_SKLEARN = {"serialization_format": "cloudpickle", "pip_requirements": ["scikit-learn"]}


def make_rows(rows: int, seed: int = 0) -> pd.DataFrame:
    """Keys, twenty doubles and three strings."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(rows, len(NUMBERS)))
    frame = pd.DataFrame(numbers, columns=list(NUMBERS))
    for name, count in CATEGORIES.items():
        labels = np.array([f"{name[:2].upper()}{place:03}" for place in range(count)], dtype=object)
        frame[name] = labels[random.integers(0, count, rows)]
    frame.insert(0, "id", np.arange(rows) + seed * 10**9)
    return frame


def _label(rows: pd.DataFrame) -> Any:
    signal = rows["x0"] + rows["x1"] * rows["x2"] - 0.5 * rows["x3"] ** 2
    return (signal > signal.median()).astype("int64")


def _logistic(rows: pd.DataFrame) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, _label(rows))


def _penalized(strength: float) -> Callable[[pd.DataFrame], Any]:
    def fit(rows: pd.DataFrame) -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression(C=strength)).fit(rows, _label(rows))

    return fit


def _one_hot(rows: pd.DataFrame) -> Any:
    encoded = ColumnTransformer(
        [
            ("strings", OneHotEncoder(handle_unknown="ignore"), list(STRINGS)),
            ("numbers", StandardScaler(), list(NUMBERS[:4])),
        ]
    )
    return make_pipeline(encoded, LogisticRegression(max_iter=200)).fit(rows, _label(rows.assign(**_zeros(rows))))


def _zeros(rows: pd.DataFrame) -> dict[str, float]:
    return {name: 0.0 for name in NUMBERS if name not in rows}


def _lightgbm(trees: int) -> Callable[[pd.DataFrame], Any]:
    def fit(rows: pd.DataFrame) -> Any:
        return lightgbm.LGBMRegressor(n_estimators=trees, verbosity=-1, n_jobs=1).fit(rows, _label(rows).astype(float))

    return fit


def _xgboost(rows: pd.DataFrame) -> Any:
    return xgboost.XGBRegressor(n_estimators=200, n_jobs=1).fit(rows, _label(rows).astype(float))


def _forest(rows: pd.DataFrame) -> Any:
    return RandomForestClassifier(n_estimators=100, max_depth=8, n_jobs=1).fit(rows, _label(rows))


def _rule(_: pd.DataFrame) -> Any:
    """Somebody's own model, which only pyfunc loads; its class is local, since workers have no such module."""

    class Rule(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # MLflow loads it late
        def predict(self, model_input: Any) -> Any:
            return sum(model_input[f"x{place}"] * model_input[f"x{place + 1}"] for place in range(0, len(NUMBERS), 2))

    return Rule()


MODELS: dict[str, tuple[tuple[str, ...], Callable[[pd.DataFrame], Any]]] = {
    "logistic": (NUMBERS, _logistic),
    "one_hot": ((*STRINGS, *NUMBERS[:4]), _one_hot),
    "lightgbm_100": (NUMBERS, _lightgbm(100)),
    "xgboost_200": (NUMBERS, _xgboost),
    "forest_100": (NUMBERS, _forest),
    "lightgbm_500": (NUMBERS, _lightgbm(500)),
    "pyfunc": (NUMBERS, _rule),
}

# Several models in one pass.
FAMILIES = {"five_logistic": tuple(f"logistic_{number}" for number in range(1, 6))}
MEMBERS = {name: (NUMBERS, _penalized(0.1 * number)) for number, name in enumerate(FAMILIES["five_logistic"], start=1)}


def fitted(name: str) -> tuple[Any, pd.DataFrame]:
    """A model, and the sample of its inputs that it was fitted on."""
    columns, fit = (MODELS | MEMBERS)[name]
    sample = make_rows(SAMPLE, seed=1)[list(columns)]
    return fit(sample), sample


def logged(model: Any, sample: pd.DataFrame) -> str:
    """The URI of the model, logged in MLflow in the flavor of the library that it comes from."""
    more = {
        "name": "model",
        "signature": infer_signature(sample, model.predict(sample)),
        "input_example": sample.head(5),
    }
    library = type(model).__module__.partition(".")[0]
    with mlflow.start_run():
        if isinstance(model, mlflow.pyfunc.PythonModel):
            info = mlflow.pyfunc.log_model(python_model=model, pip_requirements=["pandas"], **more)
        else:
            own = _SKLEARN if library == "sklearn" else {"pip_requirements": [library]}
            info = getattr(mlflow, library).log_model(model, **more, **own)
    uri: str = info.model_uri
    return uri
