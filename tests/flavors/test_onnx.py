import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from onnx import TensorProto, helper, numpy_helper
from tests.workers import imported, in_a_fresh_python

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.flavors.agreement import disagreement
from spark_models.flavors.onnx import _providers
from spark_models.registry.files import described
from spark_models.registry.fluent import quiet

ROWS = pd.DataFrame({"distance": [100.1, 250.7, np.nan, np.inf], "dep_delay": [3.3, -1.1, 4.0, 5.0]})


def graph(nodes: list[Any], inputs: list[Any], outputs: list[Any], weights: dict[str, Any] | None = None) -> Any:
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()]
    made = helper.make_graph(nodes, "delay", inputs, outputs, tensors)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def floats(name: str, *shape: Any) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def linear() -> Any:
    """One input of two floats a row, one output of one."""
    weights = {"w": np.array([[0.5], [0.25]], dtype=np.float32)}
    node = helper.make_node("MatMul", ["x", "w"], ["delay"])
    return graph([node], [floats("x", None, 2)], [floats("delay", None, 1)], weights)


def summing() -> Any:
    """An input a column, two outputs."""
    nodes = [
        helper.make_node("Add", ["distance", "dep_delay"], ["sum"]),
        helper.make_node("Mul", ["distance", "dep_delay"], ["product"]),
    ]
    return graph(
        nodes, [floats("distance", None), floats("dep_delay", None)], [floats("sum", None), floats("product", None)]
    )


def saved(folder: Path, model: Any, **more: Any) -> Path:
    with quiet():
        mlflow.onnx.save_model(model, str(folder), pip_requirements=["onnxruntime"], **more)
    return folder


def spec_of(folder: Path, **more: Any) -> PredictorSpec:
    settings = described(folder).mlmodel["flavors"]["onnx"]
    return PredictorSpec("delay version 1", "0", "onnx", settings=json.dumps(settings), **more)


def both(folder: Path, rows: Any, **more: Any) -> tuple[Any, Any]:
    return flavors.load(folder, spec_of(folder, **more)).predict(rows), mlflow.pyfunc.load_model(str(folder)).predict(
        rows
    )


@pytest.mark.parametrize(("make", "names"), [(linear, ["delay"]), (summing, ["sum", "product"])])
def test_doubles_go_in_as_floats_and_outputs_are_columns_as_in_pyfunc(
    tmp_path: Path, make: Any, names: list[str]
) -> None:
    ours, theirs = both(saved(tmp_path / "model", make()), ROWS)
    assert isinstance(ours, pd.DataFrame)
    assert list(ours) == names
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    assert ours.isna().any().any()


def test_an_array_goes_in_whole_and_arrays_by_name_come_out(tmp_path: Path) -> None:
    rows = ROWS.to_numpy().astype(np.float32)
    ours, theirs = both(saved(tmp_path / "model", linear()), rows)
    assert disagreement(theirs, ours) is None
    assert ours["delay"].shape == (4, 1)


@pytest.mark.parametrize("values", [[[1.0, 2.0], [3.0, 4.0]], [np.array([1.0, 2.0]), np.array([3.0, 4.0])]])
def test_a_column_of_arrays_is_a_tensor(tmp_path: Path, values: list[Any]) -> None:
    signature = ModelSignature(Schema([TensorSpec(np.dtype(np.float32), (-1, 2), "x")]))
    folder = saved(tmp_path / "model", linear(), signature=signature)
    ours, theirs = both(folder, pd.DataFrame({"x": values}))
    assert disagreement(theirs, ours) is None
    assert ours["delay"].tolist() == [[1.0], [2.5]]


def test_other_types_are_refused_as_pyfunc_refuses_them(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", linear())
    rows = pd.DataFrame({"distance": [1, 2], "dep_delay": [3, 4]})
    for predict in (flavors.load(folder, spec_of(folder)).predict, mlflow.pyfunc.load_model(str(folder)).predict):
        with pytest.raises(Exception, match="Unexpected input data type"):
            predict(rows)


def session(folder: Path, **more: Any) -> Any:
    predict: Any = flavors.load(folder, spec_of(folder, **more)).predict
    return predict.__self__.session


def test_the_owners_session_options_are_kept_but_for_the_number_of_threads(tmp_path: Path) -> None:
    options = {
        "graph_optimization_level": 1,
        "execution_mode": "parallel",
        "intra_op_num_threads": 8,
        "extra_session_config": {"session.set_denormal_as_zero": "1"},
    }
    used = session(saved(tmp_path / "model", linear(), onnx_session_options=options), threads=2).get_session_options()
    assert (used.graph_optimization_level.value, used.execution_mode.name) == (1, "ORT_PARALLEL")
    assert used.get_session_config_entry("session.set_denormal_as_zero") == "1"
    assert used.intra_op_num_threads == 2


def test_one_thread_is_what_it_takes_if_nothing_is_said(tmp_path: Path) -> None:
    assert session(saved(tmp_path / "model", linear())).get_session_options().intra_op_num_threads == 1


@pytest.mark.parametrize("providers", [None, ["NowhereExecutionProvider"], [("CPUExecutionProvider", {"a": "1"})]])
def test_providers_that_are_not_here_are_left_out(tmp_path: Path, providers: Any) -> None:
    folder = saved(tmp_path / "model", linear(), onnx_execution_providers=providers)
    assert session(folder).get_providers() == ["CPUExecutionProvider"]


def test_the_models_providers_are_taken_in_its_order_with_their_options_and_the_cpu_if_there_are_none() -> None:
    available = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    wanted = ["TensorrtExecutionProvider", ["CUDAExecutionProvider", {"device_id": 1}], "CPUExecutionProvider"]
    assert _providers(wanted, available) == [("CUDAExecutionProvider", {"device_id": 1}), "CPUExecutionProvider"]
    assert _providers("CUDAExecutionProvider", available) == ["CUDAExecutionProvider"]
    assert _providers(["TensorrtExecutionProvider"], available) == _providers(None, available) == [available[1]]


def test_it_has_no_other_method_than_predict(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", linear())
    with pytest.raises(ConfigError, match=r"no method 'predict_proba'; it has predict$"):
        flavors.load(folder, spec_of(folder, method="predict_proba"))


def test_weights_that_lie_beside_the_graph_are_found(tmp_path: Path) -> None:
    weights = {"w": np.ones((2, 600), dtype=np.float32)}
    node = helper.make_node("MatMul", ["x", "w"], ["delay"])
    wide = graph([node], [floats("x", None, 2)], [floats("delay", None, 600)], weights)
    folder = saved(tmp_path / "model", wide, save_as_external_data=True, size_threshold=0)
    assert len(list(folder.glob("*"))) > len(list(saved(tmp_path / "other", linear()).glob("*")))
    assert flavors.load(folder, spec_of(folder)).predict(np.ones((1, 2), np.float32))["delay"].tolist() == [[2.0] * 600]


def test_a_worker_that_loads_it_does_not_import_mlflow(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", linear())
    rows = "numpy.zeros((1, 2), dtype='float32')"
    assert in_a_fresh_python([(folder, spec_of(folder))], rows, imported("mlflow", "onnx", "pyspark")) == ["[]"]
