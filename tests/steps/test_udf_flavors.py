"""The UDF predicts what pyfunc predicts, whatever made the model; one small model a flavor."""

import warnings
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, Schema
from onnx import TensorProto, helper
from pyspark.ml import PipelineModel
from pyspark.ml.feature import SQLTransformer
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T
from tests.models import arrival_delay, flights, pyfunc_of

from spark_models.registry.fluent import quiet
from spark_models.spark.frames import local_frame
from spark_models.steps.udf import spark_udf

ROWS = flights(12)[["distance", "dep_delay"]]
DELAYS = arrival_delay(ROWS)
# A model of Spark ML has a worker start a JVM of its own; without the compiler that pays for itself after minutes only.
QUICK_JVM = {"SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dspark.ui.enabled=false"}


def saved(folder: Path, save_model: Any, model: Any, output: Any, rows: pd.DataFrame = ROWS, **more: Any) -> str:
    """The model on a path, with the signature of these rows and this output."""
    arguments = {"signature": infer_signature(rows, output), "pip_requirements": ["mlflow"], **more}
    with quiet():
        save_model(model, path=str(folder / "model"), **arguments)
    return str(folder / "model")


def predicted(spark: SparkSession, uri: str, rows: pd.DataFrame = ROWS, **more: Any) -> list[Any]:
    kinds = {"float64": "double", "object": "array<double>"}
    columns = ", ".join(f"{name} {kinds[str(kind)]}" for name, kind in rows.dtypes.items())
    given = rows.astype(dict.fromkeys(rows, object)).itertuples(index=True, name=None)
    return of_frame(spark, uri, local_frame(spark, list(given), f"place int, {columns}"), **more)


def of_frame(spark: SparkSession, uri: str, frame: DataFrame, **more: Any) -> list[Any]:
    """The predictions, by the frame's column ``place``; from one task, so that one worker loads the model."""
    found = (
        frame.coalesce(1)
        .select("place", spark_udf(spark, uri, **more)(*frame.columns[1:]).alias("p"))
        .orderBy("place")
        .collect()
    )
    return [row["p"] for row in found]


def pyfuncs(uri: str, rows: Any = ROWS) -> Any:
    with quiet():
        return mlflow.pyfunc.load_model(uri).predict(rows)


def test_xgboost(spark: SparkSession, tmp_path: Path) -> None:
    model = xgboost.XGBRegressor(n_estimators=3, max_depth=2).fit(ROWS, DELAYS)
    uri = saved(tmp_path, mlflow.xgboost.save_model, model, model.predict(ROWS))
    assert predicted(spark, uri) == pyfuncs(uri).tolist()


def test_onnx_of_columns(spark: SparkSession, tmp_path: Path) -> None:
    inputs = [helper.make_tensor_value_info(str(name), TensorProto.FLOAT, [None]) for name in ROWS]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None]) for name in ("sum", "product")]
    nodes = [helper.make_node("Add", [*ROWS], ["sum"]), helper.make_node("Mul", [*ROWS], ["product"])]
    graph = helper.make_graph(nodes, "delay", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    output = pd.DataFrame({"sum": np.ones(1, np.float32), "product": np.ones(1, np.float32)})
    uri = saved(tmp_path, mlflow.onnx.save_model, model, output)
    assert [tuple(row) for row in predicted(spark, uri)] == [*pyfuncs(uri).itertuples(index=False, name=None)]


def test_onnx_of_a_tensor(spark: SparkSession, tmp_path: Path) -> None:
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2, 1])
    output = helper.make_tensor_value_info("twice", TensorProto.FLOAT, [None, 2, 1])
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["twice"])], "delay", [given], [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    tensor = np.ones((1, 2, 1), np.float32)
    flat = pd.DataFrame({"x": [*ROWS.to_numpy().astype(np.float32)]})
    frame = local_frame(
        spark, [(place, row.tolist()) for place, row in enumerate(flat["x"])], "place int, x array<float>"
    )
    frame = frame.coalesce(1).withColumn("nested", F.expr("transform(x, value -> array(value))"))
    for name, rows in (("named", {"x": tensor}), ("unnamed", tensor)):
        signature = infer_signature(rows, {"twice": tensor})
        uri = saved(tmp_path / name, mlflow.onnx.save_model, model, None, signature=signature)
        theirs = pyfuncs(uri, flat)["twice"].tolist()
        predict = spark_udf(spark, uri)
        found = frame.select("place", predict("x").alias("p"), predict("nested").alias("q")).orderBy("place").collect()
        assert [row["p"] for row in found] == [row["q"] for row in found] == theirs


def test_catboost(spark: SparkSession, tmp_path: Path) -> None:
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(iterations=3, depth=2, verbose=False, allow_writing_files=False, thread_count=1)
    model.fit(ROWS, DELAYS)
    uri = saved(tmp_path, mlflow.catboost.save_model, model, model.predict(ROWS))
    assert predicted(spark, uri) == pyfuncs(uri).tolist()


def test_keras_on_jax(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Keras writes a file of settings where nobody says where.
    settings = {"KERAS_BACKEND": "jax", "KERAS_HOME": str(tmp_path / "keras")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    import keras

    model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1, kernel_initializer="ones")])
    tensor = ROWS.to_numpy().astype(np.float32)
    signature = infer_signature(tensor, model.predict(tensor, verbose=0))
    uri = saved(tmp_path, mlflow.keras.save_model, model, None, signature=signature)
    rows = pd.DataFrame({"x": ROWS.to_numpy().tolist()})
    assert predicted(spark, uri, rows, extra_env=settings) == pyfuncs(uri, tensor).tolist()


def test_statsmodels(spark: SparkSession, tmp_path: Path) -> None:
    import statsmodels.api as sm

    model = sm.OLS(DELAYS, ROWS).fit()
    uri = saved(tmp_path, mlflow.statsmodels.save_model, model, model.predict(ROWS).to_numpy())
    assert predicted(spark, uri) == pyfuncs(uri).tolist()


def test_prophet(spark: SparkSession, tmp_path: Path) -> None:
    days = pd.DataFrame({"ds": pd.date_range("2013-01-01", periods=12), "y": DELAYS})
    with quiet():
        from prophet import Prophet

        # Without samples of the uncertainty, which are drawn anew at each call.
        model = Prophet(
            weekly_seasonality=False, daily_seasonality=False, yearly_seasonality=False, uncertainty_samples=0
        )
        model.fit(days, iter=20)
    rows = days[["ds"]]
    uri = saved(tmp_path, mlflow.prophet.save_model, model, model.predict(rows), rows)
    theirs = pyfuncs(uri, rows)
    texts = [(place, str(day)) for place, day in enumerate(rows["ds"])]
    frame = local_frame(spark, texts, "place int, day string").selectExpr("place", "CAST(day AS timestamp) AS ds")
    found = pd.DataFrame([row.asDict() for row in of_frame(spark, uri, frame)])
    assert list(found) == list(theirs)
    assert found.drop(columns="ds").to_dict() == theirs.drop(columns="ds").to_dict()


def test_spark_ml(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_DFS_TMP", str(tmp_path / "dfs"))
    # Training would take longer than all else here, and adds nothing.
    model = PipelineModel([SQLTransformer(statement="SELECT distance + 0.1 * dep_delay AS prediction FROM __THIS__")])
    with warnings.catch_warnings():
        # MLflow reads Spark's settings in a way that Spark deprecates.
        warnings.simplefilter("ignore")
        uri = saved(tmp_path, mlflow.spark.save_model, model, np.array([1.0]))
        theirs = pyfuncs(uri)
    assert predicted(spark, uri, extra_env=QUICK_JVM) == list(theirs)


def test_spark_ml_is_given_nulls(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_DFS_TMP", str(tmp_path / "dfs"))
    model = PipelineModel([SQLTransformer(statement="SELECT coalesce(hour, -1) * 2.0D AS prediction FROM __THIS__")])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        signature = ModelSignature(Schema([ColSpec("long", "hour")]), Schema([ColSpec("double")]))
        uri = saved(tmp_path, mlflow.spark.save_model, model, None, signature=signature)
    frame = local_frame(spark, [(0, 7), (1, None)], "place int, hour bigint")
    assert of_frame(spark, uri, frame, extra_env=QUICK_JVM) == [14.0, -2.0]


def test_custom_pyfunc_of_columns_and_lists(spark: SparkSession, tmp_path: Path) -> None:
    model = pyfunc_of(lambda _context, rows, _params: [[*row] for row in rows.itertuples(index=False)])
    uri = saved(
        tmp_path, lambda model, **more: mlflow.pyfunc.save_model(python_model=model, **more), model, np.ones((1, 2))
    )
    assert spark_udf(spark, uri).returnType == T.ArrayType(T.DoubleType())
    assert predicted(spark, uri) == pyfuncs(uri)
