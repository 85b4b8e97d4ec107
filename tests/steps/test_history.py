from datetime import timedelta

import pytest
from pyspark.sql import SparkSession
from tests.models import Store, make_store
from tests.promoting import Model, model_of
from tests.rows import START, tenure_row

from spark_models.core.config import HistoryConfig
from spark_models.errors import RegistryError
from spark_models.steps.aliases import move_alias
from spark_models.steps.history import history


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_store(tmp_path_factory.mktemp("mlflow"))


def config(model: Model, alias: str | None = None) -> HistoryConfig:
    return HistoryConfig(registry=model.store.config, tables=model.tables, name=model.name, alias=alias)


def test_tenures_are_by_alias_and_oldest_first_with_their_ends(spark: SparkSession, store: Store, lake: str) -> None:
    model = model_of(spark, store, lake, "ordered")
    for hour, version in ((2, 3), (1, 2)):
        canary = tenure_row(version, hour, model_name=model.name, alias="canary")
        model.record(canary, tenure_row(9, hour, model_name="another"))
    assert move_alias(spark, store.registry, model.tables, tenure_row(2, 5, model_name=model.name))
    found = history(config(model), spark=spark)
    assert [(row.alias, row.model_version) for row in found] == [
        ("canary", 2),
        ("canary", 3),
        ("champion", 1),
        ("champion", 2),
    ]
    assert (found[2].until, found[3].until) == (START + timedelta(hours=5), None)
    assert history(config(model, "canary"), spark=spark) == found[:2]


def test_a_model_without_moves_has_no_history(spark: SparkSession, store: Store, lake: str) -> None:
    assert history(config(model_of(spark, store, lake, "unmoved", recorded=False)), spark=spark) == ()


def test_an_unknown_model_is_told_with_near_names(spark: SparkSession, store: Store, lake: str) -> None:
    model_of(spark, store, lake, "flight_delay", recorded=False)
    job = HistoryConfig.model_validate({"registry": store.config, "tables": {"location": lake}, "name": "flight_dely"})
    with pytest.raises(RegistryError, match="no registered model 'flight_dely'; did you mean 'flight_delay'"):
        history(job, spark=spark)
