import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import Array, Map, Object, Property

from spark_models.core.signature import Field, Signature, Tensor, signature_from_mlmodel


def read(signature: Any) -> Signature:
    found = signature_from_mlmodel(signature.to_dict())
    assert found is not None
    return found


def test_columns_have_the_spark_types_that_hold_them_exactly() -> None:
    rows = pd.DataFrame(
        {
            "boolean": [True],
            "integer": np.array([1], dtype="int32"),
            "long": np.array([1], dtype="int64"),
            "float": np.array([1], dtype="float32"),
            "double": [1.5],
            "string": ["a"],
            "binary": [b"a"],
            "datetime": [np.datetime64("2013-01-01", "ns")],
        }
    )
    types = {str(field.name): field.column_type for field in read(infer_signature(rows[["double", "string"]])).inputs}
    assert types == {"double": "double", "string": "string"}
    schema = Schema([ColSpec(DataType[name], name) for name in map(str, rows)])
    entry = {"inputs": schema.to_json()}
    found = signature_from_mlmodel(entry)
    assert found is not None
    assert [spec.column_type for spec in found.inputs] == [
        "boolean",
        "int",
        "bigint",
        "float",
        "double",
        "string",
        "binary",
        "timestamp",
    ]


def test_arrays_maps_and_objects_nest() -> None:
    example = pd.DataFrame({"tags": [["a"]], "place": [{"lat": 1.5, "city": "x"}]})
    types = {field.name: field.column_type for field in read(infer_signature(example)).inputs}
    assert types == {"tags": "array<string>", "place": "struct<city:string,lat:double>"}


def test_an_objects_optional_properties_are_told_by_their_paths() -> None:
    room = Object([Property("no", DataType.long), Property("size in feet", DataType.double, required=False)])
    house = Object([Property("rooms", Array(room), required=False), Property("by name", Map(room))])
    entry = {"inputs": Schema([ColSpec(house, "house")]).to_json()}
    found = signature_from_mlmodel(entry)
    assert found is not None
    inner = "struct<no:bigint,`size in feet`:double>"
    assert found.inputs[0].column_type == f"struct<`by name`:map<string,{inner}>,rooms:array<{inner}>>"
    assert found.inputs[0].optional == {".rooms", ".rooms[].size in feet", ".by name{}.size in feet"}


def test_a_tensor_has_arrays_for_its_dimensions_besides_the_rows() -> None:
    signature = read(infer_signature(np.zeros((2, 3, 4), dtype="float32"), np.zeros(2)))
    assert signature.inputs == (Tensor(None, "float", (-1, 3, 4), "float32"),)
    assert signature.inputs[0].column_type == "array<array<float>>"
    assert signature.is_tensor
    assert signature.outputs[0].column_type == "double"


def test_named_tensors_are_columns() -> None:
    signature = read(infer_signature({"a": np.zeros((2, 3)), "b": np.zeros(2)}))
    assert not signature.is_tensor
    assert [(spec.name, spec.column_type) for spec in signature.inputs] == [("a", "array<double>"), ("b", "double")]


def test_positions_stand_in_for_names_that_are_missing() -> None:
    assert Signature(inputs=(Field(None, "double"), Field(None, "double"))).input_names == ("0", "1")


def test_parameters_come_with_their_defaults() -> None:
    params = ParamSchema([ParamSpec("factor", DataType.double, 2.0)])
    entry = {"inputs": Schema([ColSpec(DataType.double, "a")]).to_json(), "params": params.to_json()}
    found = signature_from_mlmodel(entry)
    assert found is not None
    assert found.params == {"factor": 2.0}


@pytest.mark.parametrize("entry", [None, {}, {"inputs": None, "outputs": json.dumps([{"type": "double"}])}])
def test_without_inputs_there_is_no_signature(entry: dict[str, Any] | None) -> None:
    assert signature_from_mlmodel(entry) is None


def test_specs_are_told_in_one_line() -> None:
    assert str(Field("a", "double", required=False)) == "a: double (optional)"
    assert str(Tensor(None, "float", (-1, 3))) == "(unnamed): tensor of float (-1, 3)"
