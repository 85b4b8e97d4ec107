import json
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pytest
from tests.models import arrival_delay, flights, is_late
from tests.workers import imported, in_a_fresh_python

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.registry.files import described
from spark_models.registry.fluent import quiet

ROWS = flights()[["distance", "dep_delay", "hour"]].astype(float)
SETTINGS: dict[str, Any] = {"num_leaves": 4, "min_data_in_leaf": 2, "verbosity": -1, "num_threads": 1, "seed": 0}


def saved(folder: Path, model: Any, **more: Any) -> Path:
    arguments = {"pip_requirements": ["lightgbm"], "serialization_format": "cloudpickle", **more}
    with quiet():
        mlflow.lightgbm.save_model(model, str(folder), **arguments)
    return folder


def booster() -> lightgbm.Booster:
    return lightgbm.train(SETTINGS, lightgbm.Dataset(ROWS, arrival_delay(ROWS)), num_boost_round=5)


def classifier() -> lightgbm.LGBMClassifier:
    return lightgbm.LGBMClassifier(n_estimators=5, **SETTINGS).fit(ROWS, is_late(ROWS))


def spec_of(folder: Path, **more: Any) -> PredictorSpec:
    settings = described(folder).mlmodel["flavors"]["lightgbm"]
    return PredictorSpec("late version 1", "0", "lightgbm", settings=json.dumps(settings), **more)


@pytest.mark.parametrize("make", [booster, classifier])
def test_it_predicts_what_pyfunc_predicts_missing_values_included(tmp_path: Path, make: Any) -> None:
    folder = saved(tmp_path / "model", make())
    rows = ROWS.copy()
    rows.loc[::3, "distance"] = np.nan
    ours = flavors.load(folder, spec_of(folder)).predict(rows)
    assert ours.tobytes() == mlflow.pyfunc.load_model(str(folder)).predict(rows).tobytes()


def test_an_estimator_that_skops_wrote_is_loaded_with_the_types_that_the_mlmodel_file_trusts(tmp_path: Path) -> None:
    trusted = ["collections.OrderedDict", "lightgbm.basic.Booster", "lightgbm.sklearn.LGBMClassifier"]
    folder = saved(tmp_path / "model", classifier(), serialization_format="skops", skops_trusted_types=trusted)
    ours = flavors.load(folder, spec_of(folder)).predict(ROWS)
    assert ours.tobytes() == mlflow.pyfunc.load_model(str(folder)).predict(ROWS).tobytes()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_an_estimator_takes_the_tasks_threads_and_predicts_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, threads: int
) -> None:
    model = lightgbm.LGBMClassifier(n_estimators=5, n_jobs=8, **SETTINGS | {"num_threads": 7})
    model.fit(ROWS, is_late(ROWS))
    folder = saved(tmp_path / "model", model)
    predictor = flavors.load(folder, spec_of(folder, method=method, threads=threads))
    used = threads_used(monkeypatch)
    ours = predictor.predict(ROWS)
    assert used == [threads]
    assert ours.tobytes() == np.asarray(getattr(model, method)(ROWS)).tobytes()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_booster_takes_the_tasks_threads_and_predicts_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    model = booster()
    folder = saved(tmp_path / "model", model)
    predictor = flavors.load(folder, spec_of(folder, threads=threads))
    used = threads_used(monkeypatch)
    ours = predictor.predict(ROWS)
    assert used == [threads]
    assert ours.tobytes() == np.asarray(model.predict(ROWS)).tobytes()


def threads_used(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What each prediction from now on says of threads to LightGBM's library."""
    used: list[Any] = []
    predictor = lightgbm.basic._InnerPredictor
    made = predictor.from_booster

    def seen(*args: Any, **kwargs: Any) -> Any:
        used.append(kwargs["pred_parameter"].get("num_threads"))
        return made(*args, **kwargs)

    monkeypatch.setattr(predictor, "from_booster", seen)
    return used


def test_the_classifiers_probabilities_are_its_own(tmp_path: Path) -> None:
    model = classifier()
    folder = saved(tmp_path / "model", model)
    ours = flavors.load(folder, spec_of(folder, method="predict_proba")).predict(ROWS)
    assert ours.tobytes() == np.asarray(model.predict_proba(ROWS)).tobytes()


def test_a_booster_has_no_probabilities_and_says_what_it_has(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", booster())
    with pytest.raises(ConfigError, match=r"no method 'predict_proba'; it has predict$"):
        flavors.load(folder, spec_of(folder, method="predict_proba"))


def test_a_worker_imports_scikit_learn_for_an_estimator_only_and_mlflow_for_none(tmp_path: Path) -> None:
    folders = [saved(tmp_path / make.__name__, make()) for make in (booster, classifier)]
    models = [(folder, spec_of(folder)) for folder in folders]
    told = in_a_fresh_python(models, "numpy.zeros((1, 3))", imported("mlflow", "pyspark", "sklearn"))
    assert told == ["[]", "['sklearn']"]
