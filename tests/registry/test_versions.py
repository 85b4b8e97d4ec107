from pathlib import Path

import mlflow.sklearn
import pytest
from tests.models import Logged, Store, register_directly

from spark_models.core.model_version import ModelVersion
from spark_models.errors import RegistryError
from spark_models.registry.files import DIGEST_TAG, fetch_files, verified_files
from spark_models.registry.versions import create_version, describe_version, version_with_digest


@pytest.mark.parametrize("form", ["run_uri", "uri"])
def test_a_logged_model_becomes_the_next_version_with_its_digest(store: Store, regression: Logged, form: str) -> None:
    name, source = f"from_{form}", getattr(regression, form)
    files = fetch_files(store.registry, source)
    first = create_version(store.registry, source, files, name, {"team": "ops"})
    found = store.client.get_model_version(name, "1")
    assert first == ModelVersion(name, 1)
    assert found.tags == {"team": "ops", DIGEST_TAG: files.digest}
    assert found.run_id == regression.run_id
    assert create_version(store.registry, source, files, name, {}) == ModelVersion(name, 2)


def test_a_model_on_a_path_is_logged_first_so_that_the_folder_may_go(
    store: Store, regression: Logged, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    mlflow.sklearn.save_model(
        regression.model, folder, serialization_format="cloudpickle", pip_requirements=["scikit-learn"]
    )
    files = fetch_files(store.registry, str(folder))
    version = create_version(store.registry, str(folder), files, "from_path", {})
    (folder / "MLmodel").write_text("changed since", encoding="utf-8")

    assert verified_files(store.registry, version).digest == files.digest
    run = store.client.get_run(store.client.get_model_version("from_path", "1").run_id or "")
    assert (run.info.run_name, run.info.status) == ("register from_path", "FINISHED")


def test_a_version_is_found_by_its_digest(store: Store, regression: Logged, classifier: Logged) -> None:
    files = fetch_files(store.registry, regression.uri)
    register_directly(store, "known", classifier)
    assert version_with_digest(store.registry, "known", files.digest) is None
    assert version_with_digest(store.registry, "no_such_model", files.digest) is None
    create_version(store.registry, regression.uri, files, "known", {})
    create_version(store.registry, regression.uri, files, "known", {})
    assert version_with_digest(store.registry, "known", files.digest) == ModelVersion("known", 2)


def test_tags_and_description_are_set_where_they_differ_and_others_stay(store: Store, regression: Logged) -> None:
    files = fetch_files(store.registry, regression.uri)
    version = create_version(store.registry, regression.uri, files, "told", {"team": "ops", "kept": "yes"})
    describe_version(store.registry, version, {"team": "science"}, "Delays")
    found = store.client.get_model_version("told", "1")
    assert found.tags == {"team": "science", "kept": "yes", DIGEST_TAG: files.digest}
    assert found.description == "Delays"

    describe_version(store.registry, version, {"team": "science"}, "Delays")
    assert store.client.get_model_version("told", "1").last_updated_timestamp == found.last_updated_timestamp


def test_what_mlflow_refuses_is_a_registry_error(store: Store, regression: Logged) -> None:
    files = fetch_files(store.registry, regression.uri)
    with pytest.raises(RegistryError, match=r"registering models:/m-.* as 'a/b'"):
        create_version(store.registry, regression.uri, files, "a/b", {})
