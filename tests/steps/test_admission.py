"""Which predictor scores a model: the native one only where it was seen to do what pyfunc does."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from mlflow.models import infer_signature
from pyspark.sql import types as T
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tests.models import arrival_delay, flights, is_late

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError, SessionError
from spark_models.flavors import pyfunc
from spark_models.registry.files import ModelFiles, described
from spark_models.registry.fluent import quiet
from spark_models.steps import admission
from spark_models.steps.prepare import Call, PreparedModel, prepare

FLIGHTS = flights()
NUMBERS = FLIGHTS[["distance", "dep_delay"]]
OTHER_NUMPY = ["mlflow", "numpy==0.0.1"]
DIFFERS = f"this Python has numpy {np.__version__}, the model asks for 0.0.1"


@pytest.fixture(autouse=True)
def no_verdicts() -> Iterator[None]:
    """Models are the same, byte by byte, from one test to the next."""
    admission._verdict.cache_clear()
    yield
    admission._verdict.cache_clear()


def saved(folder: Path, model: Any, rows: pd.DataFrame = NUMBERS, **more: Any) -> ModelFiles:
    flavor = mlflow.xgboost if isinstance(model, xgboost.XGBModel) else mlflow.sklearn
    pickled = {} if flavor is mlflow.xgboost else {"serialization_format": "cloudpickle"}
    with quiet():
        signature = infer_signature(rows, model.predict(rows))
        arguments = {"signature": signature, "input_example": rows.head(3), "pip_requirements": ["mlflow"], **pickled}
        flavor.save_model(model, str(folder), **arguments | more)
    return described(folder)


def prepared(files: ModelFiles, **call: Any) -> PreparedModel:
    return prepare(None, files, Call(result_type=T.DoubleType(), **call), "late")


def margins(folder: Path) -> ModelFiles:
    """A model of which pyfunc gives margins, by the default of a parameter, and XGBoost itself does not."""
    model = xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(NUMBERS, is_late(NUMBERS))
    signature = infer_signature(NUMBERS, np.array([0.5]), params={"output_margin": True})
    return saved(folder, model, signature=signature)


def test_a_native_predictor_that_does_what_pyfunc_does_is_taken(tmp_path: Path) -> None:
    model = prepared(saved(tmp_path / "model", Ridge().fit(NUMBERS, arrival_delay(NUMBERS))))
    assert (model.spec.flavor, model.reason) == ("sklearn", None)


def test_one_that_predicts_something_else_is_not_and_the_reason_is_kept(tmp_path: Path) -> None:
    files = margins(tmp_path / "model")
    model = prepared(files)
    assert model.spec.flavor == "pyfunc"
    assert model.reason == "on the input example: the values are int64 instead of float32"
    ours = flavors.load(files.path, model.spec).predict(NUMBERS)
    assert ours.tolist() == mlflow.pyfunc.load_model(str(files.path)).predict(NUMBERS).tolist()


def test_a_model_without_an_input_example_is_tried_on_made_up_rows(tmp_path: Path) -> None:
    encoded = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["carrier"]), remainder="passthrough")
    model = make_pipeline(encoded, Ridge()).fit(FLIGHTS, arrival_delay(FLIGHTS))
    assert prepared(saved(tmp_path / "model", model, FLIGHTS, input_example=None)).spec.flavor == "sklearn"


def test_rows_that_mlflow_refuses_for_their_types_alone_do_not_count_against_it(tmp_path: Path) -> None:
    rows = FLIGHTS[["hour", "distance"]]
    model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(rows, is_late(FLIGHTS))
    nulls = pd.DataFrame({"hour": pd.array([1, None], dtype="Int64"), "distance": [1.0, 2.0]})
    files = saved(tmp_path / "model", model, rows)
    with pytest.raises(mlflow.MlflowException), quiet():
        mlflow.pyfunc.load_model(str(files.path)).predict(nulls)
    assert prepared(files).reason is None


def test_a_model_that_refuses_all_rows_that_can_be_made_up_goes_the_safe_way(tmp_path: Path) -> None:
    encoded = make_column_transformer((OneHotEncoder(), ["carrier"]), remainder="passthrough")
    model = make_pipeline(encoded, Ridge()).fit(FLIGHTS, arrival_delay(FLIGHTS))
    found = prepared(saved(tmp_path / "model", model, FLIGHTS, input_example=None))
    assert found.spec.flavor == "pyfunc"
    assert "log the model with an input example" in str(found.reason)


def test_files_that_were_checked_once_are_not_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[PredictorSpec] = []
    load = pyfunc.load_unenforced

    def counted(folder: Path, spec: PredictorSpec) -> Any:
        loaded.append(spec)
        return load(folder, spec)

    monkeypatch.setattr(pyfunc, "load_unenforced", counted)
    files = margins(tmp_path / "model")
    first = prepared(files)
    fetched = described(Path(shutil.copytree(files.path, tmp_path / "fetched again")))
    again = prepare(None, fetched, Call(result_type=T.DoubleType()), "late under another name")
    assert (first.reason, first.spec.flavor) == (again.reason, again.spec.flavor)
    assert again.spec.model == "late under another name"
    assert len(loaded) == 1
    prepared(files, params={"output_margin": False})
    assert len(loaded) == 2


def test_another_method_is_the_librarys_own_and_has_nothing_to_be_checked_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyfunc, "load_unenforced", None)
    model = prepared(margins(tmp_path / "model"), method="predict_proba")
    assert (model.spec.flavor, model.reason) == ("xgboost", None)


def test_a_predictor_that_cannot_be_loaded_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path, spec: PredictorSpec) -> Any:
        raise KeyError(folder, spec)

    files = saved(tmp_path / "model", Ridge().fit(NUMBERS, arrival_delay(NUMBERS)), pip_requirements=OTHER_NUMPY)
    monkeypatch.setattr(flavors, "load", broken)
    model = prepared(files)
    assert (model.spec.flavor, model.reason) == ("pyfunc", f"it cannot be tried: KeyError; {DIFFERS}")


def test_a_missing_library_and_parameters_that_nothing_takes_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Ridge().fit(NUMBERS, arrival_delay(NUMBERS))
    signature = infer_signature(NUMBERS, np.array([0.5]), params={"threshold": 0.5})
    files = saved(tmp_path / "model", model, signature=signature, pip_requirements=OTHER_NUMPY)
    with pytest.raises(ConfigError, match="take no params"):
        prepared(files, params={"threshold": 0.4})

    def missing(folder: Path, spec: PredictorSpec) -> Any:
        raise ModuleNotFoundError(f"{folder} {spec}", name="sklearn")

    monkeypatch.setattr(flavors, "load", missing)
    with pytest.raises(SessionError, match="no module 'sklearn'") as caught:
        prepared(files)
    assert caught.value.problems[1:] == (DIFFERS,)
