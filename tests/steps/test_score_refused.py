from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import functions as F
from tests.models import Logged, log_classifier, register_directly
from tests.steps.scoring import Desk

from spark_models.errors import ConfigError, DataError, DigestError, ProblemsError, RegistryError, SchemaError
from spark_models.registry.files import DIGEST_TAG
from spark_models.steps.score import score


@pytest.fixture(scope="module")
def refusing_desk(shared_desk: Desk) -> Desk:
    """A desk with flights and predictions, some of another shape than the jobs here would write."""
    shared_desk.write()
    frame = shared_desk.frame()
    wrong = frame.select(
        "id",
        F.col("carrier").alias("dep_dely"),
        F.col("distance").cast("string"),
        F.col("hour") + 0.5,
        F.when(F.col("id") > 3, F.col("id")).alias("key"),
        F.lit(1).alias("same"),
    ).withColumnRenamed("(hour + 0.5)", "hour")
    wrong.write.format("delta").save(f"{shared_desk.lake}/wrong")
    frame.select("id", F.lit("x").alias("prediction")).write.format("delta").save(f"{shared_desk.lake}/other")
    return shared_desk


def refusal(desk: Desk, error: type[ProblemsError], model: str, **changes: Any) -> ProblemsError:
    """The error of a job, which must have written a failed run, and no predictions."""
    before = len(desk.runs())
    with pytest.raises(error) as caught:
        score(desk.job(model, **changes), spark=desk.spark)
    assert desk.version() is None
    assert [(run.status, run.error) for run in desk.runs()[before:]] == [("failed", str(caught.value))]
    return caught.value


def test_all_that_is_wrong_with_columns_is_told_at_once(refusing_desk: Desk) -> None:
    desk = refusing_desk
    job = desk.job("delay/1", keys=("idd",), passthrough=("carier", "same", "same"), columns={"our": "hour"})
    job = job.model_copy(update={"input": job.input.model_copy(update={"table": f"{desk.lake}/wrong"})})
    with pytest.raises(SchemaError) as caught:
        score(job, spark=desk.spark)
    told = str(caught.value)
    assert caught.value.subject == f"{desk.lake}/wrong cannot be scored by delay version 1"
    for words in (
        "key column 'idd' is not in the input; did you mean 'id'?",
        "passthrough column 'carier' is not in the input",
        "columns: 'our' is not an input of the model; did you mean 'hour'?",
        "column 'carrier' (string) is not in the input",
        "column 'dep_delay' (double) is not in the input; did you mean 'dep_dely'?",
        "column 'distance' is string, but the model needs double; no cast keeps its values: cast it in a view, or take",
        "output column 'same' would be there twice",
    ):
        assert words in told
    assert len(caught.value.problems) == 7


def test_all_that_is_wrong_with_the_call_and_with_columns_is_told_at_once(refusing_desk: Desk) -> None:
    desk = refusing_desk
    call = {"params": {"factor": 3}, "method": "predict_prob", "result_type": "dubble"}
    error = refusal(desk, ConfigError, "late/1", **call, keys=("idd",), columns={"distance": "none"})
    assert error.subject == f"{desk.lake}/flights cannot be scored by late version 1"
    assert [problem.partition(";")[0] for problem in error.problems] == [
        "late version 1: params: 'factor' is not a parameter of the model (its parameters: none)",
        "late version 1: result_type: 'dubble' is not a Spark type",
        "late version 1: it has no method 'predict_prob'",
        "key column 'idd' is not in the input",
        "column 'none' (double) is not in the input (columns: id, carrier, distance, dep_delay, hour)",
    ]


@pytest.mark.parametrize(
    ("error", "changes", "words"),
    [
        (SchemaError, {"passthrough": ("batch_id",)}, "'batch_id'"),
        (SchemaError, {"prediction": "id"}, "output column 'id' would be there twice"),
        (SchemaError, {"prediction": "the prediction"}, "Delta does not take"),
        (ConfigError, {"filter": "idd > 1"}, "not a condition on the table's columns"),
        (DataError, {"version": 99}, "no version 99; the newest is 0"),
        (DataError, {"timestamp": datetime(2001, 1, 1, tzinfo=UTC)}, "no version from 2001"),
        (ConfigError, {"method": "predict_prob"}, "late version 1 (sklearn): it has no method 'predict_prob'; it has "),
        (ConfigError, {"params": {"factor": 3}}, "'factor' is not a parameter of the model (its parameters: none)"),
        (ConfigError, {"result_type": "dubble"}, "'dubble' is not a Spark type"),
    ],
)
def test_a_job_that_cannot_be_right_is_refused(
    refusing_desk: Desk, error: type[ProblemsError], changes: dict[str, Any], words: str
) -> None:
    assert words in str(refusal(refusing_desk, error, "late/1", **changes))


@pytest.mark.parametrize(
    ("error", "model", "words"),
    [
        (RegistryError, "delai/1", "did you mean 'delay'"),
        (RegistryError, "delay/9", "existing versions: 2, 1"),
        (RegistryError, "delay@chapion", "has no alias 'chapion'"),
        (ConfigError, "m-0a1b", "names no registered version"),
    ],
)
def test_a_model_that_is_not_there_is_refused(
    refusing_desk: Desk, error: type[ProblemsError], model: str, words: str
) -> None:
    assert words in str(refusal(refusing_desk, error, model))


def with_input(desk: Desk, model: str, table: str, **changes: Any) -> ProblemsError:
    """The error of a job over another of the desk's tables."""
    job = desk.job(model, **changes)
    pointed = job.input.model_copy(update={"table": f"{desk.lake}/{table}"})
    with pytest.raises(ProblemsError) as caught:
        score(job.model_copy(update={"input": pointed}), spark=desk.spark)
    assert desk.version() is None
    return caught.value


def test_an_unknown_table_is_refused(refusing_desk: Desk) -> None:
    error = with_input(refusing_desk, "delay/1", "fligths")
    assert isinstance(error, DataError)
    tables = f"(Delta tables in {refusing_desk.lake}: flights, other, wrong)"
    assert f"there is no Delta table at this path; did you mean 'flights'? {tables}" in str(error)


def test_a_double_with_fractions_is_no_long(refusing_desk: Desk) -> None:
    columns = {"carrier": "dep_dely", "distance": "id", "dep_delay": "id"}
    error = with_input(refusing_desk, "delay/1", "wrong", columns=columns)
    assert isinstance(error, SchemaError)
    assert "column 'hour' is double, and 20 of its values are not exact as bigint" in str(error)
    assert "which the model needs: round them or leave them out in a view, or log the model with double" in str(error)


def test_null_keys_are_refused(refusing_desk: Desk) -> None:
    error = with_input(refusing_desk, "doubling/1", "wrong", keys=("key",), columns={"distance": "id"})
    assert isinstance(error, DataError)
    assert "key 'key' is NULL in 4 rows; leave them out by input.filter: key IS NOT NULL" in str(error)


def test_keys_that_repeat_are_refused_for_a_merge(refusing_desk: Desk) -> None:
    changes = {"keys": ("same",), "columns": {"distance": "id"}, "mode": "merge"}
    error = with_input(refusing_desk, "doubling/1", "wrong", **changes)
    assert isinstance(error, DataError)
    assert "19 rows repeat the key (same) of another; merge needs each key once: name more columns in" in str(error)


def test_an_output_table_with_another_schema_is_refused(refusing_desk: Desk) -> None:
    desk = refusing_desk
    job = desk.job("delay/1")
    other = job.output.model_copy(update={"table": f"{desk.lake}/other"})
    with pytest.raises(SchemaError) as caught:
        score(job.model_copy(update={"output": other}), spark=desk.spark)
    table = f"output table {desk.lake}/other:"
    assert (
        f"{table} column 'prediction' is string in the table, but would be written as double" in caught.value.problems
    )
    assert f"{table} column 'model_name' is missing from the table" in caught.value.problems
    assert f"{table} choose another table, or migrate this one" in caught.value.problems


def test_an_output_that_is_no_delta_table_is_refused(refusing_desk: Desk) -> None:
    desk = refusing_desk
    desk.frame().createOrReplaceTempView("seen")
    job = desk.job("delay/1")
    view = job.output.model_copy(update={"table": "seen"})
    # A view has no batch column to look into, and is refused all the same.
    with pytest.raises(SchemaError, match="seen is there, but not as a Delta table"):
        score(job.model_copy(update={"output": view}), spark=desk.spark)
    desk.spark.catalog.dropTempView("seen")


@pytest.fixture(scope="module")
def classifier(shared_desk: Desk) -> Logged:
    return log_classifier(shared_desk.store)


def test_files_that_are_not_the_registered_ones_are_refused_with_both_digests(
    refusing_desk: Desk, classifier: Logged
) -> None:
    desk = refusing_desk
    register_directly(desk.store, "tampered", classifier, {DIGEST_TAG: "0" * 64})
    error = refusal(desk, DigestError, "tampered/1")
    assert "0" * 64 in str(error)
    assert desk.runs()[-1].digest == "0" * 64
    actual = desk.store.client.get_model_version("late", "1").tags[DIGEST_TAG]
    assert len([word for word in str(error).split() if len(word.strip(",")) == len(actual)]) == 2


def test_a_model_without_a_signature_is_refused_with_how_to_add_one(refusing_desk: Desk) -> None:
    desk = refusing_desk
    register_directly(desk.store, "unsigned", log_classifier(desk.store, signature=False))
    assert "signature=infer_signature(" in str(refusal(desk, SchemaError, "unsigned/1"))
