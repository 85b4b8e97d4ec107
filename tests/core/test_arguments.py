"""Which input each column is that a UDF is called with."""

import pytest

from spark_models.core.arguments import input_places
from spark_models.core.signature import Field, Signature, Tensor
from spark_models.errors import SchemaError

PLAIN = Signature((Field("a", "double"), Field("b", "double")))
OPTIONAL = Signature((Field("a", "double", required=False), Field("b", "double"), Field("c", "double", required=False)))
UNNAMED = Signature((Field(None, "double"), Field(None, "double")))
TENSOR = Signature((Tensor(None, "double", (-1, 2)),))


@pytest.mark.parametrize("given", [("b", "a"), ("flights.b", "flights.a"), ("flights.b", "a")])
def test_columns_that_are_all_called_as_inputs_are_taken_by_name(given: tuple[str, ...]) -> None:
    assert input_places(PLAIN, given) == (1, 0)


@pytest.mark.parametrize("given", [("x", "a"), ("b", None), ("b", "b"), ("(b + 1)", "a")])
def test_other_columns_are_taken_by_position(given: tuple[str | None, ...]) -> None:
    assert input_places(PLAIN, given) == (0, 1)


def test_inputs_without_names_are_taken_by_position() -> None:
    assert input_places(UNNAMED, ("1", "0")) == (0, 1)


@pytest.mark.parametrize("given", [("c", "b"), ("b", "c"), ("b",)])
def test_an_optional_input_that_is_left_out_shifts_no_other(given: tuple[str, ...]) -> None:
    assert input_places(OPTIONAL, given) == tuple("abc".index(name) for name in given)


@pytest.mark.parametrize("given", [("x",), ("a",), (None,)])
def test_one_column_that_is_not_the_only_one_needed_may_be_a_struct(given: tuple[str | None, ...]) -> None:
    assert input_places(OPTIONAL, given) is None
    assert input_places(PLAIN, given) is None


def test_a_tensor_is_left_to_the_batch() -> None:
    assert input_places(TENSOR, ("x", "y", "z")) is None


@pytest.mark.parametrize(
    ("given", "left_out"), [(("a", "c"), ["b"]), (("x", "y", "z", "a"), []), (("a", "b", "c", "b"), [])]
)
def test_an_input_left_out_and_too_many_columns_are_refused(given: tuple[str, ...], left_out: list[str]) -> None:
    with pytest.raises(SchemaError) as caught:
        input_places(OPTIONAL, given)
    assert caught.value.problems == (
        f"{len(given)} columns were given; the model needs a, b, c",
        *(f"{name!r} is left out" for name in left_out),
    )
