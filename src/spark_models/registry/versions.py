"""Versions of a registered model: found by their digest, or made."""

from collections.abc import Mapping

import mlflow
from mlflow.entities import LoggedModelOutput

from spark_models.core.model_uri import parse_model_uri
from spark_models.core.model_version import ModelVersion
from spark_models.registry.connection import Registry
from spark_models.registry.files import DIGEST_TAG, ModelFiles
from spark_models.registry.fluent import default_uris
from spark_models.registry.refusals import refusals
from spark_models.registry.resolve import all_versions
from spark_models.registry.runs import open_run


def version_with_digest(registry: Registry, name: str, digest: str) -> ModelVersion | None:
    """The first version of ``name`` that was registered with these files, or None.

    Raises:
        RegistryError: if MLflow refuses.
    """
    with refusals(f"versions of {name!r}"):
        for found in sorted(all_versions(registry, name), key=lambda version: int(version.version)):
            # Unity Catalog leaves the tags out of what it finds.
            tags = found.tags or registry.client.get_model_version(name, found.version).tags
            if found.status == "READY" and tags.get(DIGEST_TAG) == digest:
                return ModelVersion(name, int(found.version))
    return None


def create_version(
    registry: Registry, source: str, files: ModelFiles, name: str, tags: Mapping[str, str]
) -> ModelVersion:
    """Make the next version of ``name`` from ``source``, whose files these are; the model is made if need be.

    The digest's tag comes with the version in one step. A model on a path is logged first, since
    a version must not hang on a folder that may change.

    Raises:
        RegistryError: if MLflow refuses.
    """
    with refusals(f"registering {source} as {name!r}"):
        uri = _logged(registry, files, name) if parse_model_uri(source).kind == "path" else source
        with default_uris(registry.tracking_uri, registry.registry_uri):
            made = mlflow.register_model(uri, name, tags={**tags, DIGEST_TAG: files.digest})
    return ModelVersion(name, int(made.version))


def _logged(registry: Registry, files: ModelFiles, name: str) -> str:
    with open_run(registry, f"register {name}") as run_id, default_uris(registry.tracking_uri, registry.registry_uri):
        experiment = registry.client.get_run(run_id).info.experiment_id
        model_id = registry.client.create_logged_model(experiment, name="model", source_run_id=run_id).model_id
        registry.client.log_model_artifacts(model_id, str(files.path))
        registry.client.finalize_logged_model(model_id, "READY")
        registry.client.log_outputs(run_id, [LoggedModelOutput(model_id, step=0)])
    return f"models:/{model_id}"


def describe_version(
    registry: Registry, model_version: ModelVersion, tags: Mapping[str, str], description: str | None
) -> None:
    """Set a version's tags and description where they differ; others that it has stay.

    Raises:
        RegistryError: if MLflow refuses.
    """
    name, version = model_version.name, str(model_version.version)
    with refusals(str(model_version)):
        found = registry.client.get_model_version(name, version)
        for key, value in tags.items():
            if found.tags.get(key) != value:
                registry.client.set_model_version_tag(name, version, key, value)
        if description is not None and (found.description or "") != description:
            registry.client.update_model_version(name, version, description)
