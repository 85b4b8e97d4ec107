"""A batch's id depends on all that its predictions depend on, and on nothing else."""

from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_models.core.config import InputConfig, OutputConfig, ScoreConfig, TablesConfig
from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError
from spark_models.spark.inputs import Input
from spark_models.steps.attempt import Attempt
from spark_models.steps.batch_ids import batch_id_of

FLIGHTS: dict[str, Any] = {
    "model_version": ModelVersion("delay", 1),
    "digest": "d1",
    "table": "flights",
    "version": 3,
    "keys": (),
}


def batch_id(spark: SparkSession, **changes: Any) -> str:
    facts = {name: changes.pop(name, value) for name, value in FLIGHTS.items()}
    inputs = {name: changes.pop(name) for name in ("filter", "columns") if name in changes}
    outputs = {name: changes.pop(name) for name in ("mode", "prediction") if name in changes}
    config = ScoreConfig(
        model=changes.pop("uri", "models:/delay/1"),
        tables=TablesConfig(location=changes.pop("location", "ops")),
        input=InputConfig(table=facts["table"], **inputs),
        output=OutputConfig(table="predictions", keys=("id",), **outputs),
        **changes,
    )
    given = Input(spark.range(0), facts["table"], facts["version"])
    model = facts["model_version"].uri
    attempt = Attempt(config, config.models[0])
    return batch_id_of(config, given, attempt, model=model, digest=facts["digest"], keys=facts["keys"])


@pytest.mark.parametrize(
    "change",
    [
        {"model_version": ModelVersion("delay", 2)},
        {"model_version": ModelVersion("late", 1)},
        {"digest": "d2"},
        {"table": "other"},
        {"version": 4},
        {"filter": "id > 1"},
        {"columns": {"distance": "miles"}},
        {"method": "predict_proba"},
        {"params": {"factor": 2}},
        {"keys": ("AA",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_input_or_model_or_call_is_another_batch(spark: SparkSession, change: dict[str, Any]) -> None:
    assert batch_id(spark, **change) != batch_id(spark)


@pytest.mark.parametrize(
    "change",
    [
        {"uri": "models:/delay@champion"},
        {"location": "elsewhere"},
        {"on_row_error": "record"},
        {"prediction": "score"},
        {"filter": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_predictions_do_not_depend_on_leaves_the_batch_the_same(
    spark: SparkSession, change: dict[str, Any]
) -> None:
    assert batch_id(spark, **change) == batch_id(spark)


def test_an_input_without_versions_needs_a_batch_id_unless_it_is_merged(spark: SparkSession) -> None:
    with pytest.raises(ConfigError, match="flights is not a Delta table and has no version"):
        batch_id(spark, version=None)
    assert batch_id(spark, version=None, mode="merge") != batch_id(spark, version=None, mode="merge")


def test_a_filter_that_lets_other_rows_through_each_time_needs_an_id(spark: SparkSession) -> None:
    with pytest.raises(ConfigError, match=r"input.filter has current_date\(\), by which the same batch would have"):
        batch_id(spark, filter="day = current_date() - 1")
    assert batch_id(spark, filter="day = current_date() - 1", batch_id="2026-11-30") == "2026-11-30"
