"""The public UDF: MLflow's arguments, in any query."""

import inspect
import os
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from pyspark.errors import PythonException
from pyspark.sql import functions as F
from pyspark.sql import types as T
from tests.models import flights, log_classifier, register_directly
from tests.steps.conftest import Models
from tests.steps.scoring import DISTANCES, Desk, mlflows, numbered, saved, with_missing

import spark_models
from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError, DigestError, RegistryError, SchemaError
from spark_models.registry.files import DIGEST_TAG
from spark_models.spark.result_type import parsed_result_type
from spark_models.steps.udf import spark_udf

NAMES = ["carrier", "distance", "dep_delay", "hour"]


@pytest.fixture(scope="module")
def rows(shared_desk: Desk) -> pd.DataFrame:
    """What the input table holds, besides the key."""
    return shared_desk.write(numbered(flights(20))).drop(columns="id")


@pytest.fixture(scope="module")
def expected(shared_desk: Desk, rows: pd.DataFrame) -> list[float]:
    found: list[float] = mlflows(shared_desk.store, ModelVersion("delay", 1), rows).tolist()
    return found


def predicted(desk: Desk, column: Any) -> list[Any]:
    frame = desk.frame().select("id", column.alias("p")).orderBy("id")
    return [row["p"] for row in frame.collect()]


def of(desk: Desk, model: str, *arguments: Any, **more: Any) -> Any:
    return spark_udf(desk.spark, f"models:/{model}", *arguments, registry=desk.store.config, **more)


def test_it_takes_mlflows_arguments_in_mlflows_order() -> None:
    theirs = list(inspect.signature(mlflow.pyfunc.spark_udf).parameters.values())
    ours = list(inspect.signature(spark_models.spark_udf).parameters.values())
    assert [(one.name, one.default, one.kind) for one in ours[: len(theirs)]] == [
        (one.name, one.default, one.kind) for one in theirs
    ]
    assert {one.kind for one in ours[len(theirs) :]} == {inspect.Parameter.KEYWORD_ONLY}


def test_it_predicts_what_mlflow_predicts_however_the_columns_are_given(
    shared_desk: Desk, expected: list[float]
) -> None:
    predict = of(shared_desk, "delay/1")
    assert predicted(shared_desk, predict()) == expected
    assert predicted(shared_desk, predict(*NAMES)) == expected
    assert predicted(shared_desk, predict(F.struct("id", *reversed(NAMES)))) == expected
    with_column = shared_desk.frame().withColumn("p", predict(*map(F.col, NAMES)))
    assert [row["p"] for row in with_column.orderBy("id").collect()] == expected


def test_an_alias_is_looked_at_once(shared_desk: Desk, expected: list[float]) -> None:
    client = shared_desk.store.client
    client.set_registered_model_alias("delay", "udf", "1")
    predict = of(shared_desk, "delay@udf")
    client.set_registered_model_alias("delay", "udf", "2")
    assert predicted(shared_desk, predict()) == expected


@pytest.mark.parametrize("name", ["imputing", "booster", "trees"])
def test_missing_values_reach_the_model_as_pandas_has_them(desk: Desk, name: str) -> None:
    missing = desk.write(with_missing(numbered(flights(20)))).drop(columns="id")
    found = predicted(desk, of(desk, f"{name}/1")())
    assert found == list(mlflows(desk.store, ModelVersion(name, 1), missing))


@pytest.mark.parametrize("result_type", ["float", T.FloatType()])
def test_the_result_has_the_type_that_is_asked_for(shared_desk: Desk, expected: list[float], result_type: Any) -> None:
    frame = shared_desk.frame().withColumn("p", of(shared_desk, "delay/1", result_type)())
    assert frame.schema["p"].dataType == T.FloatType()
    assert [row["p"] for row in frame.orderBy("id").collect()] == np.array(expected, dtype="float32").tolist()


@pytest.mark.parametrize(
    "text",
    [
        *("bool", "boolean", "int", "integer", "long", "bigint", "float", "real", "double", "DOUBLE", "string"),
        *("array<double>", "array<array<int>>", "a int, b string", "a: int, b: array<float>", "struct<a:int,b:string>"),
    ],
)
def test_a_type_in_words_is_the_type_that_mlflow_takes_it_for(shared_desk: Desk, text: str) -> None:  # noqa: ARG001  # MLflow's way needs a session
    assert parsed_result_type(text) == mlflow.pyfunc._parse_spark_datatype(text)


def test_probabilities_are_an_array_or_a_struct_if_asked(shared_desk: Desk, models: Models, rows: pd.DataFrame) -> None:
    probabilities = models.logged["late"].model.predict_proba(rows[["distance", "dep_delay"]])
    as_array = of(shared_desk, "late/1", method="predict_proba")
    assert as_array.returnType == T.ArrayType(T.DoubleType())
    assert predicted(shared_desk, as_array()) == probabilities.tolist()
    as_struct = of(shared_desk, "late/1", "on_time double, late double", method="predict_proba")
    assert [row.asDict() for row in predicted(shared_desk, as_struct())] == [
        {"on_time": on_time, "late": late} for on_time, late in probabilities.tolist()
    ]


def test_several_outputs_are_a_struct_and_one_named_output_is_not(
    shared_desk: Desk, rows: pd.DataFrame, tmp_path: Path
) -> None:
    output = pd.DataFrame({"far": [True], "text": ["x"], "miles": [[1.0, 2.0]]})
    uri = saved(
        tmp_path,
        lambda _context, given, _params: given.assign(
            far=given["distance"] > 1000,
            text=given["distance"].astype(str).where(given["distance"] > 500, None),
            miles=[[value, value / 2] for value in given["distance"]],
        ),
        output,
    )
    predict = spark_udf(shared_desk.spark, uri)
    assert predict.returnType.simpleString() == "struct<far:boolean,text:string,miles:array<double>>"
    assert [tuple(row) for row in predicted(shared_desk, predict())] == [
        (distance > 1000, str(distance) if distance > 500 else None, [distance, distance / 2])
        for distance in rows["distance"]
    ]
    only = spark_udf(shared_desk.spark, uri, "struct<far:boolean>")
    assert [row["far"] for row in predicted(shared_desk, only())] == (rows["distance"] > 1000).tolist()


@pytest.mark.parametrize(
    ("predict", "output", "kind"),
    [
        (lambda _c, rows, _p: ["far" if far else None for far in rows["distance"] > 1000], np.array(["x"]), "string"),
        (lambda _c, rows, _p: (rows["distance"] > 1000).to_numpy(), np.array([True]), "boolean"),
        (lambda _c, rows, _p: np.stack([rows["distance"]] * 2, axis=1), np.zeros((1, 2)), "array<double>"),
        (lambda _c, rows, _p: pd.Series(rows["distance"]).round().astype("int64"), np.array([1]), "bigint"),
    ],
    ids=["string", "boolean", "array", "bigint"],
)
def test_predictions_have_the_type_of_the_signature(  # noqa: PLR0913, PLR0917  # fixtures and parameters
    shared_desk: Desk, rows: pd.DataFrame, tmp_path: Path, predict: Any, output: Any, kind: str
) -> None:
    udf = spark_udf(shared_desk.spark, saved(tmp_path, predict, output))
    assert udf.returnType.simpleString() == kind
    theirs = predict(None, rows, None)
    assert predicted(shared_desk, udf()) == (theirs if isinstance(theirs, list) else theirs.tolist())


def test_a_result_that_the_signature_does_not_tell_is_seen_in_the_input_example(
    shared_desk: Desk, tmp_path: Path
) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: rows["distance"] > 1000, None, input_example=DISTANCES.head(2))
    assert spark_udf(shared_desk.spark, uri).returnType == T.BooleanType()


def test_dicts_are_a_struct_of_their_names(shared_desk: Desk, rows: pd.DataFrame, tmp_path: Path) -> None:
    uri = saved(
        tmp_path,
        lambda _c, given, _p: [{"far": value > 1000, "miles": value} for value in given["distance"]],
        input_example=DISTANCES.head(2),
    )
    predict = spark_udf(shared_desk.spark, uri)
    assert predict.returnType.simpleString() == "struct<far:boolean,miles:double>"
    assert [tuple(row) for row in predicted(shared_desk, predict())] == [
        (distance > 1000, distance) for distance in rows["distance"]
    ]


def test_a_result_that_nothing_tells_must_be_given(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: rows["distance"], None)
    with pytest.raises(ConfigError, match="no input example to see it from; give result_type"):
        spark_udf(shared_desk.spark, uri)
    assert spark_udf(shared_desk.spark, uri, "double").returnType == T.DoubleType()


def test_parameters_config_and_environment_reach_the_model(
    shared_desk: Desk, rows: pd.DataFrame, tmp_path: Path
) -> None:
    uri = saved(
        tmp_path,
        lambda context, given, params: (
            given["distance"] * (context.model_config["scale"] * params["factor"] + float(os.environ["MODEL_SHIFT"]))
        ),
        np.array([1.0]),
        params={"factor": 2.0},
        model_config={"scale": 1},
    )
    file = tmp_path / "config.yaml"
    file.write_text("scale: 10\n")
    for model_config in ({"scale": 10}, file, str(file)):
        predict = spark_udf(
            shared_desk.spark,
            uri,
            params={"factor": 3.0},
            extra_env={"MODEL_SHIFT": "0.5"},
            model_config=model_config,
        )
        assert predicted(shared_desk, predict()) == (rows["distance"] * 30.5).tolist()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"env_manager": "conda"}, "'conda' is not supported"),
        ({"prebuilt_env_uri": "dbfs:/env"}, "prebuilt_env_uri is not supported"),
        ({"params": {"factr": 3.0}}, "'factr' is not a parameter"),
        ({"params": {"factor": "much"}}, "'factor' takes one double; 'much' is not one"),
        ({"params": {"factor": object()}}, "'factor' takes one double"),
        ({"model_config": {"scale": object()}}, "only texts, numbers"),
        ({"acceleration": "fast"}, "'fast' is neither 'auto' nor 'off'"),
        ({"method": "foretell"}, "no method 'foretell'"),
        ({"result_type": "dubble"}, "'dubble' is not a Spark type"),
        ({"model_config": "nowhere.yaml"}, "nowhere.yaml cannot be read as YAML"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_arguments_that_cannot_be_honoured_are_refused(
    shared_desk: Desk, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        of(shared_desk, "doubling/1", **arguments)


def test_it_has_the_metadata_that_mlflows_has(shared_desk: Desk, tmp_path: Path) -> None:
    uri = saved(tmp_path, lambda _c, rows, _p: rows["distance"], np.array([1.0]), metadata={"team": "ops"})
    found = spark_udf(shared_desk.spark, uri).metadata
    assert found.to_dict() == mlflow.pyfunc.spark_udf(shared_desk.spark, uri).metadata.to_dict()
    assert found.metadata == {"team": "ops"}


def test_env_manager_local_is_what_there_is(shared_desk: Desk) -> None:
    assert of(shared_desk, "delay/1", env_manager="local").returnType == T.DoubleType()


def test_columns_that_are_too_few_or_too_many_are_refused_when_it_is_called(shared_desk: Desk) -> None:
    predict = of(shared_desk, "delay/1")
    for columns in (NAMES[:2], [*NAMES, "id"]):
        with pytest.raises(SchemaError, match=r"columns were given; the model needs carrier, distance"):
            predict(*columns)


def test_columns_that_are_called_as_inputs_are_taken_by_name_whatever_their_order(
    shared_desk: Desk, expected: list[float]
) -> None:
    predict = of(shared_desk, "delay/1")
    swapped = predict("dep_delay", "`distance`", F.col("hour"), F.col("flights.carrier"))
    found = shared_desk.frame().alias("flights").orderBy("id").select(swapped.alias("p"))
    assert [row["p"] for row in found.collect()] == expected
    # An expression has no name: position decides, as for MLflow.
    by_position = predict("carrier", F.col("dep_delay") + 0, F.col("distance") + 0, "hour")
    assert predicted(shared_desk, by_position) != expected


def test_columns_that_are_not_what_the_model_needs_fail_without_their_values(
    shared_desk: Desk, rows: pd.DataFrame
) -> None:
    with pytest.raises(
        PythonException, match="the column for 'distance' is string, the model needs double: cast it first"
    ) as caught:
        predicted(shared_desk, of(shared_desk, "doubling/1")("carrier"))
    assert not any(f"'{carrier}'" in str(caught.value) for carrier in rows["carrier"])
    with pytest.raises(PythonException, match="field 'distance' is missing"):
        predicted(shared_desk, of(shared_desk, "doubling/1")(F.struct("hour")))


def test_an_unknown_model_is_refused(shared_desk: Desk) -> None:
    with pytest.raises(RegistryError, match="'delay'"):
        of(shared_desk, "delai/1")


def test_changed_files_and_a_missing_signature_are_refused(shared_desk: Desk) -> None:
    store = shared_desk.store
    register_directly(store, "forged", log_classifier(store, signature=False), {DIGEST_TAG: "0" * 64})
    with pytest.raises(DigestError, match="0" * 64):
        of(shared_desk, "forged/1")
    store.client.delete_model_version_tag("forged", "1", DIGEST_TAG)
    with pytest.raises(SchemaError, match="no signature"):
        of(shared_desk, "forged/1")
