import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_models.core.plan import Plan, PlannedInput
from spark_models.errors import DataError, SchemaError
from spark_models.spark.frames import local_frame
from spark_models.spark.inputs import Input
from spark_models.spark.survey import survey, survey_groups

NOTHING = Plan(())


def rows(spark: SparkSession, schema: str, *values: tuple[Any, ...]) -> Input:
    return Input(local_frame(spark, list(values), schema), "flights", 1)


def test_rows_are_counted(spark: SparkSession) -> None:
    assert survey(rows(spark, "id int", (1,), (1,)), ["id"], [NOTHING], unique=False).rows == 2
    assert survey(rows(spark, "id int"), ["id"], [NOTHING], unique=True).rows == 0


def test_null_keys_are_refused_each_with_its_count(spark: SparkSession) -> None:
    given = rows(spark, "id int, `a b` string", (None, "x"), (1, None), (None, "y"))
    with pytest.raises(DataError) as caught:
        survey(given, ["id", "a b"], [NOTHING], unique=False)
    advice = "leave them out by input.filter:"
    assert caught.value.problems == (
        f"key 'id' is NULL in 2 rows; {advice} id IS NOT NULL",
        f"key 'a b' is NULL in 1 rows; {advice} `a b` IS NOT NULL",
    )


def test_keys_that_occur_twice_are_refused_where_they_must_be_unique(spark: SparkSession) -> None:
    given = rows(spark, "id int, day int", (1, 1), (1, 2), (1, 2), (1, 2), (2, 2))
    assert survey(given, ["id", "day"], [NOTHING], unique=False).rows == 5
    with pytest.raises(DataError, match=r"2 rows repeat the key \(id, day\) of another; merge needs each key once"):
        survey(given, ["id", "day"], [NOTHING], unique=True)


@pytest.mark.parametrize(
    ("source", "target", "exact", "inexact"),
    [
        ("double", "bigint", [1.0, -0.0, 2.0**53, None], [1.5, math.nan, math.inf, 2.0**63]),
        ("double", "int", [2.0**31 - 1], [2.0**31]),
        ("float", "bigint", [3.0], [0.25, 2.0**63]),
        ("float", "int", [2.0**30], [2.0**31]),
        ("bigint", "int", [2**31 - 1, None], [2**31]),
        ("bigint", "double", [2**53, 2**60, -(2**63)], [2**53 + 1, 2**63 - 1]),
        ("int", "float", [2**24, 2**24 + 2], [2**24 + 1, 2**31 - 1]),
        ("decimal(10,2)", "bigint", [Decimal("7.00"), None], [Decimal("7.01")]),
    ],
)
def test_values_that_a_cast_would_change_are_refused_and_others_are_not(
    spark: SparkSession, source: str, target: str, exact: list[Any], inexact: list[Any]
) -> None:
    plan = Plan((PlannedInput("x", "x", target, checked=True),))
    given = rows(spark, f"id int, x {source}", *((1, value) for value in exact))
    assert survey(given, ["id"], [plan], unique=False).rows == len(exact)
    given = rows(spark, f"id int, x {source}", *((1, value) for value in exact + inexact))
    with pytest.raises(SchemaError) as caught:
        survey(given, ["id"], [plan], unique=False)
    assert f"column 'x' is {source}, and {len(inexact)} of its values are not exact as {target}" in str(caught.value)


def test_keys_and_casts_are_refused_together(spark: SparkSession) -> None:
    plan = Plan((PlannedInput("x", "x", "bigint", checked=True),))
    with pytest.raises(DataError) as caught:
        survey(rows(spark, "id int, x double", (None, 1.5), (None, 2.0)), ["id"], [plan], unique=True)
    assert [problem.split()[0] for problem in caught.value.problems] == ["key", "1", "column"]


def test_whole_numbers_and_booleans_with_nulls_are_told_wherever_they_are(spark: SparkSession) -> None:
    given = rows(
        spark, "id int, a bigint, b boolean, c bigint, d double", (1, 1, None, 2, None), (2, None, True, 3, 1.0)
    )
    plan = Plan(
        tuple(
            PlannedInput(name, name, kind)
            for name, kind in [("a", "bigint"), ("b", "boolean"), ("c", "bigint"), ("d", "double")]
        )
    )
    found = survey(given, ["id"], [plan], unique=False)
    assert (found.rows, sorted(found.with_nulls)) == (2, ["a", "b"])
    assert [planned.nulls for planned in plan.with_nulls(found.with_nulls).inputs] == [True, True, False, None]


def test_each_of_several_groups_is_surveyed_by_its_own_plan(spark: SparkSession) -> None:
    whole, exact = (Plan((PlannedInput("x", "x", kind, checked=kind == "int"),)) for kind in ("int", "bigint"))
    given = rows(spark, "id int, x bigint, place int", (1, None, 0), (2, 7, 0), (1, 2**40, 1), (2, 8, 1), (3, 9, 1))
    found = survey_groups(replace(given, place="place"), ["id"], [whole, exact, whole], unique=True)
    assert [(one.rows, sorted(one.with_nulls)) for one in found] == [(2, ["x"]), (3, []), (0, [])]
    with pytest.raises(SchemaError, match="column 'x' is bigint, and 1 of its values are not exact as int"):
        survey_groups(replace(given, place="place"), ["id"], [exact, whole], unique=True)
    with pytest.raises(DataError, match=r"3 rows repeat the key \(place\) of another"):
        survey_groups(replace(given, place="place"), ["place"], [whole, exact], unique=True)
