"""Where MLflow's UDF is wrong: what it does, and what ours does on the same model and rows.

The list is ``docs/differences-from-mlflow.md``. If one of these tests fails on MLflow's side, MLflow was mended:
take the line out of the list.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types.schema import Array, ColSpec, DataType, Map, Object, Property, Schema, TensorSpec
from pyspark.errors import PythonException
from pyspark.sql import functions as F
from tests.models import add_version, log_pyfunc, pyfunc_of
from tests.steps.conftest import Models
from tests.steps.scoring import DISTANCES, ROWS, Desk, in_spark, saved, theirs

from spark_models.errors import ConfigError, SchemaError
from spark_models.registry.files import fetch_files
from spark_models.registry.fluent import quiet
from spark_models.spark.frames import local_frame
from spark_models.steps.score import score
from spark_models.steps.udf import spark_udf

OF_DISTANCE = Schema([ColSpec("double", "distance")])


def ours(desk: Desk, uri: str, **arguments: Any) -> list[Any]:
    return in_spark(desk, spark_udf(desk.spark, uri, **arguments))


def test_whole_numbers_for_a_double(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: rows["distance"], [1.0])
    assert list(theirs(shared_desk, uri, pd.Series([0, 1]))) == [0.0, 1.0]
    with pytest.raises(MlflowException, match="Can not safely convert int64 to float64"):
        theirs(shared_desk, uri, pd.Series([2, 3]))
    assert list(theirs(shared_desk, uri, pd.Series(["1.5", "2"]))) == [1.5, 2.0]
    assert in_spark(shared_desk, spark_udf(shared_desk.spark, uri), "bigint", [2, 3]) == ROWS


def test_nulls_in_whole_numbers_and_booleans(shared_desk: Desk, tmp_path: Path) -> None:
    inputs = Schema([ColSpec("long", "hour"), ColSpec("boolean", "far")])
    uri = saved(
        tmp_path,
        lambda _c, rows, _p: [str([*row]) for row in rows.astype("string[python]").itertuples(index=False)],
        signature=ModelSignature(inputs, Schema([ColSpec("string")])),
    )
    with pytest.raises(MlflowException, match="Can not safely convert float64 to int64"):
        theirs(shared_desk, uri, pd.Series([7.0, np.nan]), pd.Series([True, None]))
    frame = local_frame(shared_desk.spark, [(7, True), (None, None)], "hour bigint, far boolean").coalesce(1)
    found = [row["p"] for row in frame.select(spark_udf(shared_desk.spark, uri)().alias("p")).collect()]
    assert found == ["['7', 'True']", "[<NA>, <NA>]"]


def test_types_that_change_with_the_batch(desk: Desk, tmp_path: Path) -> None:
    def kinds(_context: Any, rows: pd.DataFrame, _params: Any) -> list[str]:
        return [" ".join(map(str, rows.dtypes))] * len(rows)

    frames = [
        local_frame(desk.spark, [row], "id bigint, hour bigint, far boolean").coalesce(1)
        for row in ((1, 7, True), (2, None, None))
    ]
    given = frames[0].union(frames[1])
    with quiet():
        bare = {"python_model": pyfunc_of(kinds), "pip_requirements": ["mlflow"]}
        mlflow.pyfunc.save_model(str(tmp_path / "bare"), **bare)
    udf = mlflow.pyfunc.spark_udf(desk.spark, str(tmp_path / "bare"), "string")
    found = given.select("id", udf("hour", "far").alias("p")).orderBy("id").collect()
    assert [row["p"] for row in found] == ["int64 bool", "float64 object"]

    inputs = Schema([ColSpec("long", "hour"), ColSpec("boolean", "far")])
    signature = ModelSignature(inputs, Schema([ColSpec("string")]))
    logged = log_pyfunc(desk.store, pyfunc_of(kinds), signature=signature, input_example=None)
    add_version(desk.store, "kinds", logged)
    score(desk.job("kinds/1", table=None, batch_id="monday"), given, spark=desk.spark)
    assert desk.predictions()["prediction"].tolist() == ["Int64 boolean"] * 2


def test_nulls_in_arrays_structs_and_maps(shared_desk: Desk, tmp_path: Path) -> None:
    place = Object([Property("far", DataType.boolean), Property("hour", DataType.long), Property("x", DataType.float)])
    kinds: dict[str, Any] = {
        "hours": Array(DataType.long),
        "names": Array(DataType.string),
        "place": place,
        "by": Map(DataType.long),
    }
    uri = saved(
        tmp_path,
        lambda _c, rows, _p: [
            "; ".join(" ".join(map(str, value.values() if isinstance(value, dict) else value)) for value in row)
            for row in rows.itertuples(index=False)
        ],
        signature=ModelSignature(
            Schema([ColSpec(kind, name) for name, kind in kinds.items()]), Schema([ColSpec("string")])
        ),
    )
    places: Any = pd.DataFrame({"far": [None], "hour": [1], "x": [1.5]})
    with pytest.raises(MlflowException, match="Failed to enforce schema"):
        theirs(shared_desk, uri, pd.Series([[1]]), pd.Series([["a"]]), places, pd.Series([{}]))
    columns = (
        "hours array<bigint>, names array<string>, place struct<far:boolean,hour:bigint,x:float>, by map<string,bigint>"
    )
    rows = [
        ([2**53 + 1, None], ["a", None], (None, 3, 1.5), {"a": 2**53 + 1, "b": None}),
        ([], [], (True, None, 1.5), {}),
    ]
    frame = local_frame(shared_desk.spark, rows, columns).coalesce(1)
    found = [row["p"] for row in frame.select(spark_udf(shared_desk.spark, uri)().alias("p")).collect()]
    assert found == ["9007199254740993 None; a None; None 3 1.5; 9007199254740993 None", "; ; True None 1.5; "]


def test_times_in_maps_and_tensors_of_several_dimensions(shared_desk: Desk, tmp_path: Path) -> None:
    times, square = Map(DataType.datetime), TensorSpec(np.dtype(np.float32), (-1, 2, 2))
    texts = Schema([ColSpec("string")])
    of_time = saved(
        tmp_path / "times",
        lambda _c, rows, _p: [str(by["a"]) for by in rows["by"]],
        signature=ModelSignature(Schema([ColSpec(times, "by")]), texts),
    )
    of_tensor = saved(
        tmp_path / "tensor",
        lambda _c, tensor, _p: [f"{row.dtype} {row.tolist()}" for row in tensor],
        signature=ModelSignature(Schema([square]), texts),
    )
    with pytest.raises(MlflowException, match="Failed to enforce schema"):
        theirs(shared_desk, of_time, pd.Series([{"a": pd.Timestamp("2013-07-01 12:00")}]))
    flat, nested = np.array([1, 2, 3, 4], np.float32), np.empty(2, object)
    nested[0], nested[1] = flat[:2], flat[2:]
    expected = "float32 [[1.0, 2.0], [3.0, 4.0]]"
    assert list(theirs(shared_desk, of_tensor, pd.Series([flat]))) == [expected]
    assert list(theirs(shared_desk, of_tensor, pd.Series([flat.astype(float)]))) == [expected.replace("32", "64")]
    with pytest.raises(MlflowException, match="could not be converted to the expected shape"):
        theirs(shared_desk, of_tensor, pd.Series([nested]))
    frame = shared_desk.spark.sql(
        "SELECT map('a', TIMESTAMP '2013-07-01 12:00:00') AS by, array(1F, 2F, 3F, 4F) AS flat,"
        " array(1D, 2D, 3D, 4D) AS doubles, array(array(1F, 2F), array(3F, 4F)) AS nested"
    )
    when, tensor = (spark_udf(shared_desk.spark, uri) for uri in (of_time, of_tensor))
    found = frame.select(when("by"), tensor("flat"), tensor("doubles"), tensor("nested")).first()
    assert tuple(found or ()) == ("2013-07-01 12:00:00", expected, expected, expected)


def test_another_method_than_predict(shared_desk: Desk, models: Models) -> None:
    uri = str(fetch_files(models.store.registry, "models:/late/1").path)
    rows = models.logged["late"].rows.head(3)
    columns = [rows[name] for name in rows.columns]
    assert {type(value) for [value] in theirs(shared_desk, uri, *columns)} == {int}  # classes, each in an array
    with pytest.raises(TypeError, match="method"):
        theirs(shared_desk, uri, method="predict_proba")
    assert spark_udf(shared_desk.spark, uri, method="predict_proba").returnType.simpleString() == "array<double>"


def test_a_matrix_without_a_type(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(
        tmp_path, lambda _c, rows, _p: np.stack([rows["distance"]] * 2, axis=1), input_example=DISTANCES.head(1)
    )
    assert list(theirs(shared_desk, uri)) == ROWS
    assert ours(shared_desk, uri) == [[value, value] for value in ROWS]


@pytest.mark.parametrize("width", [None, 2], ids=["vector", "matrix"])
def test_a_tensor_as_the_signatures_output(shared_desk: Desk, tmp_path: Path, width: int | None) -> None:
    shape = (-1,) if width is None else (-1, width)
    signature = ModelSignature(OF_DISTANCE, Schema([TensorSpec(np.dtype("float64"), shape)]))
    uri = saved(
        tmp_path,
        lambda _c, rows, _p: np.stack([rows["distance"]] * width, axis=1) if width else rows["distance"].to_numpy(),
        signature=signature,
    )
    # One dimension too many: a vector becomes arrays of one, and of a matrix Spark takes the numbers for arrays.
    too_deep = "array<double>" if width is None else "array<array<double>>"
    assert mlflow.pyfunc.spark_udf(shared_desk.spark, uri).returnType.simpleString() == too_deep
    assert ours(shared_desk, uri) == (ROWS if width is None else [[value] * 2 for value in ROWS])


def test_missing_texts(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: ["a" if far else None for far in rows["distance"] > 2], ["a"])
    assert list(theirs(shared_desk, uri)) == ["None", "a"]
    assert ours(shared_desk, uri) == [None, "a"]


def test_nan(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: rows["distance"].where(rows["distance"] > 2).to_numpy(), [1.0])
    assert in_spark(shared_desk, mlflow.pyfunc.spark_udf(shared_desk.spark, uri)) == [None, 3.0]
    found = ours(shared_desk, uri)
    assert np.isnan(found[0])
    assert found[1] == 3.0


def test_a_missing_value_in_an_array(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: [[None, value] for value in rows["distance"]])
    assert in_spark(shared_desk, mlflow.pyfunc.spark_udf(shared_desk.spark, uri, "array<double>")) == [[2.0], [3.0]]
    assert ours(shared_desk, uri, result_type="array<double>") == [[None, value] for value in ROWS]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("timestamp", pd.Timestamp("2013-01-02 03:04:05")), ("date", date(2013, 1, 2)), ("decimal(5,2)", Decimal("1.25"))],
    ids=["timestamp", "date", "decimal"],
)
def test_times_and_decimals_as_results(shared_desk: Desk, tmp_path: Path, kind: str, value: Any) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: [value] * len(rows))
    with pytest.raises(MlflowException, match="Invalid 'spark_udf' result type"):
        theirs(shared_desk, uri, result_type=kind)
    as_text = F.col("p").cast("string")
    frame = shared_desk.spark.range(1).select(spark_udf(shared_desk.spark, uri, kind)(F.lit(1.0)).alias("p"))
    assert [row[0] for row in frame.select(as_text).collect()] == [str(value)]


def test_a_struct_from_an_array(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: np.stack([rows["distance"]] * 2, axis=1))
    with pytest.raises(KeyError, match="on_time"):
        theirs(shared_desk, uri, result_type="on_time double, late double")
    assert [tuple(row) for row in ours(shared_desk, uri, result_type="on_time double, late double")] == [
        (value, value) for value in ROWS
    ]


def test_an_unknown_parameter(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: rows["distance"], [1.0], params={"factor": 2.0})
    assert list(theirs(shared_desk, uri, params={"factr": 3.0})) == ROWS
    with pytest.raises(ConfigError, match="did you mean 'factor'"):
        spark_udf(shared_desk.spark, uri, params={"factr": 3.0})


def test_names_orders_and_optional_inputs(shared_desk: Desk, tmp_path: Path) -> None:
    inputs = Schema([ColSpec("double", "a", required=False), ColSpec("double", "b"), ColSpec("double", "c")])
    uri = saved(
        tmp_path,
        lambda _c, rows, _p: (
            rows["b"] * 10 + rows["c"] + rows["a"].fillna(0) * 100 if "a" in rows else rows["b"] * 10 + rows["c"]
        ),
        signature=ModelSignature(inputs, Schema([ColSpec("double")])),
    )
    b, c = pd.Series([1.0]), pd.Series([2.0])
    # What is called with b and c takes b for a, and c for b.
    assert list(theirs(shared_desk, uri, b, c).isna()) == [True]
    spark = shared_desk.spark
    frame = local_frame(spark, [(1.0, 2.0)], "b double, c double")
    udf = spark_udf(spark, uri)
    found = frame.select(udf("b", "c"), udf("c", "b"), udf(F.lit(3.0), "b", "c")).first()
    assert tuple(found or ()) == (12.0, 12.0, 312.0)
    with pytest.raises(SchemaError, match="'c' is left out"):
        udf(F.col("b") + 0, "c")


def test_errors_hold_no_rows(shared_desk: Desk, tmp_path: Path) -> None:
    def fail(value: float) -> float:
        raise ValueError(f"cannot predict {value}")

    uri = saved(tmp_path, lambda _c, rows, _p: [fail(value) for value in rows["distance"]], [1.0])
    with pytest.raises(MlflowException, match="secret-17"):
        theirs(shared_desk, uri, pd.Series(["secret-17"]))
    with pytest.raises(PythonException, match="predict raised ValueError") as caught:
        ours(shared_desk, uri)
    assert "cannot predict 2.0" not in str(caught.value)
