from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.models import Logged, Store, log_booster, log_classifier, log_pyfunc, register_directly

from spark_models.core.digest import digest_of
from spark_models.core.model_version import ModelVersion
from spark_models.core.signature import Field
from spark_models.errors import DigestError, RegistryError
from spark_models.registry.files import DIGEST_TAG, fetch_files, flavor_of, verified_files


def stored_files(store: Store, logged: Logged) -> Path:
    return Path(urlsplit(store.client.get_logged_model(logged.model_id).artifact_location).path)


def test_every_form_of_uri_gives_the_same_files(store: Store, regression: Logged) -> None:
    register_directly(store, "forms", regression)
    forms = [
        regression.uri,
        regression.run_uri,
        "models:/forms/1",
        "models:/forms/latest",
        str(stored_files(store, regression)),
        stored_files(store, regression).as_uri(),
    ]
    digests = {fetch_files(store.registry, form).digest for form in forms}
    assert digests == {digest_of(stored_files(store, regression))}


def test_the_mlmodel_file_is_described(store: Store, regression: Logged, tmp_path: Path) -> None:
    files = fetch_files(store.registry, regression.uri, tmp_path / "model")
    assert files.path.is_relative_to(tmp_path)
    assert files.flavor == "sklearn"
    assert files.signature is not None
    assert files.signature.inputs[0] == Field("carrier", "string")
    assert "scikit-learn" in files.requirements
    assert files.example is not None
    assert files.example.is_file()
    assert files.mlmodel["model_id"] == regression.model_id


def test_the_flavor_is_the_one_that_loads_the_model(store: Store) -> None:
    assert fetch_files(store.registry, log_booster(store).uri).flavor == "lightgbm"
    assert fetch_files(store.registry, log_pyfunc(store).uri).flavor == "pyfunc"
    assert flavor_of({"python_function": {"loader_module": "my_loader"}, "mine": {}}) == "pyfunc"


@pytest.mark.parametrize("uri", ["models:/m-0123", "runs:/0123/model", "models:/nothing/1", "no/such/folder"])
def test_files_that_are_not_there_are_refused(store: Store, uri: str) -> None:
    with pytest.raises(RegistryError, match=uri):
        fetch_files(store.registry, uri)


def test_a_folder_that_holds_no_model_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="there is no MLmodel file"):
        fetch_files(store.registry, str(tmp_path))


def test_files_that_were_changed_in_the_artifact_store_are_refused(store: Store) -> None:
    logged = log_classifier(store)
    digest = fetch_files(store.registry, logged.uri).digest
    version = register_directly(store, "changed", logged, {DIGEST_TAG: digest})
    assert verified_files(store.registry, ModelVersion("changed", version)).digest == digest

    with (stored_files(store, logged) / "model.pkl").open("ab") as file:
        file.write(b"more")
    with pytest.raises(DigestError, match=f"{digest} was registered"):
        verified_files(store.registry, ModelVersion("changed", version))


def test_a_version_without_a_digest_is_accepted(store: Store, classifier: Logged) -> None:
    version = register_directly(store, "not_by_us", classifier)
    files = verified_files(store.registry, ModelVersion("not_by_us", version))
    assert files.digest == fetch_files(store.registry, classifier.uri).digest


def test_a_download_leaves_the_artifact_store_as_it_was(store: Store, classifier: Logged) -> None:
    before = sorted(stored_files(store, classifier).rglob("*"))
    register_directly(store, "untouched", classifier)
    fetch_files(store.registry, "models:/untouched/1")
    assert sorted(stored_files(store, classifier).rglob("*")) == before
