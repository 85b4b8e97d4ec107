from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.plan import CHECKED_CASTS, SAFE_CASTS, PlannedInput, cast_kind, plan_as_given, plan_inputs
from spark_models.core.signature import Field, Signature, Tensor
from spark_models.errors import SchemaError

FLIGHT = Signature(inputs=(Field("dep_delay", "double"), Field("carrier", "string"), Field("hour", "bigint")))


def test_inputs_come_from_the_columns_of_their_names_in_the_signatures_order() -> None:
    columns = {"hour": "bigint", "id": "bigint", "carrier": "string", "dep_delay": "double"}
    assert plan_inputs(FLIGHT, columns, {}).inputs == (
        PlannedInput("dep_delay", "dep_delay", "double"),
        PlannedInput("carrier", "carrier", "string"),
        PlannedInput("hour", "hour", "bigint"),
    )


def test_a_mapping_says_which_column_holds_an_input() -> None:
    columns = {"hour": "bigint", "airline": "string", "dep_delay": "double"}
    planned = plan_inputs(FLIGHT, columns, {"carrier": "airline"}).inputs[1]
    assert (planned.name, planned.column) == ("carrier", "airline")


def test_all_problems_are_listed_at_once_with_near_names() -> None:
    with pytest.raises(SchemaError) as caught:
        plan_inputs(FLIGHT, {"dep_dely": "double", "carrier": "int", "hour": "string"}, {"carier": "x"})
    unknown, missing, carrier, hour = caught.value.problems
    assert "'carier' is not an input of the model; did you mean 'carrier'?" in unknown
    assert "dep_delay, carrier, hour" in unknown
    assert "column 'dep_delay' (double) is not in the input; did you mean 'dep_dely'?" in missing
    assert missing.endswith("; input.columns says which column an input is")
    assert "column 'carrier' is int, but the model needs string" in carrier
    assert carrier.endswith("no cast keeps its values: cast it in a view, or take another column by input.columns")
    assert "column 'hour' is string, but the model needs bigint" in hour


def test_an_optional_input_that_is_missing_is_left_out() -> None:
    signature = Signature(inputs=(Field("a", "double"), Field("b", "double", required=False)))
    assert [planned.name for planned in plan_inputs(signature, {"a": "double"}, {}).inputs] == ["a"]


def test_an_optional_input_that_is_mapped_to_no_column_is_a_problem() -> None:
    signature = Signature(inputs=(Field("a", "double", required=False),))
    with pytest.raises(SchemaError, match="column 'z'"):
        plan_inputs(signature, {"a": "double"}, {"a": "z"})


def test_a_tensor_comes_from_a_column_of_arrays() -> None:
    signature = Signature(inputs=(Tensor(None, "float", (-1, 28, 28), "float32"),))
    plan = plan_inputs(signature, {"0": "array<array<float>>"}, {})
    assert plan.inputs == (PlannedInput("0", "0", "array<array<float>>", dtype="float32"),)
    assert plan_as_given(signature) == plan


def test_what_a_caller_chooses_later_is_planned_as_the_signature_has_it() -> None:
    signature = Signature(inputs=(Field("a", "double"), Field("b", "string", required=False)))
    assert [(planned.name, planned.required) for planned in plan_as_given(signature).inputs] == [
        ("a", True),
        ("b", False),
    ]


def test_only_inexact_casts_are_looked_at() -> None:
    plan = plan_inputs(FLIGHT, {"dep_delay": "bigint", "carrier": "varchar(2)", "hour": "int"}, {})
    assert [planned.name for planned in plan.checked] == ["dep_delay"]


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        ("decimal(10,2)", "double", "safe"),
        ("decimal(10,0)", "bigint", "checked"),
        ("array<int>", "array<bigint>", "safe"),
        ("array<bigint>", "array<double>", None),
        ("array<array<float>>", "array<array<double>>", "safe"),
        ("string", "double", None),
        ("double", "string", None),
        ("boolean", "int", None),
        ("double", "float", None),
        ("timestamp", "date", None),
        ("struct<a:int>", "struct<a:bigint>", None),
    ],
)
def test_a_cast_is_safe_if_no_value_changes_and_checked_if_some_might(source: str, target: str, kind: str) -> None:
    assert cast_kind(source, target) == kind


WHOLE_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64, "float": 24, "double": 53}


@given(st.sampled_from(sorted(product(WHOLE_BITS, repeat=2))))
def test_a_safe_cast_of_numbers_goes_to_a_type_that_holds_as_many(pair: tuple[str, str]) -> None:
    source, target = pair
    kind = cast_kind(source, target)
    if kind == "safe":
        assert WHOLE_BITS[source] <= WHOLE_BITS[target]
        assert not (source in {"float", "double"} and target not in {"float", "double"})


def test_no_cast_is_both_safe_and_checked() -> None:
    assert not any(SAFE_CASTS.get(target, frozenset()) & sources for target, sources in CHECKED_CASTS.items())
