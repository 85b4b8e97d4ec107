import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
import xgboost
from mlflow.models import infer_signature
from tests.models import arrival_delay, flights, is_late
from tests.workers import imported, in_a_fresh_python

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.registry.files import described
from spark_models.registry.fluent import quiet

ROWS = flights()[["distance", "dep_delay", "hour"]].astype(float)
SETTINGS: dict[str, Any] = {"max_depth": 2, "nthread": 2, "seed": 0}

# XGBoost's old name of its format, which MLflow still offers.
pytestmark = pytest.mark.filterwarnings("ignore:.*(Unknown file format|UBJSON format as default):UserWarning")


def saved(folder: Path, model: Any, **more: Any) -> Path:
    with quiet():
        mlflow.xgboost.save_model(model, str(folder), pip_requirements=["xgboost"], **more)
    return folder


def booster() -> xgboost.Booster:
    return xgboost.train(SETTINGS, xgboost.DMatrix(ROWS, arrival_delay(ROWS)), num_boost_round=5)


def regressor() -> xgboost.XGBRegressor:
    return xgboost.XGBRegressor(n_estimators=5, max_depth=2).fit(ROWS, arrival_delay(ROWS))


def classifier() -> xgboost.XGBClassifier:
    return xgboost.XGBClassifier(n_estimators=5, max_depth=2).fit(ROWS, is_late(ROWS))


def spec_of(folder: Path, **more: Any) -> PredictorSpec:
    settings = described(folder).mlmodel["flavors"]["xgboost"]
    return PredictorSpec("late version 1", "0", "xgboost", settings=json.dumps(settings), **more)


@pytest.mark.parametrize("make", [booster, regressor, classifier])
@pytest.mark.parametrize("model_format", ["ubj", "json", "xgb"])
def test_each_of_mlflows_formats_predicts_what_pyfunc_predicts_missing_values_included(
    tmp_path: Path, make: Any, model_format: str
) -> None:
    folder = saved(tmp_path / "model", make(), model_format=model_format)
    rows = ROWS.copy()
    rows.loc[::3, "distance"] = np.nan
    ours = flavors.load(folder, spec_of(folder)).predict(rows)
    theirs = mlflow.pyfunc.load_model(str(folder)).predict(rows)
    assert (ours.dtype, ours.tobytes()) == (theirs.dtype, theirs.tobytes())
    assert len(set(ours.tolist())) > 1


def test_the_classifiers_probabilities_are_its_own(tmp_path: Path) -> None:
    model = classifier()
    folder = saved(tmp_path / "model", model)
    ours = flavors.load(folder, spec_of(folder, method="predict_proba")).predict(ROWS)
    assert ours.tobytes() == model.predict_proba(ROWS).tobytes()


@pytest.mark.parametrize("make", [booster, regressor])
def test_columns_of_other_names_are_refused_as_pyfunc_refuses_them(tmp_path: Path, make: Any) -> None:
    folder = saved(tmp_path / "model", make())
    with pytest.raises(ValueError, match="feature_names mismatch"):
        flavors.load(folder, spec_of(folder)).predict(ROWS.rename(columns={"hour": "minute"}))


@pytest.mark.parametrize("make", [booster, regressor, classifier])
def test_parameters_are_xgboosts_own_and_others_are_left_out_as_in_mlflow(tmp_path: Path, make: Any) -> None:
    params = {"output_margin": True, "threshold": 0.5}
    signature = infer_signature(ROWS, np.array([1.0]), params={"output_margin": False, "threshold": 0.0})
    folder = saved(tmp_path / "model", make(), signature=signature)
    ours = flavors.load(folder, spec_of(folder, params=json.dumps(params))).predict(ROWS)
    assert ours.tobytes() == mlflow.pyfunc.load_model(str(folder)).predict(ROWS, params=params).tobytes()
    if make is classifier:
        assert set(ours.tolist()) - {0.0, 1.0}


def test_a_booster_has_no_probabilities_and_says_what_it_has(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", booster())
    with pytest.raises(ConfigError, match=r"no method 'predict_proba'; it has predict$"):
        flavors.load(folder, spec_of(folder, method="predict_proba"))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("make", [booster, classifier])
def test_it_takes_the_tasks_threads_and_predicts_the_same(tmp_path: Path, make: Any, threads: int) -> None:
    folder = saved(tmp_path / "model", make())
    predictor = flavors.load(folder, spec_of(folder, threads=threads))
    assert predictor.predict(ROWS).tobytes() == mlflow.pyfunc.load_model(str(folder)).predict(ROWS).tobytes()
    model: Any = getattr(predictor.predict, "__self__", None)
    used = model.booster if make is booster else model.get_booster()
    assert json.loads(used.save_config())["learner"]["generic_param"]["nthread"] == str(threads)


def test_a_worker_that_loads_them_does_not_import_mlflow(tmp_path: Path) -> None:
    folders = [saved(tmp_path / make.__name__, make()) for make in (booster, classifier)]
    models = [(folder, spec_of(folder)) for folder in folders]
    rows = "pandas.DataFrame({'distance': [1.0], 'dep_delay': [2.0], 'hour': [3.0]})"
    assert in_a_fresh_python(models, rows, imported("mlflow", "pyspark")) == ["[]", "[]"]
