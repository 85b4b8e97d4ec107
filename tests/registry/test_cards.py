import hashlib
import json
from datetime import UTC, datetime, timedelta

import mlflow
from mlflow.data.pandas_dataset import from_pandas
from tests.models import Logged, Store, log_classifier

from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import Dataset
from spark_models.registry.aliases import set_alias
from spark_models.registry.cards import card_of
from spark_models.registry.files import fetch_files
from spark_models.registry.fluent import default_uris
from spark_models.registry.versions import create_version, describe_version


def test_a_card_tells_everything_known_of_a_version(store: Store, regression: Logged) -> None:
    files = fetch_files(store.registry, regression.uri)
    version = create_version(store.registry, regression.run_uri, files, "carded", {"team": "ops"})
    describe_version(store.registry, version, {}, "Delays")
    set_alias(store.registry, version, "champion")
    card = card_of(store.registry, version, files)

    assert (card.model_name, card.model_version) == ("carded", 1)
    assert abs(card.created_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert (card.run_id, card.run_name) == (regression.run_id, "training")
    assert card.hyperparameters == {"alpha": "1.0"}
    assert card.metrics == {"rmse": 1.5}
    assert json.loads(card.signature or "")["inputs"][0] == {"name": "carrier", "required": True, "type": "string"}
    sizes = {file.path: file.size for file in card.logged_files}
    assert list(sizes) == sorted(sizes)
    assert sizes["MLmodel"] == (files.path / "MLmodel").stat().st_size
    assert {file.path: file.digest for file in card.logged_files}["MLmodel"] == hashlib.sha256(
        (files.path / "MLmodel").read_bytes()
    ).hexdigest()
    assert card.digest == files.digest
    assert (card.flavor, card.requirements) == ("sklearn", files.requirements)
    assert (card.description, card.tags["team"], card.aliases) == ("Delays", "ops", ("champion",))


def test_the_models_own_metrics_stand_before_those_of_its_run(store: Store) -> None:
    logged = log_classifier(store)
    with default_uris(store.registry.tracking_uri, store.registry.registry_uri), mlflow.start_run(logged.run_id):
        mlflow.log_metric("rmse", 9.0)
        mlflow.log_metric("epochs", 3.0)
        mlflow.log_metric("rmse", 0.5, step=2, model_id=logged.model_id)
        mlflow.log_metric("rmse", 0.7, step=1, model_id=logged.model_id)
    files = fetch_files(store.registry, logged.uri)
    card = card_of(store.registry, create_version(store.registry, logged.uri, files, "own", {}), files)
    assert card.metrics == {"rmse": 0.5, "epochs": 3.0}


def test_the_datasets_that_the_run_logged_are_told_once_with_what_they_were_for(store: Store) -> None:
    logged = log_classifier(store)
    training, testing = (from_pandas(logged.rows.head(rows), name="flights") for rows in (5, 3))
    with default_uris(store.registry.tracking_uri, store.registry.registry_uri), mlflow.start_run(logged.run_id):
        mlflow.log_input(training, context="training")
        mlflow.log_input(testing, context="testing")
        mlflow.log_input(training, context="training")
        mlflow.log_input(from_pandas(logged.rows.head(1), name="airports"))
    files = fetch_files(store.registry, logged.uri)
    card = card_of(store.registry, create_version(store.registry, logged.uri, files, "trained", {}), files)
    assert [(data.name, data.context) for data in card.datasets] == [
        ("airports", None),
        ("flights", "testing"),
        ("flights", "training"),
    ]
    assert card.datasets[1:] == (
        Dataset("flights", testing.digest, "testing"),
        Dataset("flights", training.digest, "training"),
    )


def test_a_version_without_a_run_has_a_card_all_the_same(store: Store, regression: Logged) -> None:
    files = fetch_files(store.registry, regression.uri)
    store.client.create_registered_model("runless")
    store.client.create_model_version("runless", files.path.as_uri())
    card = card_of(store.registry, ModelVersion("runless", 1), files)
    assert (card.run_id, card.run_name, card.aliases) == (None, None, ())
