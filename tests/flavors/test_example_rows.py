from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.models import flights

from spark_models.core.plan import plan_as_given
from spark_models.core.signature import Field, Signature, Tensor
from spark_models.flavors.example_rows import batches_to_try
from spark_models.spark.batches import model_input

TYPES = ["double", "float", "bigint", "int", "boolean", "string", "binary", "timestamp", "array<double>"]
COLUMNS = Signature(tuple(Field(f"a_{place}", kind) for place, kind in enumerate(TYPES)))
MATRIX = Signature((Tensor(None, "float", (-1, 3), "float32"),))
NAMED = Signature((Tensor("pixels", "int", (-1, 2, 2), "uint8"), Tensor("age", "bigint", (-1,), "int64")))


def rows_of(signature: Signature, example: Any = None) -> list[Any]:
    return [rows for _, rows in batches_to_try(signature, example)]


def seen(signature: Signature, name: str, example: Any = None) -> list[Any]:
    return [value for rows in rows_of(signature, example) for value in rows[name]]


@pytest.mark.parametrize("signature", [COLUMNS, NAMED])
def test_rows_are_typed_as_spark_hands_them_over(signature: Signature) -> None:
    inputs = plan_as_given(signature).inputs
    for rows in rows_of(signature):
        typed = model_input(inputs, [rows[planned.name] for planned in inputs], tensor=False)
        pd.testing.assert_frame_equal(rows, typed)


def test_times_are_nanoseconds_as_in_sparks_pandas() -> None:
    assert {str(rows[f"a_{TYPES.index('timestamp')}"].dtype) for rows in rows_of(COLUMNS)} == {"datetime64[ns]"}


def test_a_tensor_is_an_array_of_its_type() -> None:
    for rows in rows_of(MATRIX):
        assert (type(rows), rows.dtype, rows.shape[1:]) == (np.ndarray, np.float32, (3,))


def test_tensors_by_name_have_their_shape_and_only_what_their_type_holds() -> None:
    pixels = seen(NAMED, "pixels")
    assert {(array.dtype.name, array.shape) for array in pixels} == {("uint8", (2, 2))}


def test_the_input_example_comes_first_and_as_it_is() -> None:
    example = flights(3)[["carrier", "distance"]]
    signature = Signature((Field("carrier", "string"), Field("distance", "double")))
    (name, rows), *_ = batches_to_try(signature, example)
    assert name == "the input example"
    pd.testing.assert_frame_equal(rows, example)


@pytest.mark.parametrize(
    ("example", "expected"),
    [(np.ones((2, 3), dtype=np.float64), (2, 3)), (np.ones((2, 5), dtype=np.float32), (2, 5))],
    ids=["of another width of numbers", "of another shape"],
)
def test_an_array_is_an_input_example_of_a_tensor(example: Any, expected: tuple[int, ...]) -> None:
    first = rows_of(MATRIX, example)[0]
    assert (first.shape, first.dtype) == (expected, np.float32)


def test_an_optional_input_that_the_example_lacks_is_missing_in_it() -> None:
    signature = Signature((Field("distance", "double"), Field("carrier", "string", required=False)))
    first = rows_of(signature, pd.DataFrame({"distance": [1.0, 2.0]}))[0]
    assert first["carrier"].tolist() == [None, None]


@pytest.mark.parametrize(
    ("kind", "odd"),
    [
        ("double", [float("inf"), float("-inf"), 1.7976931348623157e308, 5e-324]),
        ("float", [float("inf"), float("-inf"), float(np.finfo(np.float32).max)]),
        ("bigint", [2**63 - 1, -(2**63), 2**53 + 1]),
        ("int", [2**31 - 1, -(2**31)]),
        ("boolean", [True, False]),
        ("string", ["", "a category that nobody has seen"]),
        ("timestamp", [pd.Timestamp(0)]),
    ],
)
def test_every_column_has_missing_values_extremes_and_what_nobody_has_seen(kind: str, odd: list[Any]) -> None:
    values = seen(COLUMNS, f"a_{TYPES.index(kind)}")
    assert any(pd.isna(value) for value in values)
    there = [value for value in values if not pd.isna(value)]
    assert all(value in there for value in odd)


def test_odd_values_come_one_a_row_where_there_are_few_columns() -> None:
    signature = Signature((Field("a", "double"), Field("b", "double")))
    for rows in rows_of(signature, pd.DataFrame({"a": [1.0], "b": [2.0]}))[2:]:
        odd = pd.DataFrame({"a": rows["a"] != 1.0, "b": rows["b"] != 2.0})
        assert odd.sum(axis=1).tolist() == [1, 1, 0, 0]


def test_they_are_the_same_each_time_and_few_however_many_columns_there_are() -> None:
    wide = Signature(tuple(Field(f"x{place}", "double") for place in range(200)))
    one, other = rows_of(wide), rows_of(wide)
    for left, right in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(left, right)
    assert sum(map(len, one)) < 100


def test_mixed_rows_hold_other_numbers_of_the_examples_size_and_its_own_texts() -> None:
    signature = Signature((Field("carrier", "string"), Field("distance", "double")))
    mixed = rows_of(signature, pd.DataFrame({"carrier": ["AA", "UA"], "distance": [1000.0, 2000.0]}))[1]
    assert set(mixed["carrier"]) == {"AA", "UA"}
    assert mixed["distance"].nunique() == len(mixed) == 16
    assert mixed["distance"].abs().max() <= 4000


def test_an_example_that_does_not_fit_the_signature_is_refused() -> None:
    with pytest.raises((TypeError, ValueError)):
        rows_of(Signature((Field("hour", "bigint"),)), pd.DataFrame({"hour": ["noon"]}))
