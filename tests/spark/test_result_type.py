from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T
from scipy import sparse

from spark_models.errors import ConfigError
from spark_models.spark.result_type import observed_result_type, parsed_result_type


@pytest.mark.parametrize(
    ("predictions", "kind"),
    [
        (np.array([1.0]), "double"),
        (np.array([1.0], dtype="float32"), "float"),
        (np.array([1], dtype="uint8"), "int"),
        (np.array([1], dtype="int64"), "bigint"),
        (np.array([True]), "boolean"),
        (np.array(["a"]), "string"),
        (np.zeros((2, 3)), "array<double>"),
        (np.zeros((2, 3, 1), dtype="float32"), "array<array<float>>"),
        ([1, 2], "bigint"),
        (["a", None], "string"),
        ([[1.0], [1.0, 2.0]], "array<double>"),
        (pd.Series(["a", np.nan]), "string"),
        (pd.DataFrame({"late": [True]}), "boolean"),
        (pd.DataFrame({"score": [1.0], 2: ["x"]}), "struct<score:double,2:string>"),
        ({"score": np.array([1.0])}, "struct<score:double>"),
        (np.array(["2013-01-01"], dtype="datetime64[ns]"), "timestamp"),
        (sparse.csr_matrix([[0.0, 1.0]]), "array<double>"),
    ],
)
def test_the_type_of_predictions_is_seen(spark: SparkSession, predictions: Any, kind: str) -> None:  # noqa: ARG001  # types need a session
    assert observed_result_type(predictions).simpleString() == kind


@pytest.mark.parametrize("predictions", [[None, None], [object()], [], [1, "a"]])
def test_a_type_that_cannot_be_told_must_be_given(predictions: Any) -> None:
    with pytest.raises(ConfigError, match="give result_type"):
        observed_result_type(predictions)


def test_a_type_is_read_from_ddl(spark: SparkSession) -> None:  # noqa: ARG001  # Spark parses it
    assert parsed_result_type("double") == T.DoubleType()
    assert parsed_result_type("array<float>") == T.ArrayType(T.FloatType())
    assert parsed_result_type("a double, b string").simpleString() == "struct<a:double,b:string>"


def test_what_is_no_type_is_refused(spark: SparkSession) -> None:  # noqa: ARG001  # Spark parses it
    with pytest.raises(ConfigError, match="'dubble' is not a Spark type"):
        parsed_result_type("dubble")
