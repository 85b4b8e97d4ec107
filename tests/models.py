"""A SQLite MLflow store in a folder, and small models that are logged in it within a second."""

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from spark_models.core.config import RegistryConfig
from spark_models.core.model_version import ModelVersion
from spark_models.registry.connection import Registry, connect
from spark_models.registry.files import fetch_files
from spark_models.registry.fluent import default_uris
from spark_models.registry.runs import experiment_id
from spark_models.registry.versions import create_version

with warnings.catch_warnings():
    # It warns of MLflow's own type hints when it is imported.
    warnings.simplefilter("ignore", UserWarning)
    from mlflow.pyfunc.model import PythonModel

EXPERIMENT = "spark-models"


@dataclass(frozen=True)
class Store:
    """An MLflow store of a test's own: ``config`` is what a job's config says of it."""

    folder: Path
    config: RegistryConfig
    registry: Registry

    @property
    def client(self) -> MlflowClient:
        return self.registry.client


def make_store(folder: Path) -> Store:
    """A new store whose database and artifacts lie in ``folder``."""
    (folder / "mlflow.db").write_bytes(_empty_database())
    config = RegistryConfig(tracking_uri=f"sqlite:///{folder}/mlflow.db", experiment=EXPERIMENT)
    registry = connect(config)
    registry.client.create_experiment(EXPERIMENT, artifact_location=(folder / "artifacts").as_uri())
    return Store(folder, config, registry)


@cache
def _empty_database() -> bytes:
    """A database as MLflow makes it, which takes it more than a second."""
    with tempfile.TemporaryDirectory() as folder:
        connect(RegistryConfig(tracking_uri=f"sqlite:///{folder}/mlflow.db", experiment=EXPERIMENT), may_create=True)
        return Path(folder, "mlflow.db").read_bytes()


@dataclass(frozen=True)
class Logged:
    """A logged model, the object that was logged, and rows that it can predict."""

    run_id: str
    model_id: str
    model: Any
    rows: pd.DataFrame

    @property
    def uri(self) -> str:
        return f"models:/{self.model_id}"

    @property
    def run_uri(self) -> str:
        return f"runs:/{self.run_id}/model"


def flights(rows: int = 60) -> pd.DataFrame:
    """Flights: a string, two doubles and an integer, without missing values."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "carrier": rng.choice(["AA", "B6", "UA"], rows),
            "distance": rng.uniform(100, 3000, rows).round(1),
            "dep_delay": rng.normal(10, 30, rows).round(1),
            "hour": rng.integers(0, 24, rows),
        }
    )


def arrival_delay(rows: pd.DataFrame) -> pd.Series:
    return rows["dep_delay"] * 0.9 + rows["distance"] * 0.001


def is_late(rows: pd.DataFrame) -> pd.Series:
    return (arrival_delay(rows) > 15).astype("int64")


def log_regression(store: Store, alpha: float = 1.0, **more: Any) -> Logged:
    """A scikit-learn pipeline: carrier (string), distance, dep_delay (double) and hour (long) to a delay."""
    rows = flights()
    encoded = make_column_transformer((OneHotEncoder(), ["carrier"]), remainder="passthrough")
    model = make_pipeline(encoded, Ridge(alpha=alpha)).fit(rows, arrival_delay(rows))
    return _logged(store, mlflow.sklearn.log_model, model, rows, params={"alpha": alpha}, **_CLOUDPICKLE, **more)


def log_imputing(store: Store, **more: Any) -> Logged:
    """A scikit-learn pipeline of the same columns that takes missing values, and fills in or encodes them."""
    rows = flights()
    missing = rows.copy()
    missing.loc[::5, "carrier"] = None
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    encoded = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["carrier"]), remainder=numbers)
    model = make_pipeline(encoded, LogisticRegression()).fit(missing, is_late(rows))
    return _logged(store, mlflow.sklearn.log_model, model, missing, params={"C": 1.0}, **_CLOUDPICKLE, **more)


def log_classifier(store: Store, **more: Any) -> Logged:
    """A scikit-learn classifier of distance and dep_delay, with predict_proba."""
    rows = flights()[["distance", "dep_delay"]]
    model = LogisticRegression(max_iter=500).fit(rows, is_late(rows))
    return _logged(store, mlflow.sklearn.log_model, model, rows, params={"C": 1.0}, **_CLOUDPICKLE, **more)


def log_booster(store: Store, **more: Any) -> Logged:
    """A LightGBM Booster of distance, dep_delay and hour."""
    rows = flights()[["distance", "dep_delay", "hour"]]
    data = lightgbm.Dataset(rows, arrival_delay(rows))
    model = lightgbm.train(_LIGHTGBM, data, num_boost_round=5)
    return _logged(store, mlflow.lightgbm.log_model, model, rows, params=_LIGHTGBM, **_lightgbm_packages(), **more)


def log_lightgbm_classifier(store: Store, **more: Any) -> Logged:
    """LightGBM's scikit-learn classifier of distance, dep_delay and hour, with predict_proba."""
    rows = flights()[["distance", "dep_delay", "hour"]]
    model = lightgbm.LGBMClassifier(n_estimators=5, **_LIGHTGBM).fit(rows, is_late(rows))
    return _logged(store, mlflow.lightgbm.log_model, model, rows, params=_LIGHTGBM, **_lightgbm_packages(), **more)


def doubling() -> Any:
    """A model that gives twice the distance, or ``factor`` times; pickled by value, for no one can import it."""

    class Doubling(PythonModel):
        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:  # noqa: ARG002
            return model_input["distance"].to_numpy() * float((params or {}).get("factor", 2.0))

    return Doubling()


def pyfunc_of(predict: Callable[[Any, pd.DataFrame, Any], Any]) -> Any:
    """A model that gives what ``predict`` makes of context, rows and params; a lambda is pickled by value."""

    class Given(PythonModel):
        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
            return predict(context, model_input, params)

    return Given()


def refusing() -> Any:
    """A model that loads, and then refuses every row."""

    class Refusing(PythonModel):
        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:  # noqa: ARG002
            raise ArithmeticError("the tables of this model are empty")

    return Refusing()


def log_pyfunc(store: Store, model: Any = None, **more: Any) -> Logged:
    """A custom pyfunc of distance, ``doubling()`` by default, with the inference parameter ``factor``."""
    rows = flights()[["distance"]]
    signature = infer_signature(rows, np.array([1.0]), params={"factor": 2.0})
    packages = {"pip_requirements": [f"mlflow=={mlflow.__version__}"], "python_model": model or doubling()}
    return _logged(store, mlflow.pyfunc.log_model, None, rows, **{"signature": signature, **packages, **more})


_LIGHTGBM: dict[str, Any] = {"num_leaves": 4, "min_data_in_leaf": 2, "verbosity": -1, "num_threads": 1, "seed": 0}
_CLOUDPICKLE = {"serialization_format": "cloudpickle", "pip_requirements": ["scikit-learn"]}


def _lightgbm_packages() -> dict[str, Any]:
    return {"pip_requirements": [f"lightgbm=={lightgbm.__version__}"]}


def _logged(
    store: Store,
    log_model: Callable[..., Any],
    model: Any,
    rows: pd.DataFrame,
    params: dict[str, Any] | None = None,
    **arguments: Any,
) -> Logged:
    registry = store.registry
    positional = () if model is None else (model,)
    with (
        default_uris(registry.tracking_uri, registry.registry_uri),
        mlflow.start_run(experiment_id=experiment_id(registry), run_name="training") as run,
    ):
        if model is not None:
            arguments = {"signature": infer_signature(rows, model.predict(rows)), **arguments}
        mlflow.log_params(params or {})
        info = log_model(*positional, name="model", **{"input_example": rows.head(3), **arguments})
        mlflow.log_metric("rmse", 1.5, model_id=info.model_id)
    return Logged(run.info.run_id, info.model_id, model or arguments["python_model"], rows)


def register_directly(store: Store, name: str, logged: Logged, tags: dict[str, str] | None = None) -> int:
    """Register by MLflow alone, without a trial and without a digest; gives the version."""
    with default_uris(store.registry.tracking_uri, store.registry.registry_uri):
        return int(mlflow.register_model(logged.uri, name, tags=tags).version)


def add_version(store: Store, name: str, logged: Logged) -> ModelVersion:
    """The next version of ``name``, with its digest, but without the trial that costs seconds."""
    return create_version(store.registry, logged.uri, fetch_files(store.registry, logged.uri), name, {})
