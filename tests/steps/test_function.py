"""A model as a function in SQL."""

import pytest
from tests.models import flights
from tests.steps.scoring import Desk, mlflows, numbered

import spark_models
from spark_models.core.model_version import ModelVersion
from spark_models.errors import ConfigError

CALLS = (
    "predict_delay(carrier, distance, dep_delay, hour)",
    "Predict_Delay(struct(*))",
    "predict_delay(struct(hour, dep_delay, distance, carrier))",
    "predict_delay(named_struct('hour', hour, 'dep_delay', dep_delay, 'distance', distance, 'carrier', carrier))",
)


def test_it_takes_columns_by_position_and_a_struct_by_name(shared_desk: Desk) -> None:
    rows = shared_desk.write(numbered(flights(20))).drop(columns="id")
    spark = shared_desk.spark
    shared_desk.frame().createOrReplaceTempView("flights_in_sql")
    for version in (1, 2):  # the second takes the first one's place
        spark_models.register_function(
            spark, "predict_delay", f"models:/delay/{version}", result_type="float", registry=shared_desk.store.config
        )
        # In one task: each worker loads the model, for a second.
        found = spark.table("flights_in_sql").orderBy("id").coalesce(1).selectExpr(*CALLS)
        assert {field.dataType.simpleString() for field in found.schema.fields} == {"float"}
        expected = mlflows(shared_desk.store, ModelVersion("delay", version), rows).astype("float32").tolist()
        assert [tuple(row) for row in found.collect()] == [(value,) * len(CALLS) for value in expected]


@pytest.mark.parametrize(
    ("name", "words"),
    [("a b", "letters, digits"), ("1st", "letters, digits"), ("x'", "digits"), ("ABS", "Spark's own")],
)
def test_a_name_that_is_none_or_taken_is_refused_before_the_model_is_looked_for(
    shared_desk: Desk, name: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        spark_models.register_function(shared_desk.spark, name, "models:/nowhere/1")
