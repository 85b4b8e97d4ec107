from datetime import timedelta

import pytest
from pyspark.sql import SparkSession
from tests.lake import add_rows, rows_of, version
from tests.models import Store, make_store
from tests.promoting import Model, model_of
from tests.rows import card_row, tenure_row

from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import Card
from spark_models.steps.aliases import has_held, move_alias
from spark_models.steps.card_aliases import refresh_card_aliases


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_store(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def model(spark: SparkSession, store: Store, lake: str, request: pytest.FixtureRequest) -> Model:
    return model_of(spark, store, lake, request.node.name)


def move(model: Model, version: int, hour: int) -> bool:
    tenure = tenure_row(version, hour, model_name=model.name)
    return move_alias(model.spark, model.store.registry, model.tables, tenure)


def test_a_move_closes_one_tenure_and_opens_the_next(model: Model) -> None:
    assert move(model, 2, 1)
    before, now = model.history()
    assert (before.model_version, before.until, now.model_version, now.until) == (1, now.since, 2, None)
    assert model.holder() == 2
    held = [has_held(model.spark, model.tables, ModelVersion(model.name, version), "champion") for version in (1, 2, 3)]
    assert held == [True, True, False]


def test_a_move_to_the_holder_changes_nothing(model: Model) -> None:
    before = version(model.tables.table("alias_history"))
    assert not move(model, 1, 1)
    assert before == version(model.tables.table("alias_history"))


def test_a_move_that_others_made_is_entered_just_before_the_next(model: Model) -> None:
    model.move_outside(3)
    assert move(model, 2, 1)
    first, outside, now = model.history()
    assert (outside.model_version, outside.action, outside.until) == (3, "outside", now.since)
    assert first.until == outside.since == now.since - timedelta(microseconds=1)


def test_a_move_that_stopped_after_the_registry_is_finished(model: Model) -> None:
    model.move_outside(2)
    assert move(model, 2, 1)
    assert [entry.model_version for entry in model.history()] == [1, 2]


def test_an_alias_that_others_took_away_is_given_again(model: Model) -> None:
    model.store.client.delete_registered_model_alias(model.name, "champion")
    assert move(model, 1, 1)
    before, now = model.history()
    assert (before.until, now.model_version, model.holder()) == (now.since, 1, 1)


def test_cards_get_the_aliases_of_the_registry_and_are_written_only_if_they_differ(model: Model) -> None:
    table = model.tables.table("model_versions")
    # NaN is not equal to itself, and must not look like a change.
    cards = [card_row(model_name=model.name, metrics={"rmse": float("nan")}), card_row(model_name="another")]
    add_rows(table, cards)
    before = version(table)
    refresh_card_aliases(model.spark, model.store.registry, model.tables, model.name)
    assert version(table) == before

    model.move_outside(2)
    refresh_card_aliases(model.spark, model.store.registry, model.tables, model.name)
    written = {card.model_name: card.aliases for card in rows_of(table, Card)}
    assert written == {model.name: (), "another": ("champion",)}
