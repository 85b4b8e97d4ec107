import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature
from tests.models import doubling, pyfunc_of

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
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


def test_it_has_no_other_method_than_predict() -> None:
    with pytest.raises(ConfigError, match="no method 'predict_proba'; pyfunc has predict only"):
        flavors.load(Path("nowhere"), spec_of(method="predict_proba"))
