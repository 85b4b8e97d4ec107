from dataclasses import replace

import pytest

from spark_models.core.plan import PlannedInput, plan_as_given, plan_inputs
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


def test_a_tensor_comes_from_a_column_of_arrays_in_arrays_or_of_flat_ones() -> None:
    signature = Signature(inputs=(Tensor(None, "float", (-1, 28, 28), "float32"),))
    planned = PlannedInput("0", "0", "array<array<float>>", dtype="float32", shape=(28, 28))
    assert plan_inputs(signature, {"0": "array<array<float>>"}, {}).inputs == (planned,)
    assert plan_as_given(signature).inputs == (planned,)
    for column in ("array<float>", "array<smallint>"):
        assert plan_inputs(signature, {"0": column}, {}).inputs == (replace(planned, type="array<float>"),)


def test_only_a_tensor_of_a_fixed_shape_is_flat_and_only_one_of_one_value_a_scalar() -> None:
    for shape, column in (((-1, -1, 2), "array<double>"), ((-1, 2, 2), "double"), ((-1, 2, 2), "array<bigint>")):
        with pytest.raises(SchemaError, match="but the model needs array<array<double>>; no cast keeps its values"):
            plan_inputs(Signature((Tensor("x", "double", shape, "float64"),)), {"x": column}, {})
    lone = Signature((Tensor("x", "double", (-1, 1), "float64"),))
    assert plan_inputs(lone, {"x": "float"}, {}).inputs[0].type == "double"


def test_an_object_may_lack_its_optional_properties_and_nothing_else() -> None:
    place = Field("place", "struct<city:string,lat:double>", optional=frozenset({".city"}))
    planned = plan_inputs(Signature((place,)), {"spot": "struct<lat:float>"}, {"place": "spot"}).inputs
    assert planned == (PlannedInput("place", "spot", "struct<lat:double>"),)
    with pytest.raises(SchemaError) as caught:
        plan_inputs(Signature((place,)), {"place": "struct<zip:int,city:binary>"}, {})
    # What to do comes after a colon.
    assert [problem.rpartition(": ")[0] for problem in caught.value.problems] == [
        "column 'place' has a field 'zip', which the model does not take",
        "column 'place' has no field 'lat' (double), which the model needs",
        "column 'place.city' is binary, but the model needs string; no cast keeps its values",
    ]


def test_what_a_caller_chooses_later_is_planned_as_the_signature_has_it() -> None:
    signature = Signature(inputs=(Field("a", "double"), Field("b", "string", required=False)))
    assert [(planned.name, planned.required) for planned in plan_as_given(signature).inputs] == [
        ("a", True),
        ("b", False),
    ]


def test_only_inexact_casts_are_looked_at() -> None:
    plan = plan_inputs(FLIGHT, {"dep_delay": "bigint", "carrier": "varchar(2)", "hour": "int"}, {})
    assert [planned.name for planned in plan.checked] == ["dep_delay"]
