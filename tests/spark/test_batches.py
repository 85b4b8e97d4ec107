import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.arrays import ArrowExtensionArray
from pydantic import BaseModel
from scipy import sparse

from spark_models.core.plan import PlannedInput
from spark_models.errors import DataError, SchemaError
from spark_models.spark.batches import arrow_columns, model_input

DOUBLES = (("prediction", pa.float64()),)


class OnlyAnArray:
    """What numpy takes for an array, as it does other libraries' tensors."""

    def __len__(self) -> int:
        return 2

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array([1.0, 2.0])


class Delay(BaseModel):
    """A prediction of a model that is typed."""

    minutes: float
    late: bool | None = None


def one(predictions: Any, kind: pa.DataType) -> pa.Array:
    return arrow_columns(predictions, len(predictions), [("prediction", kind)])[0]


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("double", "float64"), ("float", "float32"), ("bigint", "int64"), ("int", "int32"), ("boolean", "bool")],
)
def test_columns_have_the_signatures_types(kind: str, dtype: str) -> None:
    planned = PlannedInput("a", "a", kind)
    given = pd.Series([True, False] if kind == "boolean" else [1, 0])
    assert model_input([planned], [given], tensor=False)["a"].dtype == dtype


@pytest.mark.parametrize(("kind", "dtype"), [("bigint", "Int64"), ("int", "Int32"), ("boolean", "boolean")])
def test_nulls_keep_integers_integers_and_booleans_booleans(kind: str, dtype: str) -> None:
    spark_gives = pd.Series([True, None], dtype=object) if kind == "boolean" else pd.Series([1.0, math.nan])
    column = model_input([PlannedInput("a", "a", kind)], [spark_gives], tensor=False)["a"]
    assert column.dtype == dtype
    assert column.isna().tolist() == [False, True]


def test_inputs_are_named_and_ordered_as_the_signature_has_them() -> None:
    inputs = [PlannedInput("b", "x", "string"), PlannedInput("a", "y", "double")]
    frame = model_input(inputs, [pd.Series(["u", None]), pd.Series([1.0, math.nan])], tensor=False)
    assert list(frame) == ["b", "a"]
    assert frame["b"].tolist() == ["u", None]


def test_a_struct_reaches_the_model_as_dicts() -> None:
    planned = [PlannedInput("place", "place", "struct<lat:double>"), PlannedInput("a", "a", "double")]
    frame = model_input(planned, [pd.DataFrame({"lat": [1.0, 2.0]}), pd.Series([0.0, 0.0])], tensor=False)
    assert frame["place"].tolist() == [{"lat": 1.0}, {"lat": 2.0}]


def test_whole_numbers_beside_nulls_are_exact_in_structs_and_maps() -> None:
    kind = "struct<far:boolean,hour:bigint,items:array<bigint>>"
    values = [{"far": None, "hour": 2**53 + 1, "items": [2**53 + 1, None]}, {"far": True, "hour": None, "items": None}]
    given = pa.array(values, pa.struct([("far", pa.bool_()), ("hour", pa.int64()), ("items", pa.list_(pa.int64()))]))
    [first, second] = model_input([PlannedInput("a", "a", kind)], [given], tensor=False)["a"]
    assert {**first, "items": first["items"].tolist()} == values[0]
    assert second == values[1]
    by_name = pa.array([[("a", 2**53 + 1), ("b", None)]], pa.map_(pa.string(), pa.int64()))
    [only] = model_input([PlannedInput("a", "a", "map<string,bigint>")], [by_name], tensor=False)["a"]
    assert only == {"a": 2**53 + 1, "b": None}


def test_a_struct_of_pandas_keeps_whole_numbers_and_booleans_beside_nulls() -> None:
    planned = [PlannedInput("a", "a", "struct<far:boolean,hour:bigint,x:double>")]
    spark_gives = pd.DataFrame({"far": [True, None], "hour": [math.nan, 3.0], "x": [1.5, 2.5]}).astype({"far": object})
    found = model_input(planned, [spark_gives], tensor=False)["a"].tolist()
    assert found == [{"far": True, "hour": None, "x": 1.5}, {"far": None, "hour": 3, "x": 2.5}]
    assert type(found[1]["hour"]) is int
    with pytest.raises(SchemaError, match="numbers that are no doubles"):
        model_input(planned, [spark_gives.assign(hour=[math.nan, 2.0**53])], tensor=False)


@pytest.mark.parametrize("values", [[[1.0, 2.0], [3.0, 4.0]], [[1.0], [3.0, 4.0]]], ids=["as long", "shorter"])
def test_arrays_reach_the_model_one_a_row(values: list[list[float]]) -> None:
    planned = [PlannedInput("a", "a", "array<double>"), PlannedInput("b", "b", "double")]
    for column in (pa.array(values), pd.Series([np.array(value) for value in values])):
        frame = model_input(planned, [column, pd.Series([1.0, 2.0])], tensor=False)
        assert [array.tolist() for array in frame["a"]] == values
        alone = model_input(planned[:1], [column], tensor=False)
        assert [array.tolist() for array in alone["a"]] == values


def test_a_column_of_another_type_is_refused_without_its_values() -> None:
    with pytest.raises(
        SchemaError, match="the column for 'a' is string, the model needs double: cast it first"
    ) as caught:
        model_input([PlannedInput("a", "a", "double")], [pd.Series(["secret"])], tensor=False)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("given", "kind", "dtype"),
    [
        *((pd.Series([-3, 3], dtype=source), "bigint", "int64") for source in ("int8", "int16", "int32", "Int32")),
        *((pd.Series([-3, 3], dtype=source), "double", "float64") for source in ("int32", "int64", "Int64", "float32")),
        *((pd.Series([2**24, -(2**31)], dtype=source), "float", "float32") for source in ("int32", "int64", "float64")),
        (pd.Series([2**53, -(2**63)]), "double", "float64"),
        (pd.Series([2**31 - 1, -(2**31)]), "int", "int32"),
        (pd.Series([2.0**31 - 1, -(2.0**31)]), "int", "int32"),
        (pd.Series([2.0**62, -(2.0**63)], dtype="float32"), "bigint", "int64"),
        (pd.Series([Decimal("2.00"), Decimal(2**53 + 1)]), "bigint", "int64"),
    ],
    ids=lambda value: f"{value.dtype}" if isinstance(value, pd.Series) else value,
)
def test_numbers_of_another_type_are_the_same_in_the_models(given: pd.Series, kind: str, dtype: str) -> None:
    found = model_input([PlannedInput("a", "a", kind)], [given], tensor=False)["a"]
    assert found.dtype == dtype
    assert [int(value) for value in found] == [int(value) for value in given]


def test_decimals_are_the_nearest_doubles_nan_stays_and_dates_are_times() -> None:
    inputs = [PlannedInput("a", "a", "double"), PlannedInput("b", "b", "float"), PlannedInput("c", "c", "timestamp")]
    columns = [
        pd.Series([Decimal("1.1"), None]),
        pd.Series([math.nan, -math.inf]),
        pd.Series([date(2013, 1, 2), None], dtype=object),
    ]
    frame = model_input(inputs, columns, tensor=False)
    assert [str(dtype) for dtype in frame.dtypes] == ["float64", "float32", "datetime64[ns]"]
    expected = pd.DataFrame(
        {"a": [1.1, math.nan], "b": [math.nan, -math.inf], "c": [pd.Timestamp("2013-01-02"), pd.NaT]}
    )
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


NOT_ALL = "and some of its values are no {}, which the model needs: cast it first"


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (pd.Series([1.0, 2.7]), "int", f"is double, {NOT_ALL}"),
        (pd.Series([2.0**31]), "int", f"is double, {NOT_ALL}"),
        (pd.Series([2.0**31], dtype="float32"), "int", f"is float, {NOT_ALL}"),
        (pd.Series([2**40 + 5, 3]), "int", f"is bigint, {NOT_ALL}"),
        (pd.Series([2**40 + 5, None], dtype="Int64"), "int", f"is bigint, {NOT_ALL}"),
        (pd.Series([2.7, None]), "bigint", f"is double, {NOT_ALL}"),
        (pd.Series([math.inf]), "bigint", f"is double, {NOT_ALL}"),
        (pd.Series([2.0**63], dtype="float32"), "bigint", f"is float, {NOT_ALL}"),
        (pd.Series([2**53 + 1, 1]), "double", f"is bigint, {NOT_ALL}"),
        (pd.Series([2**63 - 1]), "double", f"is bigint, {NOT_ALL}"),
        (pd.Series([2**24 + 1], dtype="int32"), "float", f"is int, {NOT_ALL}"),
        (pd.Series([1e300]), "float", f"is double, {NOT_ALL}"),
        (pd.Series([0.1]), "float", f"is double, {NOT_ALL}"),
        (pd.Series([Decimal("2.7"), None]), "bigint", f"is decimal, {NOT_ALL}"),
        *((pd.Series(["1"]), kind, "is string, the model needs {}: cast") for kind in ("int", "double", "boolean")),
        *(
            (pd.Series([0, 1]), kind, "is bigint, the model needs {}: cast")
            for kind in ("boolean", "string", "timestamp")
        ),
        (pd.Series([True]), "double", "is boolean, the model needs {}: cast"),
        (pd.Series([None, True]), "bigint", "is boolean, the model needs {}: cast"),
        (pd.Series([1.5]), "string", "is double, the model needs {}: cast"),
        (pd.Series([b"a"]), "string", "is binary, the model needs {}: cast"),
        (pd.Series(pd.to_datetime(["2020-01-01"])), "bigint", "is timestamp, the model needs {}: cast"),
        (pd.Series(["2020-01-01"]), "timestamp", "is string, the model needs {}: cast"),
        (pd.Series([date(2020, 1, 1)]), "string", "is date, the model needs {}: cast"),
        (pd.Series([[1.0]]), "double", "is array, the model needs {}: cast"),
    ],
)
def test_what_would_become_another_value_is_refused(given: pd.Series, kind: str, words: str) -> None:
    with pytest.raises(SchemaError) as caught:
        model_input([PlannedInput("a", "a", kind)], [given], tensor=False)
    [problem] = caught.value.problems
    assert problem.startswith(f"the column for 'a' {words.format(kind)}")


def test_all_columns_that_do_not_fit_are_told_at_once_and_fields_of_structs_too() -> None:
    kinds = {"a": "int", "b": "double", "c": "struct<x:bigint,y:double>"}
    columns = [pd.Series([2.7]), pd.Series([1.5]), pd.DataFrame({"x": ["secret"], "y": [1.5]})]
    with pytest.raises(SchemaError) as caught:
        model_input([PlannedInput(name, name, kind) for name, kind in kinds.items()], columns, tensor=False)
    assert caught.value.problems == (
        "the column for 'a' is double, and some of its values are no int, which the model needs: cast it first",
        "the column for 'c' has a field 'x' that is string, the model needs bigint: cast it first",
    )


@pytest.mark.parametrize(("kind", "values"), [("bigint", ["1"]), ("boolean", ["no"]), ("int", [Decimal("2.7")])])
def test_arrays_whose_values_would_become_others_are_refused(kind: str, values: list[Any]) -> None:
    given = pd.Series([np.array(values, dtype=object)])
    with pytest.raises(SchemaError, match="the column for 'a' has arrays whose values are no"):
        model_input([PlannedInput("a", "a", f"array<{kind}>")], [given], tensor=False)


def test_times_that_numpy_does_not_reach_are_refused_by_what_they_are() -> None:
    planned = [PlannedInput("a", "a", "timestamp")]
    for time in (datetime(1677, 9, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        with pytest.raises(SchemaError, match="'a' has times before 1677 or after 2262"):
            model_input(planned, [pa.array([time], pa.timestamp("us", "UTC"))], tensor=False)


def test_arrays_of_arrays_become_one_tensor_of_numpys_type() -> None:
    planned = PlannedInput("0", "0", "array<array<int>>", dtype="uint8")
    spark_gives = pd.Series([np.array([np.array([1, 2]), np.array([3, 4])], dtype=object) for _ in range(3)])
    spark_gives[0] = [[1, 2], [3, 4]]
    tensor = model_input([planned], [spark_gives], tensor=True)
    assert (tensor.shape, tensor.dtype) == ((3, 2, 2), np.uint8)
    assert tensor[0].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("is_tensor", [True, False], ids=["unnamed", "named"])
def test_flat_arrays_take_the_shape_that_the_signature_has(is_tensor: bool) -> None:  # noqa: FBT001  # pytest's way
    planned = PlannedInput("x", "x", "array<array<float>>", dtype="float32", shape=(2, 2))
    flat, square = [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
    pandas = [pd.Series([np.array(row, "float32") for row in flat]), pd.Series(square)]
    for column in (pa.array(flat), pa.array(square), *pandas):
        found = model_input([planned], [column], tensor=is_tensor)
        rows = found if is_tensor else found["x"].tolist()
        assert [(row.dtype, row.tolist()) for row in rows] == [(np.float32, row) for row in square]
    lone = PlannedInput("x", "x", "float", dtype="float32", shape=(1,))
    found = model_input([lone], [pa.array([1.0, 2.0])], tensor=is_tensor)
    assert [row.tolist() for row in (found if is_tensor else found["x"])] == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("values", "shape", "words"),
    [
        (
            [[1.0, 2.0, 3.0]],
            (2, 2),
            r"'x' holds arrays of shape \(3,\); the model needs them of \(2, 2\), or of 4 values",
        ),
        (
            [[[1.0], [2.0], [3.0], [4.0]]],
            (2, 2),
            r"of shape \(4, 1\); the model needs them of \(2, 2\), or of 4 values",
        ),
        ([[1.0, 2.0, 3.0, 4.0]], (-1, 2), r"of shape \(4,\); the model needs them of \(-1, 2\)$"),
        ([1.0], (2,), r"of shape \(\); the model needs them of \(2,\), or of 2 values"),
    ],
)
def test_arrays_that_do_not_fit_the_signatures_shape_are_refused(values: list[Any], shape: Any, words: str) -> None:
    planned = PlannedInput("x", "x", "array<double>", dtype="float64", shape=shape)
    for is_tensor in (True, False):
        with pytest.raises(SchemaError, match=words):
            model_input([planned], [pd.Series(values)], tensor=is_tensor)


def test_a_dimension_of_any_length_is_taken_as_it_is() -> None:
    planned = PlannedInput("0", "0", "array<array<double>>", dtype="float64", shape=(-1, 2))
    assert model_input([planned], [pa.array([[[1.0, 2.0]]])], tensor=True).shape == (1, 1, 2)


def test_times_inside_of_others_are_those_of_their_zone() -> None:
    noon = datetime(2013, 7, 1, 16, tzinfo=UTC)
    time = pa.timestamp("us", "America/New_York")
    kind = pa.struct([("at", time), ("all", pa.list_(time)), ("by", pa.map_(pa.string(), pa.list_(pa.list_(time))))])
    given = pa.array([{"at": noon, "all": [noon, None], "by": [("a", [[noon], None])]}, None, {}], kind)
    text = "struct<at:timestamp,all:array<timestamp>,by:map<string,array<array<timestamp>>>>"
    first, *others = model_input([PlannedInput("x", "x", text)], [given], tensor=False)["x"]
    there = pd.Timestamp("2013-07-01 12:00")
    [inner, missing] = first["by"]["a"]
    assert (first["at"], first["all"].tolist(), inner.tolist(), missing) == (there, [there, None], [there], None)
    assert others == [None, {"at": None, "all": None, "by": None}]
    [array] = model_input([PlannedInput("x", "x", "array<timestamp>")], [given.field("all")[:1]], tensor=False)["x"]
    assert array.tolist() == np.array([there, None], "datetime64[ns]").tolist()


def test_arrays_of_times_are_numpys_and_empty_arrays_of_dicts_are_objects_whoever_hands_them_over() -> None:
    time = pa.timestamp("us", "UTC")
    noon = datetime(2013, 7, 1, 12, tzinfo=UTC)
    of_pandas = pd.Series([np.array([pd.Timestamp("2013-07-01 12:00"), pd.NaT], object), np.array([]), None])
    for column in (of_pandas, pa.array([[noon, None], [], None], pa.list_(time))):
        first, empty, null = model_input([PlannedInput("x", "x", "array<timestamp>")], [column], tensor=False)["x"]
        assert first.astype(str).tolist() == ["2013-07-01T12:00:00.000000000", "NaT"]
        assert (first.dtype, empty.dtype, null) == (np.dtype("datetime64[ns]"), np.dtype("datetime64[ns]"), None)
    [empty] = model_input([PlannedInput("x", "x", "array<struct<a:int>>")], [pd.Series([np.array([])])], tensor=False)[
        "x"
    ]
    assert empty.dtype == object


def test_arrays_of_one_length_are_a_column_beside_others() -> None:
    inputs = [PlannedInput("a", "a", "array<double>"), PlannedInput("b", "b", "double")]
    columns = [pa.array([[1.0, 2.0], [3.0, 4.0]]), pa.array([5.0, 6.0])]
    frame = model_input(inputs, columns, tensor=False)
    assert [value.tolist() for value in frame["a"]] == [[1.0, 2.0], [3.0, 4.0]]
    assert frame["b"].tolist() == [5.0, 6.0]


@pytest.mark.parametrize(("kind", "item"), [("bigint", 2**53 + 1), ("boolean", True)])
def test_the_type_of_an_array_is_its_own_and_not_its_batchs(kind: str, item: Any) -> None:
    column = pa.array([[item], [item, None], None])
    planned = [PlannedInput("a", "a", f"array<{kind}>")]
    for given_as in (column, column.to_pandas(integer_object_nulls=True)):
        whole, mixed, null = model_input(planned, [given_as], tensor=False)["a"]
        assert (whole.dtype, whole.tolist()) == (np.dtype("int64" if kind == "bigint" else "bool"), [item])
        assert (mixed.dtype, mixed.tolist()) == (np.dtype(object), [item, None])
        assert null is None


def test_columns_of_scalars_become_a_tensors_second_dimension() -> None:
    planned = PlannedInput("0", "0", "array<float>", dtype="float32")
    tensor = model_input([planned], [pd.Series([1.0, 2.0]), pd.Series([3.0, 4.0])], tensor=True)
    assert (tensor.tolist(), tensor.dtype) == ([[1.0, 3.0], [2.0, 4.0]], np.float32)


def test_doubles_are_a_tensors_nearest_floats_and_no_infinities() -> None:
    planned = PlannedInput("0", "0", "array<float>", dtype="float32")
    given = pd.Series([np.array([0.1, math.nan]), np.array([math.inf, 1.0])])
    tensor = model_input([planned], [given], tensor=True)
    np.testing.assert_array_equal(tensor, np.array([[0.1, math.nan], [math.inf, 1.0]], "float32"))
    named = PlannedInput("x", "x", "float", dtype="float32")
    assert model_input([named], [pd.Series([0.1])], tensor=False)["x"].tolist() == [np.float32(0.1)]
    for other in (np.array([1e300]), np.array(["2013-01-01"], "datetime64[ns]")):
        with pytest.raises(SchemaError, match="numbers that float32 cannot"):
            model_input([planned], [pd.Series([other])], tensor=True)


@pytest.mark.parametrize("values", [[[1.0], [1.0, 2.0]], [["a"], ["b"]]])
def test_arrays_that_make_no_tensor_are_refused(values: list[Any]) -> None:
    planned = PlannedInput("0", "0", "array<double>", dtype="float64")
    with pytest.raises(SchemaError, match="not all of one shape"):
        model_input([planned], [pd.Series([np.array(value) for value in values])], tensor=True)


@pytest.mark.parametrize(
    ("value", "dtype"), [(300, "uint8"), (1.5, "int32"), (2.0**63, "int64"), (2, "bool"), (2**24 + 1, "float32")]
)
def test_numbers_that_a_tensors_type_cannot_hold_are_refused(value: float, dtype: str) -> None:
    planned = PlannedInput("0", "0", "array<int>", dtype=dtype)
    assert model_input([planned], [pd.Series([np.array([1])])], tensor=True).tolist() == [[1]]
    with pytest.raises(SchemaError, match=f"numbers that {dtype} cannot"):
        model_input([planned], [pd.Series([np.array([value])])], tensor=True)


@given(st.lists(st.floats() | st.none(), min_size=1))
def test_null_and_nan_stay_what_they_are(values: list[float | None]) -> None:
    arrow = ArrowExtensionArray(pa.array(values, pa.float64()))
    for predictions in (values, pd.Series(values, dtype=object), arrow, pd.Series(arrow)):
        found = one(predictions, pa.float64()).to_pylist()
        assert [repr(value) for value in found] == [repr(value) for value in values]


def test_in_numpys_floats_nan_is_a_value_and_in_pandas_own_types_na_is_none() -> None:
    assert one(np.array([1.0, math.nan]), pa.float64()).null_count == 0
    assert one(pd.Series([1.0, math.nan]), pa.float64()).null_count == 0
    assert one(pd.Series([1, None], dtype="Int64"), pa.int64()).to_pylist() == [1, None]


@pytest.mark.parametrize(
    ("predictions", "kind", "held"),
    [
        (np.array([1, 2], dtype="int8"), pa.int64(), [1, 2]),
        (np.array([[1.0], [2.0]]), pa.float64(), [1.0, 2.0]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), pa.list_(pa.float64()), [[1.0, 2.0], [3.0, 4.0]]),
        (np.zeros((2, 1, 2)), pa.list_(pa.list_(pa.float64())), [[[0.0, 0.0]], [[0.0, 0.0]]]),
        (np.zeros((2, 0)), pa.list_(pa.float64()), [[], []]),
        (np.array([1.0, 2.0]), pa.list_(pa.float64()), [[1.0], [2.0]]),
        ([[1.0], [2.0, None]], pa.list_(pa.float64()), [[1.0], [2.0, None]]),
        (np.array(["a", "b"]), pa.string(), ["a", "b"]),
        (["a", None, math.nan], pa.string(), ["a", None, None]),
        (pd.Series(["a", None], dtype="category"), pa.string(), ["a", None]),
        (np.array([0.1, 1.0]), pa.string(), ["0.1", "1.0"]),
        (np.array([True, False]), pa.string(), ["True", "False"]),
        ([True, None], pa.bool_(), [True, None]),
        (np.array([b"x", b"yz"], dtype=object), pa.binary(), [b"x", b"yz"]),
        (pd.DataFrame({"a": [1.0, 2.0]}), pa.float64(), [1.0, 2.0]),
        ({"a": np.array([[1.0, 2.0]])}, pa.list_(pa.float64()), [[1.0, 2.0]]),
        (pd.DataFrame({0: [1.0], 1: [2.0]}), pa.list_(pa.float64()), [[1.0, 2.0]]),
        (sparse.csr_matrix([[0.0, 1.0]]), pa.list_(pa.float64()), [[0.0, 1.0]]),
        ([{"a": 1.0}, {}], pa.map_(pa.string(), pa.float64()), [[("a", 1.0)], []]),
        # One value a row is an array of one, and no value is NULL.
        (pd.Series([1.0, math.inf]), pa.list_(pa.float64()), [[1.0], [math.inf]]),
        (pd.Series([1, None], dtype="Int64"), pa.list_(pa.int32()), [[1], None]),
        ([1.0, None], pa.list_(pa.float64()), [[1.0], None]),
        (pd.DataFrame({"a": [1.0, 2.0]}), pa.list_(pa.string()), [["1.0"], ["2.0"]]),
        # Texts are of anything, wherever they are.
        ([[1, 0.5], [True, None]], pa.list_(pa.string()), [["1", "0.5"], ["True", None]]),
        (np.array([[1, 0.5]], dtype=object), pa.list_(pa.string()), [["1", "0.5"]]),
        ([{"a": 1}], pa.map_(pa.string(), pa.string()), [[("a", "1")]]),
        # Columns side by side stay what they are.
        (pd.DataFrame({"a": [1], "b": [0.5], "c": ["x"]}), pa.list_(pa.string()), [["1", "0.5", "x"]]),
        (
            pd.DataFrame({"a": [1, 2], "b": [0.5, None]}, dtype=object),
            pa.list_(pa.float64()),
            [[1.0, 0.5], [2.0, None]],
        ),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]).convert_dtypes(), pa.list_(pa.int64()), [[1, 2]]),
        ({"a": [2**53 + 1, None], "b": [1, 2]}, pa.list_(pa.int64()), [[2**53 + 1, 1], [None, 2]]),
        # Dicts, one a row.
        ([{"a": 1}, {"a": 2}], pa.int64(), [1, 2]),
        ([{"a": 1, "b": 2}, {"a": 3}, None], pa.list_(pa.int64()), [[1, 2], [3, None], [None, None]]),
        ([[{"a": 1}], []], pa.list_(pa.struct([("a", pa.string())])), [[{"a": "1"}], []]),
        ([np.zeros((1, 2)), np.ones((1, 1))], pa.list_(pa.list_(pa.float64())), [[[0.0, 0.0]], [[1.0]]]),
        (OnlyAnArray(), pa.float64(), [1.0, 2.0]),
    ],
)
def test_predictions_of_every_kind_are_held(predictions: Any, kind: pa.DataType, held: list[Any]) -> None:
    assert arrow_columns(predictions, len(held), [("prediction", kind)])[0].to_pylist() == held


def test_a_frames_columns_go_to_fields_by_name_and_a_matrix_by_position() -> None:
    fields = [("a", pa.float64()), ("b", pa.string())]
    by_name = arrow_columns(pd.DataFrame({"b": ["x"], "a": [1.0]}), 1, fields, is_struct=True)
    assert [column.to_pylist() for column in by_name] == [[1.0], ["x"]]
    by_dict = arrow_columns({"b": np.array(["x"]), "a": np.array([1.0])}, 1, fields, is_struct=True)
    assert [column.to_pylist() for column in by_dict] == [[1.0], ["x"]]
    numbers = [("a", pa.float64()), ("b", pa.float64())]
    by_position = arrow_columns(np.array([[1.0, 2.0]]), 1, numbers, is_struct=True)
    assert [column.to_pylist() for column in by_position] == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "predictions",
    [pd.DataFrame({"b": ["x"], "a": [1.0]}), {"a": [1.0], "b": ["x"]}, np.array([1.0]), np.array([[1.0]])],
)
def test_a_struct_of_one_field_takes_what_has_its_name_or_is_alone(predictions: Any) -> None:
    assert arrow_columns(predictions, 1, [("a", pa.float64())], is_struct=True)[0].to_pylist() == [1.0]


@pytest.mark.parametrize(
    "predictions",
    [
        [{"late": True, "minutes": 20.0}, {"minutes": 5.0, "more": 1}, None],
        [Delay(minutes=20.0, late=True), Delay(minutes=5.0), None],
    ],
    ids=["dicts", "pydantic"],
)
def test_a_struct_takes_dicts_and_typed_objects_by_name_and_what_they_lack_is_null(predictions: Any) -> None:
    fields = [("minutes", pa.float64()), ("late", pa.bool_())]
    found = arrow_columns(predictions, 3, fields, is_struct=True)
    assert [column.to_pylist() for column in found] == [[20.0, 5.0, None], [True, None, None]]
    with pytest.raises(SchemaError, match="column 'hours' is missing"):
        arrow_columns(predictions, 3, [*fields, ("hours", pa.float64())], is_struct=True)


def test_a_column_that_an_arrays_type_cannot_hold_is_named_and_not_left_out() -> None:
    with pytest.raises(DataError, match="some of 'label' cannot be held as double") as caught:
        one(pd.DataFrame({"delay": [1.0], "label": ["secret"]}), pa.list_(pa.float64()))
    assert "secret" not in str(caught.value)


def test_a_time_without_a_zone_is_the_sessions() -> None:
    kind = pa.timestamp("us", tz="America/New_York")
    naive = one(np.array(["2013-01-01T12:00"], dtype="datetime64[ns]"), kind)
    aware = one(pd.Series([pd.Timestamp("2013-01-01T17:00", tz="UTC")]), kind)
    assert naive == aware


@pytest.mark.parametrize("predictions", [["secret"], [10**30], [{"a": "secret"}], np.array([1.5]), [math.inf], [[1]]])
def test_values_that_the_type_cannot_hold_are_refused_without_being_told(predictions: Any) -> None:
    with pytest.raises(DataError, match="some of 'prediction' cannot be held as int64") as caught:
        one(predictions, pa.int64())
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("predictions", "problem"),
    [
        ([1.0], "2 rows went in, predictions for 1 came out"),
        (1.5, "predictions for a single float came out"),
        (np.float64(1.5), "predictions for a single float64 came out"),
        (np.array(1.5), "predictions for a single ndarray came out"),
        (np.zeros((2, 3)), "3 values a row do not fit into double"),
        ({"a": [1.0, 2.0], "b": ["x", "y"]}, "2 values a row do not fit into double"),
    ],
)
def test_another_number_of_predictions_is_refused(predictions: Any, problem: str) -> None:
    with pytest.raises(SchemaError, match=problem):
        arrow_columns(predictions, 2, DOUBLES)


@pytest.mark.parametrize(
    ("predictions", "problem"),
    [
        (pd.DataFrame({"a": [1.0], "c": [1.0]}), "column 'b' is missing"),
        (np.zeros((1, 3)), r"2 values a row are needed, the shape is \(1, 3\)"),
        ([[1.0], [1.0, 2.0]], "different numbers of values"),
    ],
)
def test_another_number_of_columns_is_refused(predictions: Any, problem: str) -> None:
    with pytest.raises(SchemaError, match=problem):
        arrow_columns(predictions, 1, [("a", pa.float64()), ("b", pa.float64())], is_struct=True)


@pytest.mark.parametrize("column", [pd.Series([1, 2]), pa.array([1, 2])])
@pytest.mark.parametrize(("nulls", "dtype"), [(True, "Int64"), (False, "int64"), (None, "int64")])
def test_the_whole_input_decides_whether_a_type_is_nullable_and_not_the_batch(
    column: Any,
    nulls: bool | None,  # noqa: FBT001  # a case
    dtype: str,
) -> None:
    planned = PlannedInput("a", "a", "bigint", nulls=nulls)
    assert str(model_input([planned], [column], tensor=False)["a"].dtype) == dtype


def test_a_whole_number_that_spark_may_have_rounded_is_refused() -> None:
    planned = [PlannedInput("a", "a", "bigint")]
    exact = model_input(planned, [pd.Series([2.0**53 - 1, None])], tensor=False)["a"]
    assert exact.tolist() == [2**53 - 1, pd.NA]
    with pytest.raises(SchemaError, match="preferIntExtensionDtype"):
        model_input(planned, [pd.Series([2.0**53, None])], tensor=False)
