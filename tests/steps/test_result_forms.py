"""Forms of predictions and result types that MLflow's UDF takes: ours takes them, or does better on purpose."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import types as T
from tests.steps.scoring import ROWS, Desk, saved, theirs

from spark_models.errors import DataError, SchemaError
from spark_models.spark.batches import arrow_columns
from spark_models.spark.result_type import parsed_result_type
from spark_models.spark.udf import output_fields

# What a model makes of ROWS, and the result type that is asked for.
FORMS: dict[str, tuple[Any, str]] = {
    "a Series, as arrays": (pd.Series(ROWS), "array<double>"),
    "a list, as arrays": (ROWS, "array<float>"),
    "numbers, as texts": (np.array(ROWS), "string"),
    "lists of numbers, as texts": ([[2.0, 1], [3.0, 4]], "array<string>"),
    "a DataFrame, as texts": (pd.DataFrame({"a": ROWS, "b": [1, 2], "c": ["x", "y"]}), "array<string>"),
    "dicts, as numbers": ([{"a": 2.0}, {"a": 3.0}], "double"),
    "dicts, as arrays": ([{"a": 2.0, "b": 1}, {"a": 3.0, "b": 4}], "array<double>"),
    "dicts, as a struct": ([{"b": 1, "a": 2.0}, {"b": 4, "a": 3.0}], "a double, b string"),
    "lists by name, as a struct": ({"a": ROWS, "b": [1, 4]}, "b int, a double"),
    "dicts in dicts": ([{"place": {"lat": 1}, "miles": [1, 2]}] * 2, "place struct<lat:double>, miles array<double>"),
    "matrices": ([np.eye(2), np.ones((1, 2))], "array<array<double>>"),
}
BETTER: dict[str, tuple[Any, str]] = {
    "columns that do not fit": (pd.DataFrame({"label": ["a", "b"], "delay": ROWS}), "array<double>"),
    "lists of several lengths": ([[2.0], [3.0, 4.0]], "array<double>"),
    "fractions in a struct": (pd.DataFrame({"hours": [2.5, 3.5]}), "hours int"),
    "whole numbers in doubles": (ROWS, "int"),
    "one number for all": (2.0, "double"),
    "maps": ([{"a": 2.0}, {"a": 3.0}], "map<string,double>"),
}


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that gives what a parameter names."""
    forms = {**FORMS, **BETTER}
    return saved(
        tmp_path_factory.mktemp("forms"), lambda _c, _rows, params: forms[params["form"]][0], params={"form": "?"}
    )


def plain(value: Any) -> Any:
    """A value as Python's own lists and dicts."""
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, np.ndarray, pd.Series)) else value


def mlflows(desk: Desk, uri: str, form: str, kind: str) -> Any:
    return plain(theirs(desk, uri, result_type=kind, params={"form": form}))


def ours(desk: Desk, predictions: Any, kind: str) -> Any:
    result_type = parsed_result_type(kind)
    is_struct = isinstance(result_type, T.StructType)
    fields = output_fields(desk.spark, result_type)
    columns = [array.to_pylist() for array in arrow_columns(predictions, 2, fields, is_struct=is_struct)]
    if not is_struct:
        return columns[0]
    return [dict(zip((name for name, _ in fields), row, strict=True)) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("form", FORMS)
def test_what_mlflow_takes_is_the_same_here(shared_desk: Desk, uri: str, form: str) -> None:
    predictions, kind = FORMS[form]
    assert ours(shared_desk, predictions, kind) == mlflows(shared_desk, uri, form, kind)


def test_columns_that_do_not_fit_are_not_left_out(shared_desk: Desk, uri: str) -> None:
    form = "columns that do not fit"
    assert mlflows(shared_desk, uri, form, "array<double>") == [[2.0], [3.0]]
    with pytest.raises(DataError, match="some of 'label' cannot be held as double"):
        ours(shared_desk, *BETTER[form])


def test_shorter_lists_are_not_filled_up(shared_desk: Desk, uri: str) -> None:
    form = "lists of several lengths"
    assert str(mlflows(shared_desk, uri, form, "array<double>")) == "[[2.0, nan], [3.0, 4.0]]"
    assert ours(shared_desk, *BETTER[form]) == [[2.0], [3.0, 4.0]]


def test_fractions_are_not_cut_off(shared_desk: Desk, uri: str) -> None:
    form = "fractions in a struct"
    assert mlflows(shared_desk, uri, form, "hours int") == [{"hours": 2}, {"hours": 3}]
    with pytest.raises(DataError, match="some of 'hours' cannot be held as int32"):
        ours(shared_desk, *BETTER[form])


def test_whole_numbers_are_taken_whatever_holds_them(shared_desk: Desk, uri: str) -> None:
    form = "whole numbers in doubles"
    with pytest.raises(Exception, match="did not produce any values compatible"):
        mlflows(shared_desk, uri, form, "int")
    assert ours(shared_desk, *BETTER[form]) == [2, 3]


def test_one_number_is_not_one_for_each_row(shared_desk: Desk, uri: str) -> None:
    form = "one number for all"
    assert mlflows(shared_desk, uri, form, "double") == [2.0]
    with pytest.raises(SchemaError, match="2 rows went in, predictions for a single float came out"):
        ours(shared_desk, *BETTER[form])


def test_maps_are_one_a_row(shared_desk: Desk, uri: str) -> None:
    form = "maps"
    assert mlflows(shared_desk, uri, form, "map<string,double>") == [{"a": 2.0}]
    assert ours(shared_desk, *BETTER[form]) == [[("a", 2.0)], [("a", 3.0)]]
