"""The public UDF: MLflow's arguments, in any query."""

import inspect
from typing import Any

import mlflow.pyfunc
import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T
from tests.models import log_pyfunc, pyfunc_of
from tests.steps.conftest import Models
from tests.steps.scoring import Desk, add_version, mlflows

import spark_models
from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError, RegistryError, SchemaError
from spark_models.steps.udf import spark_udf


@pytest.fixture
def expected(desk: Desk) -> list[float]:
    rows = desk.write()
    found: list[float] = mlflows(desk.store, ModelVersion("delay", 1), rows.drop(columns="id")).tolist()
    return found


def predicted(desk: Desk, column: Any) -> list[Any]:
    frame = desk.frame().select("id", column.alias("p")).orderBy("id")
    return [row["p"] for row in frame.collect()]


def test_it_takes_mlflows_arguments_in_mlflows_order() -> None:
    theirs = list(inspect.signature(mlflow.pyfunc.spark_udf).parameters.values())
    ours = list(inspect.signature(spark_models.spark_udf).parameters.values())
    assert [(one.name, one.default, one.kind) for one in ours[: len(theirs)]] == [
        (one.name, one.default, one.kind) for one in theirs
    ]
    assert {one.kind for one in ours[len(theirs) :]} == {inspect.Parameter.KEYWORD_ONLY}


def test_it_predicts_what_mlflow_predicts_however_the_columns_are_given(desk: Desk, expected: list[float]) -> None:
    predict = spark_udf(desk.spark, "models:/delay/1", registry=desk.store.config)
    names = ["carrier", "distance", "dep_delay", "hour"]
    assert predicted(desk, predict()) == expected
    assert predicted(desk, predict(*names)) == expected
    assert predicted(desk, predict(F.struct(*reversed(names)))) == expected
    desk.spark.udf.register("predict_delay", predict)
    desk.frame().createOrReplaceTempView("some_flights")
    found = desk.spark.sql("SELECT id, predict_delay(carrier, distance, dep_delay, hour) AS p FROM some_flights")
    assert [row["p"] for row in found.orderBy("id").collect()] == expected


@pytest.mark.parametrize("result_type", ["float", T.FloatType()])
def test_the_result_has_the_type_that_is_asked_for(desk: Desk, expected: list[float], result_type: Any) -> None:
    predict = spark_udf(desk.spark, "models:/delay/1", result_type, registry=desk.store.config)
    frame = desk.frame().withColumn("p", predict())
    assert frame.schema["p"].dataType == T.FloatType()
    assert [row["p"] for row in frame.orderBy("id").collect()] == pytest.approx(expected, rel=1e-6)


def test_probabilities_are_an_array(desk: Desk, models: Models) -> None:
    rows = desk.write()
    predict = spark_udf(desk.spark, "models:/late/1", method="predict_proba", registry=desk.store.config)
    assert predict.returnType == T.ArrayType(T.DoubleType())
    expected = models.late.model.predict_proba(rows[["distance", "dep_delay"]])
    assert predicted(desk, predict()) == expected.tolist()


def test_several_columns_are_a_struct(desk: Desk, models: Models) -> None:
    add_version(
        models.store,
        "several",
        log_pyfunc(
            models.store,
            pyfunc_of(
                lambda _, rows, __: (
                    rows["distance"]
                    .to_frame("far")
                    .assign(far=rows["distance"] > 1000, text=rows["distance"].astype(str))
                )
            ),
        ),
    )
    rows = desk.write()
    kind = "far boolean, text string"
    predict = spark_udf(desk.spark, "models:/several/1", kind, registry=desk.store.config)
    expected = [(distance > 1000, str(distance)) for distance in rows["distance"]]
    assert [(row["far"], row["text"]) for row in predicted(desk, predict())] == expected


def test_inference_parameters_reach_the_model(desk: Desk) -> None:
    rows = desk.write()
    predict = spark_udf(desk.spark, "models:/doubling/1", params={"factor": 3.0}, registry=desk.store.config)
    assert predicted(desk, predict()) == (rows["distance"] * 3).tolist()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"env_manager": "conda"}, "'conda' is not supported"),
        ({"prebuilt_env_uri": "dbfs:/env"}, "prebuilt_env_uri is not supported"),
        ({"params": {"factr": 3.0}}, "'factr' is not a parameter"),
        ({"method": "foretell"}, "'foretell'"),
        ({"result_type": "dubble"}, "'dubble'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_arguments_that_cannot_be_honoured_are_refused(desk: Desk, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        spark_udf(desk.spark, "models:/delay/1", registry=desk.store.config, **arguments)


def test_too_few_columns_are_refused_when_it_is_called(desk: Desk) -> None:
    predict = spark_udf(desk.spark, "models:/delay/1", registry=desk.store.config)
    with pytest.raises(SchemaError, match="carrier"):
        predict("distance", "hour")


def test_an_unknown_model_is_refused(desk: Desk) -> None:
    with pytest.raises(RegistryError, match="'delay'"):
        spark_udf(desk.spark, "models:/delai/1", registry=desk.store.config)
