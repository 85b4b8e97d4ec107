"""Versions of small models that the tests of scoring share: registering costs a second each."""

from dataclasses import dataclass

import pytest
from pyspark.sql import SparkSession
from tests.models import Logged, Store, log_booster, log_classifier, log_pyfunc, log_regression, make_store
from tests.steps.scoring import Desk, add_version


@dataclass(frozen=True)
class Models:
    """A store in which nothing changes: ``delay`` 1 and 2, ``late`` 1, ``booster`` 1 and ``doubling`` 1."""

    store: Store
    delay: Logged
    late: Logged
    booster: Logged


@pytest.fixture(scope="package")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    store = make_store(tmp_path_factory.mktemp("mlflow-scoring"))
    delay, late, booster = log_regression(store), log_classifier(store), log_booster(store)
    add_version(store, "delay", delay)
    add_version(store, "delay", log_regression(store, alpha=50.0))
    add_version(store, "late", late)
    add_version(store, "booster", booster)
    add_version(store, "doubling", log_pyfunc(store))
    return Models(store, delay, late, booster)


@pytest.fixture
def desk(spark: SparkSession, models: Models, lake: str) -> Desk:
    """A desk with tables of its own."""
    return Desk(spark, models.store, lake)
