"""Every flavor without a file of its own, through ``mlflow.pyfunc``."""

import json
import logging
import warnings
from pathlib import Path
from typing import Any

from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.flavors.predictor import Predictor


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """What pyfunc's ``predict`` gives, with the parameters that were given.

    Raises:
        ConfigError: if another method is asked for; pyfunc has only this one.
    """
    if spec.method != "predict":
        raise ConfigError(
            f"{spec.model} ({spec.flavor})", [f"it has no method {spec.method!r}; pyfunc has predict only"]
        )
    # Its notes about versions and schemas would come once a worker; the driver has checked both.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # It warns of MLflow's own type hints when it is imported.
        warnings.simplefilter("ignore", UserWarning)
        import mlflow.pyfunc

    model = mlflow.pyfunc.load_model(str(folder), model_config=json.loads(spec.model_config))
    params = dict(spec.inference_params) or None

    def predict(batch: Any) -> Any:
        return model.predict(batch, params=params)

    return Predictor("pyfunc", predict)
