from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

from spark_models.errors import ConfigError
from spark_models.registry.files import ModelFiles, described
from spark_models.registry.metadata import checked_params

PARAMS = ParamSchema(
    [
        ParamSpec("factor", "double", 2.0),
        ParamSpec("hour", "integer", 1),
        ParamSpec("since", "datetime", np.datetime64("2013-01-01")),
        ParamSpec("names", "string", ["a"], (-1,)),
    ]
)


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    """The files of a model, of which only the MLmodel file matters here."""
    signature = ModelSignature(Schema([ColSpec("double", "distance")]), params=PARAMS)
    Model(signature=signature).save(str(tmp_path / "MLmodel"))
    return described(tmp_path)


@pytest.mark.parametrize(
    ("given", "checked"),
    [
        ({}, {}),
        ({"factor": 3}, {"factor": 3.0}),
        ({"factor": np.float64(3), "hour": np.int32(4)}, {"factor": 3.0, "hour": 4}),
        ({"since": datetime(2013, 1, 2, 3)}, {"since": "2013-01-02T03:00:00"}),  # noqa: DTZ001  # MLflow's have no zone
        ({"since": "2013-01-02"}, {"since": "2013-01-02"}),
        ({"names": ["b", "c"]}, {"names": ["b", "c"]}),
        ({"hour": None}, {"hour": None}),
    ],
)
def test_values_are_what_mlflow_makes_of_them(files: ModelFiles, given: Any, checked: Any) -> None:
    found = checked_params("delay version 1", files, given)
    assert found == checked
    assert list(map(type, found.values())) == list(map(type, checked.values()))


def test_unknown_names_and_values_of_another_type_are_refused_together(files: ModelFiles) -> None:
    given = {"factr": 3.0, "factor": "much", "hour": 1.5, "since": "noon", "names": "a"}
    with pytest.raises(ConfigError) as caught:
        checked_params("delay version 1", files, given)
    names = "factor, hour, since, names"
    assert caught.value.problems == (
        f"params: 'factr' is not a parameter of the model; did you mean 'factor'? (its parameters: {names})",
        "params: 'factor' takes one double; 'much' is not one",
        "params: 'hour' takes one integer; 1.5 is not one",
        "params: 'since' takes one datetime; 'noon' is not one",
        "params: 'names' takes a list of string; 'a' is not one",
    )


def test_a_model_without_parameters_takes_none(tmp_path: Path) -> None:
    Model(signature=ModelSignature(Schema([ColSpec("double", "distance")]))).save(str(tmp_path / "MLmodel"))
    with pytest.raises(ConfigError, match="'factor' is not a parameter"):
        checked_params("delay version 1", described(tmp_path), {"factor": 1.0})
