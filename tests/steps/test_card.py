import pytest
from tests.models import Store, log_classifier, make_store, register_directly

from spark_models.core.config import CardConfig
from spark_models.core.model_version import ModelVersion
from spark_models.errors import DigestError, RegistryError
from spark_models.registry.aliases import set_alias
from spark_models.registry.files import DIGEST_TAG
from spark_models.steps.card import card


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_store(tmp_path_factory.mktemp("mlflow"))


def config(store: Store, model: str) -> CardConfig:
    return CardConfig(registry=store.config, model=model)


def test_the_card_of_an_alias_is_that_of_the_version_it_names_now(store: Store) -> None:
    logged = log_classifier(store)
    for _ in range(2):
        register_directly(store, "late", logged)
    set_alias(store.registry, ModelVersion("late", 2), "champion")
    found = card(config(store, "models:/late@champion"))
    assert (found.model_version, found.aliases) == (2, ("champion",))
    assert (found.run_name, found.hyperparameters, found.metrics) == ("training", {"C": "1.0"}, {"rmse": 1.5})
    assert found.signature is not None
    assert {"MLmodel", "model.pkl"} <= {file.path for file in found.logged_files}


def test_the_card_of_an_unknown_model_is_refused(store: Store) -> None:
    with pytest.raises(RegistryError, match="there is no registered model 'early'"):
        card(config(store, "models:/early/1"))


def test_files_that_are_not_the_registered_ones_have_no_card(store: Store) -> None:
    register_directly(store, "changed", log_classifier(store), {DIGEST_TAG: "0" * 64})
    with pytest.raises(DigestError, match="put the registered files back"):
        card(config(store, "models:/changed/1"))
