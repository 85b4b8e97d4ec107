"""Versions of small models that the tests of scoring share: logging each costs a second."""

from dataclasses import dataclass

import pytest
from pyspark.sql import SparkSession
from tests.models import (
    Logged,
    Store,
    add_version,
    log_booster,
    log_classifier,
    log_imputing,
    log_lightgbm_classifier,
    log_pyfunc,
    log_regression,
    make_store,
)
from tests.steps.scoring import Desk


@dataclass(frozen=True)
class Models:
    """A store with ``delay`` 1 and 2, and version 1 of ``imputing``, ``late``, ``booster``, ``trees``, ``doubling``."""

    store: Store
    logged: dict[str, Logged]


@pytest.fixture(scope="package")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    store = make_store(tmp_path_factory.mktemp("mlflow-scoring"))
    logged = {
        "delay": log_regression(store),
        "imputing": log_imputing(store),
        "late": log_classifier(store),
        "booster": log_booster(store),
        "trees": log_lightgbm_classifier(store),
        "doubling": log_pyfunc(store),
    }
    for name, model in logged.items():
        add_version(store, name, model)
    add_version(store, "delay", log_regression(store, alpha=50.0))
    return Models(store, logged)


@pytest.fixture
def desk(spark: SparkSession, models: Models, lake: str) -> Desk:
    """A desk with tables of its own."""
    return Desk(spark, models.store, lake)


@pytest.fixture(scope="module")
def shared_desk(spark: SparkSession, models: Models, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk whose tables the tests of a module share."""
    return Desk(spark, models.store, str(tmp_path_factory.mktemp("lake")))
