"""The models of a job, each with the rows that it is for: all of them, or with ``model_by`` those of its keys."""

from dataclasses import dataclass

from spark_models.core.config import ScoreConfig
from spark_models.core.group_models import GroupKey, group_uri
from spark_models.core.model_version import ModelVersion
from spark_models.registry.connection import Registry
from spark_models.registry.resolve import resolve_all
from spark_models.spark.groups import group_keys
from spark_models.spark.inputs import Input


@dataclass(frozen=True)
class Group:
    """The rows of some keys, which one model version is for; ``uri`` is what was asked for."""

    model_version: ModelVersion
    uri: str
    keys: tuple[GroupKey, ...]


def groups_of(registry: Registry, config: ScoreConfig, given: Input) -> tuple[Group, ...]:
    """The input's keys by model version, each key's URI resolved once, in the order of the least keys.

    Raises:
        SchemaError: if there is no such column, or its values cannot stand in names.
        DataError: if there are too many keys, or some that cannot stand in a name.
        RegistryError: listing every key without a model.
    """
    assert config.model_by is not None
    [template] = config.models
    keys = group_keys(given, config.model_by, config.max_groups)
    uris = [group_uri(template, config.model_by, key) for key in keys]
    found = resolve_all(registry, uris, f"models by {config.model_by}")
    groups: dict[ModelVersion, Group] = {}
    for key, uri, model_version in zip(keys, uris, found, strict=True):
        if model_version in groups:
            groups[model_version] = Group(model_version, template, (*groups[model_version].keys, key))
        else:
            groups[model_version] = Group(model_version, uri, (key,))
    return tuple(groups.values())
