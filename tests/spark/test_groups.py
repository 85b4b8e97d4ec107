from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_models.errors import DataError, SchemaError
from spark_models.spark.frames import local_frame
from spark_models.spark.groups import group_keys, placed
from spark_models.spark.inputs import Input


def given(spark: SparkSession, kind: str, values: Sequence[Any]) -> Input:
    return Input(local_frame(spark, list(enumerate(values)), f"PLACE bigint, `a.b` {kind}"), "flights", 1)


@pytest.mark.parametrize(
    ("kind", "values", "keys"),
    [
        ("string", ["UA", "AA", "UA"], ("AA", "UA")),
        ("boolean", [True, False], (False, True)),
        ("smallint", [10, 9], (9, 10)),
        ("date", [date(2013, 2, 1), date(2013, 1, 5)], (date(2013, 1, 5), date(2013, 2, 1))),
    ],
)
def test_rows_are_placed_by_their_key(spark: SparkSession, kind: str, values: list[Any], keys: tuple[Any, ...]) -> None:
    rows = given(spark, kind, values)
    assert group_keys(rows, "a.b", 2) == keys
    some = placed(rows, "a.b", {keys[1]: 7})
    assert some.columns == {"a.b": kind, "PLACE": "bigint", "place_": "bigint"}
    found = sorted((row["PLACE"], row[some.place]) for row in some.frame.collect())
    assert found == [(number, 7) for number, value in enumerate(values) if value == keys[1]]


def test_without_rows_there_are_no_keys(spark: SparkSession) -> None:
    assert group_keys(given(spark, "int", []), "a.b", 2) == ()


def test_values_that_name_no_models_are_refused(spark: SparkSession) -> None:
    with pytest.raises(DataError, match=r"'a\.b' is NULL in 2 rows, which then have no model"):
        group_keys(given(spark, "string", [None, "a", None]), "a.b", 10)
    with pytest.raises(DataError, match=r"'a\.b' has more values than max_groups \(2\)"):
        group_keys(given(spark, "int", [3, 1, 2]), "a.b", 2)
    with pytest.raises(DataError, match="has 3 values that cannot stand in a model's name"):
        group_keys(given(spark, "string", ["a", "b/3", "b@c", ""]), "a.b", 10)


def test_a_column_that_names_no_models_is_refused(spark: SparkSession) -> None:
    with pytest.raises(SchemaError, match=r"column 'a\.b' is double; model_by takes bigint, boolean, date, int"):
        group_keys(given(spark, "double", [1.5]), "a.b", 10)
    with pytest.raises(SchemaError, match=r"model_by column 'a_b' is not in the input; did you mean 'a\.b'\?"):
        group_keys(given(spark, "string", ["a"]), "a_b", 10)
