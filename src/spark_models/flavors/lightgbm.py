"""LightGBM, without MLflow: a booster's text file, or an estimator of its scikit-learn API."""

from pathlib import Path

from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.predictor import Predictor, predictor_of
from spark_models.flavors.sklearn import load_serialized


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """The booster's or the estimator's own method, as a predictor."""
    settings = spec.flavor_settings
    file = folder / settings["data"]
    if settings.get("model_class", "lightgbm.basic.Booster") == "lightgbm.basic.Booster":
        import lightgbm

        return predictor_of(lightgbm.Booster(model_file=file), spec)
    return predictor_of(load_serialized(file, settings), spec)
