import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import Schema, TensorSpec
from sklearn.ensemble import RandomForestRegressor
from tests.models import arrival_delay, doubling, flights, pyfunc_of

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.flavors.pyfunc import load_unenforced
from spark_models.registry.fluent import quiet

ROWS = pd.DataFrame({"distance": [1.5, 2.5]})


@pytest.fixture(autouse=True)
def mlflows_log_level() -> Iterator[None]:
    """Loading turns MLflow's log down, which is meant for workers."""
    level = logging.getLogger("mlflow").level
    yield
    logging.getLogger("mlflow").setLevel(level)


def saved(folder: Path, model: Any, **more: Any) -> Path:
    with quiet():
        mlflow.pyfunc.save_model(str(folder), python_model=model, pip_requirements=["mlflow"], **more)
    return folder


def spec_of(**more: Any) -> PredictorSpec:
    return PredictorSpec("doubling version 1", "0", "pyfunc", **more)


def test_it_predicts_what_mlflow_predicts_with_the_parameters_that_were_given(tmp_path: Path) -> None:
    signature = infer_signature(ROWS, np.array([1.0]), params={"factor": 2.0})
    folder = saved(tmp_path / "model", doubling(), signature=signature)
    assert flavors.load(folder, spec_of()).predict(ROWS).tolist() == [3.0, 5.0]
    assert flavors.load(folder, spec_of(params='{"factor": 10.0}')).predict(ROWS).tolist() == [15.0, 25.0]


def test_the_model_config_reaches_the_model(tmp_path: Path) -> None:
    model = pyfunc_of(lambda context, rows, _: (rows["distance"] * context.model_config["factor"]).tolist())
    folder = saved(tmp_path / "model", model, model_config={"factor": 1})
    assert flavors.load(folder, spec_of(model_config='{"factor": 4}')).predict(ROWS) == [6.0, 10.0]


def test_rows_that_mlflow_refuses_for_their_types_alone_are_the_models_to_refuse(tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, rows, _params: rows["hour"].isna().to_numpy())
    hours = pd.DataFrame({"hour": [1, 2]})
    with quiet():
        signature = infer_signature(hours, np.array([True]))
    folder = saved(tmp_path / "model", model, signature=signature)
    nulls = pd.DataFrame({"hour": pd.array([1, None], dtype="Int64")})
    with pytest.raises(MlflowException, match="Failed to enforce schema"):
        flavors.load(folder, spec_of()).predict(nulls)
    assert load_unenforced(folder, spec_of()).predict(nulls).tolist() == [False, True]


def test_rows_that_mlflow_accepts_are_turned_into_tensors_by_it(tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, tensors, _params: np.sum(tensors["x"], axis=1))
    signature = ModelSignature(Schema([TensorSpec(np.dtype(np.float32), (-1, 2), "x")]))
    folder = saved(tmp_path / "model", model, signature=signature)
    rows = pd.DataFrame({"x": [[1.0, 2.0], [3.0, 4.0]]})
    assert load_unenforced(folder, spec_of()).predict(rows).tolist() == [3.0, 7.0]


def test_a_forest_that_is_measured_by_takes_the_tasks_threads(tmp_path: Path) -> None:
    rows = flights()[["distance", "dep_delay"]]
    forest = RandomForestRegressor(n_estimators=3, n_jobs=-1, random_state=0).fit(rows, arrival_delay(rows))
    with quiet():
        mlflow.sklearn.save_model(
            forest, str(tmp_path / "model"), pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        )
    predict: Any = load_unenforced(tmp_path / "model", spec_of(threads=1)).predict
    (model,) = (cell.cell_contents for cell in predict.__closure__ if hasattr(cell.cell_contents, "get_raw_model"))
    assert model.get_raw_model().n_jobs == 1


def test_it_has_no_other_method_than_predict() -> None:
    with pytest.raises(ConfigError, match="no method 'predict_proba'; pyfunc has predict only"):
        flavors.load(Path("nowhere"), spec_of(method="predict_proba"))
