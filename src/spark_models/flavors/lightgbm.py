"""LightGBM, without MLflow: a booster's text file, or an estimator of its scikit-learn API."""

from pathlib import Path

from spark_models.core.predictor import PredictorSpec
from spark_models.flavors.bare import import_bare
from spark_models.flavors.predictor import Predictor, predictor_of
from spark_models.flavors.sklearn import load_serialized

BOOSTER = "lightgbm.basic.Booster"


def load(folder: Path, spec: PredictorSpec) -> Predictor:
    """The booster's or the estimator's own method, as a predictor."""
    settings = spec.flavor_settings
    file = folder / settings["data"]
    if settings.get("model_class", BOOSTER) == BOOSTER:
        # A booster takes the number at each call only: its file wins over what it is made with.
        return predictor_of(import_bare("lightgbm").Booster(model_file=file), spec, num_threads=spec.threads)
    estimator = load_serialized(file, settings)
    import lightgbm

    if isinstance(estimator, lightgbm.LGBMModel):
        # LightGBM's own name wins over n_jobs.
        estimator.set_params(num_threads=spec.threads)
    return predictor_of(estimator, spec)
