import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tests.models import arrival_delay, flights, is_late
from tests.workers import imported, in_a_fresh_python

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.registry.files import described
from spark_models.registry.fluent import quiet

ROWS = flights()[["distance", "dep_delay"]]


def saved(folder: Path, model: Any, **more: Any) -> Path:
    arguments = {"pip_requirements": ["scikit-learn"], "serialization_format": "cloudpickle", **more}
    with quiet():
        mlflow.sklearn.save_model(model, str(folder), **arguments)
    return folder


def spec_of(folder: Path, **more: Any) -> PredictorSpec:
    described_flavors = described(folder).mlmodel["flavors"]
    settings = described_flavors["sklearn"] | {
        name: described_flavors["python_function"].get(name) for name in ("code", "predict_fn")
    }
    return PredictorSpec("late version 1", "0", "sklearn", settings=json.dumps(settings), **more)


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    return saved(tmp_path / "model", LogisticRegression().fit(ROWS, is_late(ROWS)))


@pytest.mark.parametrize("serialization", ["cloudpickle", "pickle", "skops"])
def test_each_of_mlflows_formats_predicts_what_pyfunc_predicts(tmp_path: Path, serialization: str) -> None:
    model = Ridge().fit(ROWS, arrival_delay(ROWS))
    folder = saved(tmp_path / "model", model, serialization_format=serialization)
    ours = flavors.load(folder, spec_of(folder)).predict(ROWS)
    assert ours.tobytes() == mlflow.pyfunc.load_model(str(folder)).predict(ROWS).tobytes()


def whole_pipeline() -> Any:
    """Text encoded and numbers scaled; the encoder keeps a type that skops does not trust by itself."""
    table = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["carrier"]),
        (make_pipeline(SimpleImputer(), StandardScaler()), ["distance", "dep_delay"]),
        remainder="passthrough",
    )
    rows = flights()
    return make_pipeline(table, Ridge()).fit(rows, arrival_delay(rows))


TRUSTED = ["numpy.dtype"]


@pytest.mark.parametrize(
    "more", [{}, {"serialization_format": "skops", "skops_trusted_types": TRUSTED}], ids=["cloudpickle", "skops"]
)
def test_a_pipeline_of_column_transformers_predicts_what_pyfunc_predicts(tmp_path: Path, more: dict[str, Any]) -> None:
    folder = saved(tmp_path / "model", whole_pipeline(), **more)
    rows = flights()
    rows.loc[::3, "distance"], rows.loc[::4, "carrier"] = np.nan, "unseen"
    ours = flavors.load(folder, spec_of(folder)).predict(rows)
    assert ours.tobytes() == mlflow.pyfunc.load_model(str(folder)).predict(rows).tobytes()


def test_types_that_the_mlmodel_file_does_not_trust_are_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", whole_pipeline(), serialization_format="skops", skops_trusted_types=TRUSTED)
    spec = spec_of(folder)
    settings = dict(spec.flavor_settings) | {"skops_trusted_types": None}
    with pytest.raises(TypeError, match="Untrusted types"):
        flavors.load(folder, replace(spec, settings=json.dumps(settings)))


def test_another_method_is_the_estimators_own(classifier: Path) -> None:
    ours = flavors.load(classifier, spec_of(classifier, method="predict_proba")).predict(ROWS)
    assert ours.tobytes() == mlflow.sklearn.load_model(str(classifier)).predict_proba(ROWS).tobytes()


def test_predict_is_what_the_models_owner_chose_for_pyfunc(tmp_path: Path) -> None:
    model = LogisticRegression().fit(ROWS, is_late(ROWS))
    folder = saved(tmp_path / "model", model, pyfunc_predict_fn="predict_proba")
    ours = flavors.load(folder, spec_of(folder)).predict(ROWS)
    assert ours.tobytes() == mlflow.pyfunc.load_model(str(folder)).predict(ROWS).tobytes()
    assert ours.shape == (60, 2)


def test_an_unknown_method_is_refused_with_those_that_there_are(classifier: Path) -> None:
    with pytest.raises(ConfigError, match=r"no method 'transform'; it has predict, predict_proba, .*decision_function"):
        flavors.load(classifier, spec_of(classifier, method="transform"))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_estimator_takes_the_tasks_threads(tmp_path: Path, threads: int) -> None:
    model = RandomForestRegressor(n_estimators=3, n_jobs=-1, random_state=0).fit(ROWS, arrival_delay(ROWS))
    folder = saved(tmp_path / "model", model)
    predict: Any = flavors.load(folder, spec_of(folder, threads=threads)).predict
    assert predict.__self__.n_jobs == threads


def test_parameters_are_refused_since_no_method_takes_them(classifier: Path) -> None:
    with pytest.raises(ConfigError, match="take no params"):
        flavors.load(classifier, spec_of(classifier, params='{"threshold": 0.5}'))


def test_mlflows_switch_against_pickles_holds_here_too(classifier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(ConfigError, match="MLFLOW_ALLOW_PICKLE_DESERIALIZATION"):
        flavors.load(classifier, spec_of(classifier))


def with_code(folder: Path, shift: int) -> Path:
    """A model whose class lies in a module that only comes with the model."""
    module = folder / "shifting.py"
    folder.mkdir()
    module.write_text(f"class Shift:\n    def predict(self, rows):\n        return rows['distance'] + {shift}\n")
    model = saved(folder / "model", Ridge(), code_paths=[str(module)])
    # A pickle of shifting.Shift(), which cannot be imported here.
    (model / "model.pkl").write_bytes(b"cshifting\nShift\n)R.")
    return model


def test_code_that_was_logged_with_a_model_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    one, other = with_code(tmp_path / "one", 1), with_code(tmp_path / "other", 2)
    predictors = [flavors.load(folder, spec_of(folder)) for folder in (one, other)]
    shifts = [float(np.mean(predictor.predict(ROWS) - ROWS["distance"])) for predictor in predictors]
    assert shifts == pytest.approx([1.0, 2.0])


def test_a_worker_that_loads_it_imports_neither_mlflow_nor_spark(classifier: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    ROWS.head(2).to_json(rows, orient="records")
    given = f"pandas.DataFrame(json.load(open({str(rows)!r})))"
    models = [(classifier, spec_of(classifier))]
    assert in_a_fresh_python(models, given, imported("mlflow", "pyspark", "pydantic")) == ["[]"]


def test_a_flavor_without_a_file_of_its_own_is_pyfuncs() -> None:
    names = ("sklearn", "lightgbm", "xgboost", "onnx", "catboost", "pyfunc")
    assert [flavors.predicting_flavor(name) for name in names] == [*names[:4], "pyfunc", "pyfunc"]


def test_missing_values_reach_the_estimator_as_they_are(tmp_path: Path) -> None:
    rows = pd.DataFrame({"distance": [1.0, np.nan], "dep_delay": [2.0, 3.0]})

    class Seen:
        def predict(self, given: pd.DataFrame) -> Any:
            return given["distance"].isna().to_numpy()

    folder = saved(tmp_path / "model", Seen())
    assert flavors.load(folder, spec_of(folder)).predict(rows).tolist() == [False, True]
