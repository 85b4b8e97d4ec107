"""Every flavor without a file of its own, through ``mlflow.pyfunc``."""

import json
import logging
import warnings
from pathlib import Path
from typing import Any

from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.flavors.nulls import with_nulls
from spark_models.flavors.predictor import Predictor
from spark_models.flavors.threads import use_threads


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """What pyfunc's ``predict`` gives, with the parameters that were given, also of nullable columns.

    The model takes the threads of the task, where its library can be told.

    Raises:
        ConfigError: if another method is asked for; pyfunc has only this one.
    """
    if spec.method != "predict":
        raise ConfigError(
            f"{spec.model} ({spec.flavor})", [f"it has no method {spec.method!r}; pyfunc has predict only"]
        )
    # Its notes about versions and schemas would come once a worker; the driver has checked both.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    return Predictor("pyfunc", with_nulls(_model(folder, spec), dict(spec.inference_params) or None))


def load_unenforced(folder: Path, spec: PredictorSpec) -> Predictor:
    """What a native predictor is measured by: pyfunc's ``predict``, also of rows that do not fit its signature.

    Where MLflow refuses rows for their types alone (an integer column with a NULL, for example), they go to the
    flavor's own wrapper as they are: whether they can be predicted is then up to the library, as it is for a native
    predictor. Rows that MLflow accepts go the whole way, since it also turns columns into tensors. The model takes
    the threads of the task, because a forest of several threads does not agree with itself to the last bit.
    """
    model = _model(folder, spec)
    params = dict(spec.inference_params) or None
    wrapper: Any = model._model_impl  # noqa: SLF001  # MLflow calls it a stable developer API
    bare = getattr(wrapper, spec.flavor_settings.get("predict_fn", "predict"))
    from mlflow.exceptions import MlflowException

    def predict(batch: Any) -> Any:
        try:
            return model.predict(batch, params=params)
        except MlflowException:
            return bare(batch)

    return Predictor("pyfunc", predict)


def _model(folder: Path, spec: PredictorSpec) -> Any:
    with warnings.catch_warnings():
        # It warns of MLflow's own type hints when it is imported.
        warnings.simplefilter("ignore", UserWarning)
        import mlflow.pyfunc

    model = mlflow.pyfunc.load_model(str(folder), model_config=json.loads(spec.model_config))
    wrapper: Any = model._model_impl  # noqa: SLF001  # MLflow calls it a stable developer API
    if hasattr(wrapper, "get_raw_model"):
        use_threads(wrapper.get_raw_model(), spec.threads)
    return model
