"""Aliases of a registered model: who holds one, and who gets it."""

from mlflow.exceptions import MlflowException

from spark_models.core.model_version import ModelVersion
from spark_models.registry.connection import Registry
from spark_models.registry.refusals import is_absent, refusals


def aliases_of(registry: Registry, name: str) -> dict[str, int]:
    """The aliases of a registered model, with the version that holds each; none if there is no such model.

    Raises:
        RegistryError: if MLflow refuses.
    """
    with refusals(f"aliases of {name!r}"):
        try:
            held: dict[str, str] = registry.client.get_registered_model(name).aliases
        except MlflowException as error:
            if is_absent(error):
                return {}
            raise
    return {alias: int(version) for alias, version in held.items()}


def alias_holder(registry: Registry, name: str, alias: str) -> int | None:
    """The version that holds an alias now, or None."""
    return aliases_of(registry, name).get(alias)


def set_alias(registry: Registry, model_version: ModelVersion, alias: str) -> None:
    """Give an alias to a version; whoever held it loses it.

    Raises:
        RegistryError: if MLflow refuses.
    """
    with refusals(f"alias {alias!r} for {model_version}"):
        registry.client.set_registered_model_alias(model_version.name, alias, str(model_version.version))
