"""XGBoost, without MLflow: a booster, or an estimator of its scikit-learn API, from XGBoost's own formats."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.predictor import Predictor, predictor_of

BOOSTER = "xgboost.core.Booster"


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """The booster's or the estimator's own method, as a predictor.

    As in ``mlflow.xgboost``, inference parameters are XGBoost's own, and others are left out.
    """
    settings = spec.flavor_settings
    file, name = str(folder / settings["data"]), settings.get("model_class", BOOSTER)
    model = _booster(file, spec.threads) if name == BOOSTER else _estimator(name, file, spec.threads)
    method = model.booster.predict if name == BOOSTER else getattr(model, spec.method, None)
    return predictor_of(model, replace(spec, params="{}"), **_accepted(method, spec.inference_params))


@dataclass(frozen=True)
class _Booster:
    """A booster that takes a DataFrame or an array, and refuses columns of other names than it was trained on."""

    booster: Any
    threads: int

    def predict(self, rows: Any, **params: Any) -> Any:
        import xgboost

        return self.booster.predict(xgboost.DMatrix(rows, nthread=self.threads), validate_features=True, **params)


def _booster(file: str, threads: int) -> _Booster:
    import xgboost

    booster = xgboost.Booster({"nthread": threads})
    booster.load_model(file)
    return _Booster(booster, threads)


def _estimator(name: str, file: str, threads: int) -> Any:
    module, _, class_name = name.rpartition(".")
    estimator = getattr(import_module(module), class_name)()
    # Before it loads: its booster is made with as many.
    estimator.n_jobs = threads
    estimator.load_model(file)
    return estimator


def _accepted(method: Any, params: Mapping[str, Any]) -> Mapping[str, Any]:
    known = signature(method).parameters if callable(method) else {}
    return {name: value for name, value in params.items() if name in known}
