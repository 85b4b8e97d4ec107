"""scikit-learn, without MLflow: the pickle or skops file that ``mlflow.sklearn`` wrote."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.flavors.predictor import Predictor, predictor_of
from spark_models.flavors.threads import use_threads

SWITCH = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """The estimator's own method, as a predictor."""
    settings = spec.flavor_settings
    model = load_serialized(folder / settings["pickled_model"], settings)
    use_threads(model, spec.threads)
    return predictor_of(model, spec, settings.get("predict_fn", "predict"))


def load_serialized(file: Path, settings: Mapping[str, Any]) -> Any:
    """What MLflow serialized in the format that the flavor's settings name.

    Raises:
        ConfigError: if MLflow's own switch forbids it in this process.
    """
    # MLflow's own loader obeys it, for all of its formats.
    if os.environ.get(SWITCH, "true").lower() in {"false", "0"}:
        raise ConfigError(file.name, [f"{SWITCH} forbids to load it: set it to true for models that you trust"])
    if settings.get("serialization_format") == "skops":
        import skops.io

        return skops.io.load(file, trusted=settings.get("skops_trusted_types"))
    # cloudpickle reads what pickle wrote, too.
    import cloudpickle

    with file.open("rb") as opened:
        return cloudpickle.load(opened)
