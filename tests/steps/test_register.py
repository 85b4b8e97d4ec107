from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow.sklearn
import pytest
from pyspark.sql import SparkSession
from tests.lake import rows_of, version
from tests.models import (
    Logged,
    Store,
    add_version,
    log_classifier,
    log_pyfunc,
    log_regression,
    make_store,
    refusing,
    register_directly,
)

from spark_models.core.config import RegisterConfig, TablesConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import AliasTenure, Card
from spark_models.errors import ConfigError, RegistryError
from spark_models.registry.aliases import alias_holder
from spark_models.registry.files import DIGEST_TAG
from spark_models.registry.fluent import quiet
from spark_models.steps.aliases import move_alias
from spark_models.steps.register import register


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_store(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture(scope="module")
def regression(store: Store) -> Logged:
    return log_regression(store)


def config(store: Store, lake: str, source: str, name: str, **more: Any) -> RegisterConfig:
    return RegisterConfig(registry=store.config, tables=TablesConfig(location=lake), source=source, name=name, **more)


def registered(store: Store, name: str) -> int:
    return len(store.client.search_model_versions(f"name='{name}'"))


def test_a_new_model_gets_a_version_its_aliases_and_a_card_and_the_same_files_give_it_back(
    spark: SparkSession, lake: str, store: Store, regression: Logged
) -> None:
    told = {"aliases": ("champion",), "tags": {"team": "ops"}, "description": "Delays"}
    job = config(store, lake, regression.run_uri, "delay", **told)
    done = register(job, spark=spark)
    assert (done.model_version, done.created, done.aliases) == (ModelVersion("delay", 1), True, ("champion",))
    assert store.client.get_model_version("delay", "1").tags == {"team": "ops", DIGEST_TAG: done.digest}
    assert alias_holder(store.registry, "delay", "champion") == 1

    assert rows_of(job.tables.table("model_versions"), Card) == (done.card,)
    assert (done.card.run_name, done.card.description, done.card.aliases) == ("training", "Delays", ("champion",))
    (tenure,) = rows_of(job.tables.table("alias_history"), AliasTenure)
    assert (tenure.model_version, tenure.action, tenure.until) == (1, "register", None)

    versions = [version(job.tables.table(name)) for name in ("model_versions", "alias_history")]
    again = register(job.model_copy(update={"source": regression.uri}), spark=spark)
    assert again == replace(done, created=False, aliases=())
    assert registered(store, "delay") == 1
    assert versions == [version(job.tables.table(name)) for name in ("model_versions", "alias_history")]


def test_other_tags_and_another_description_are_set_on_the_version_that_is_there(
    spark: SparkSession, lake: str, store: Store, regression: Logged
) -> None:
    add_version(store, "retold", regression)
    for team, description in (("ops", "Delays"), ("science", "Arrival delays")):
        job = config(store, lake, regression.uri, "retold", tags={"team": team}, description=description)
        done = register(job, spark=spark)
    assert (done.created, done.card.tags["team"], done.card.description) == (False, "science", "Arrival delays")
    assert rows_of(job.tables.table("model_versions"), Card) == (done.card,)


def promoted(spark: SparkSession, store: Store, tables: TablesConfig, version: ModelVersion) -> None:
    tenure = AliasTenure(
        model_name=version.name,
        alias="champion",
        model_version=version.version,
        since=datetime.now(UTC),
        until=None,
        action="promote",
        reason="better",
        comparison_id=None,
        forced=False,
    )
    assert move_alias(spark, store.registry, tables, tenure)


def test_an_alias_is_given_once_so_a_rerun_does_not_undo_a_promotion(
    spark: SparkSession, lake: str, store: Store, regression: Logged
) -> None:
    add_version(store, "once", regression)
    job = config(store, lake, regression.uri, "once", aliases=("champion",))
    assert register(job, spark=spark).aliases == ("champion",)
    better = ModelVersion("once", register_directly(store, "once", log_classifier(store)))
    promoted(spark, store, job.tables, better)

    again = register(job, spark=spark)
    assert (again.created, again.aliases, again.card.aliases) == (False, (), ())
    assert alias_holder(store.registry, "once", "champion") == better.version


def test_an_alias_moves_to_a_new_version_that_never_had_it(
    spark: SparkSession, lake: str, store: Store, regression: Logged
) -> None:
    add_version(store, "moved", regression)
    job = config(store, lake, regression.uri, "moved", aliases=("champion",))
    register(job, spark=spark)
    done = register(job.model_copy(update={"source": log_classifier(store).uri}), spark=spark)
    assert (done.model_version.version, done.aliases) == (2, ("champion",))
    assert alias_holder(store.registry, "moved", "champion") == 2


def test_a_model_on_a_path_is_registered_once(
    spark: SparkSession, lake: str, store: Store, regression: Logged, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    with quiet():
        mlflow.sklearn.save_model(
            regression.model,
            folder,
            input_example=regression.rows.head(2),
            serialization_format="cloudpickle",
            pip_requirements=["scikit-learn"],
        )
    job = config(store, lake, str(folder), "saved")
    results = [register(job, spark=spark) for _ in range(2)]
    assert [result.created for result in results] == [True, False]
    assert results[0].card.run_name == "register saved"


def test_everything_wrong_with_a_model_is_told_at_once_and_nothing_is_registered(lake: str, store: Store) -> None:
    source = log_pyfunc(store, signature=None, input_example=None).uri
    with pytest.raises(RegistryError) as refused:
        register(config(store, lake, source, "bad", aliases=("v2",), tags={DIGEST_TAG: "mine"}))
    alias, tag, signature, example = refused.value.problems
    assert "'v2'" in alias
    assert DIGEST_TAG in tag
    assert "mlflow.pyfunc.log_model(..., signature=infer_signature(X, y))" in signature
    assert "input_example=" in example
    assert registered(store, "bad") == 0
    assert not Path(lake).exists()


def test_a_model_that_cannot_predict_its_example_is_not_registered(lake: str, store: Store) -> None:
    with pytest.raises(RegistryError, match=r"cannot predict its input example: ArithmeticError; raised in"):
        register(config(store, lake, log_pyfunc(store, refusing()).uri, "refusing"))
    assert registered(store, "refusing") == 0


def test_a_source_that_is_not_there_is_told_with_the_other_problems(lake: str, store: Store) -> None:
    with pytest.raises(RegistryError) as refused:
        register(config(store, lake, "runs:/0123/model", "a/b"))
    assert "a/b" in refused.value.problems[0]
    assert "its files cannot be fetched" in refused.value.problems[1]


def test_a_registered_version_is_no_source(lake: str, store: Store) -> None:
    with pytest.raises(ConfigError, match="it is registered already"):
        register(config(store, lake, "models:/delay/1", "copy"))
