"""Versions of small models that the tests of scoring share: logging each costs a second."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

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

from spark_models.core.config import TablesConfig
from spark_models.core.table_schema import schema_of
from spark_models.core.tables import Card, ComparisonDiff, ComparisonMetric, ScoringRun
from spark_models.spark.tables import make_table


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


@pytest.fixture(scope="package")
def ops(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with empty tables of our own, as the first jobs make them: it takes Spark a second each."""
    folder = tmp_path_factory.mktemp("lake") / "ops"
    tables = TablesConfig(location=str(folder))
    make_table(spark, tables.table("scoring_runs"), schema_of(ScoringRun))
    make_table(spark, tables.table("model_versions"), schema_of(Card))
    make_table(spark, tables.table("comparison_metrics"), schema_of(ComparisonMetric))
    make_table(spark, tables.table("comparison_diffs"), schema_of(ComparisonDiff))
    return folder


@pytest.fixture
def desk(spark: SparkSession, models: Models, ops: Path, lake: str) -> Desk:
    """A desk with tables of its own."""
    copytree(ops, f"{lake}/ops")
    return Desk(spark, models.store, lake)


@pytest.fixture(scope="module")
def shared_desk(spark: SparkSession, models: Models, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk whose tables the tests of a module share."""
    return Desk(spark, models.store, str(tmp_path_factory.mktemp("lake")))
