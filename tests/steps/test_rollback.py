from typing import Any

import pytest
from pyspark.sql import SparkSession
from tests.lake import add_rows, rows_of, version
from tests.models import Store, make_store
from tests.promoting import Model, model_of
from tests.rows import START, card_row, tenure_row

from spark_models.core.config import RollbackConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import Card
from spark_models.errors import RegistryError
from spark_models.steps.rollback import rollback


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_store(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def model(spark: SparkSession, store: Store, lake: str, request: pytest.FixtureRequest) -> Model:
    """A model whose champion was version 1, then 2, and is 3 now."""
    made = model_of(spark, store, lake, request.node.name, recorded=False)
    made.move_outside(3)
    first, second, third = (tenure_row(version, version, model_name=made.name) for version in (1, 2, 3))
    made.record(first, second, third)
    return made


def config(model: Model, **more: Any) -> RollbackConfig:
    return RollbackConfig(registry=model.store.config, tables=model.tables, name=model.name, **more)


def test_the_alias_goes_back_to_the_holder_before_with_a_reason(model: Model) -> None:
    cards = [
        card_row(model_name=model.name, model_version=version, aliases=aliases)
        for version, aliases in ((2, ()), (3, ("champion",)))
    ]
    add_rows(model.tables.table("model_versions"), cards)
    done = rollback(config(model, reason="late flights missed"), spark=model.spark)
    assert (done.model_version, done.moved, done.previous) == (ModelVersion(model.name, 2), True, 3)
    assert model.holder() == 2
    *_, before, now = model.history()
    assert (before.model_version, before.until) == (3, now.since)
    assert (now.model_version, now.action, now.reason, now.forced) == (2, "rollback", "late flights missed", False)
    written = rows_of(model.tables.table("model_versions"), Card)
    assert {card.model_version: card.aliases for card in written} == {2: ("champion",), 3: ()}


def test_two_rollbacks_go_back_two_versions_and_a_third_is_refused(model: Model) -> None:
    for holder in (2, 1):
        assert rollback(config(model), spark=model.spark).model_version.version == holder
    with pytest.raises(RegistryError, match="champion was held by nobody before version 1, by the alias history"):
        rollback(config(model), spark=model.spark)
    assert model.holder() == 1
    assert [entry.model_version for entry in model.history()] == [1, 2, 3, 2, 1]


def test_a_rerun_from_the_same_version_changes_nothing(model: Model) -> None:
    rollback(config(model, from_version=3), spark=model.spark)
    before = version(model.tables.table("alias_history"))
    again = rollback(config(model, from_version=3), spark=model.spark)
    assert (again.moved, again.model_version.version, model.holder()) == (False, 2, 2)
    assert before == version(model.tables.table("alias_history"))


def test_a_rollback_from_a_version_that_does_not_hold_the_alias_changes_nothing(model: Model) -> None:
    before = model.history()
    assert not rollback(config(model, from_version=2), spark=model.spark).moved
    assert (model.holder(), model.history()) == (3, before)


def test_a_rollback_that_was_stopped_before_the_history_is_finished_by_a_rerun(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("spark_models.steps.aliases.upsert_rows", stop)
        with pytest.raises(KeyboardInterrupt):
            rollback(config(model, from_version=3), spark=model.spark)
    done = rollback(config(model, from_version=3), spark=model.spark)
    assert (done.moved, done.previous, model.holder()) == (True, 3, 2)
    assert [(entry.model_version, entry.action) for entry in model.history()[-2:]] == [(3, "promote"), (2, "rollback")]
    assert not rollback(config(model, from_version=3), spark=model.spark).moved


def test_a_move_that_others_made_is_rolled_back_and_kept_in_the_history(model: Model) -> None:
    model.move_outside(1)
    done = rollback(config(model), spark=model.spark)
    assert (done.model_version.version, done.previous, model.holder()) == (3, 1, 3)
    entries = [(entry.model_version, entry.action) for entry in model.history()]
    assert entries[-3:] == [(3, "promote"), (1, "outside"), (3, "rollback")]
    assert all(entry.since >= START for entry in model.history())


def test_a_version_that_is_gone_is_not_rolled_back_to(model: Model) -> None:
    model.store.client.delete_model_version(model.name, "2")
    with pytest.raises(RegistryError, match="has no version 2"):
        rollback(config(model), spark=model.spark)
    assert model.holder() == 3


def test_an_alias_without_a_history_is_not_rolled_back(
    spark: SparkSession, store: Store, lake: str, request: pytest.FixtureRequest
) -> None:
    made = model_of(spark, store, lake, request.node.name, recorded=False)
    with pytest.raises(RegistryError, match="held by nobody before version 1"):
        rollback(config(made), spark=spark)


def test_an_alias_or_a_model_that_is_not_there_is_refused(model: Model) -> None:
    with pytest.raises(RegistryError, match="has no alias 'canary'"):
        rollback(config(model, alias="canary"), spark=model.spark)
    unknown = RollbackConfig(registry=model.store.config, tables=model.tables, name="nobody")
    with pytest.raises(RegistryError, match="there is no registered model 'nobody'"):
        rollback(unknown, spark=model.spark)
