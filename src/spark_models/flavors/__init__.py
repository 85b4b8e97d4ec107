"""Flavors: each loads a model's files into a predictor. This runs in workers.

A flavor's file imports its own library, numpy and pandas only, and nothing before ``load`` is
called. Flavors that have no file of their own are loaded by ``mlflow.pyfunc``.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.code import use_code
from spark_models.flavors.predictor import Predictor

NATIVE: dict[str, str] = {
    "sklearn": "spark_models.flavors.sklearn",
    "lightgbm": "spark_models.flavors.lightgbm",
    "xgboost": "spark_models.flavors.xgboost",
    "onnx": "spark_models.flavors.onnx",
}


def predicting_flavor(flavor: str) -> str:
    """The flavor that will predict: the model's own, or pyfunc."""
    return flavor if flavor in NATIVE else "pyfunc"


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """The predictor for the model in ``folder``.

    Raises:
        ConfigError: if the model does not have the method, or does not take the parameters.
    """
    if code := spec.flavor_settings.get("code"):
        use_code(folder / code)
    module = import_module(NATIVE.get(spec.flavor, "spark_models.flavors.pyfunc"))
    load_own: Callable[[], Predictor] = partial(module.load, folder, spec)
    if spec.acceleration:
        from spark_models.flavors.acceleration.loading import load_accelerated

        return load_accelerated(load_own, folder, spec)
    return load_own()
