"""scikit-learn, without MLflow: the pickle or skops file that ``mlflow.sklearn`` wrote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.predictor import Predictor, predictor_of


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """The estimator's own method, as a predictor."""
    settings = spec.flavor_settings
    model = load_serialized(folder / settings["pickled_model"], settings)
    return predictor_of(model, spec, settings.get("predict_fn", "predict"))


def load_serialized(file: Path, settings: Mapping[str, Any]) -> Any:
    """What MLflow serialized in the format that the flavor's settings name."""
    if settings.get("serialization_format") == "skops":
        import skops.io

        return skops.io.load(file, trusted=settings.get("skops_trusted_types"))
    # cloudpickle reads what pickle wrote, too.
    import cloudpickle

    with file.open("rb") as opened:
        return cloudpickle.load(opened)
