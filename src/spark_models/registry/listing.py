"""All versions of a registered model with what was logged for each, but without their files."""

from concurrent.futures import ThreadPoolExecutor

from mlflow.entities.model_registry import ModelVersion as Found

from spark_models.core.known_versions import KnownVersion
from spark_models.registry.aliases import aliases_of
from spark_models.registry.cards import moment
from spark_models.registry.connection import Registry
from spark_models.registry.files import DIGEST_TAG
from spark_models.registry.logged import logged_for
from spark_models.registry.refusals import refusals
from spark_models.registry.resolve import all_versions

# MLflow is asked for each version's run and logged model; most of the time goes by waiting for a server's answers.
REQUESTS_AT_ONCE = 8


def known_versions(registry: Registry, name: str) -> tuple[KnownVersion, ...]:
    """Every version of a registered model, ascending; none if there is no such model.

    Raises:
        RegistryError: if MLflow refuses.
    """
    aliases = aliases_of(registry, name)
    with refusals(f"versions of {name!r}"), ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        found = sorted(all_versions(registry, name), key=lambda version: int(version.version))
        return tuple(pool.map(lambda version: _known(registry, version, aliases), found))


def _known(registry: Registry, found: Found, aliases: dict[str, int]) -> KnownVersion:
    version = int(found.version)
    logged = logged_for(registry, found)
    # Unity Catalog leaves the tags out of what it finds.
    tags = found.tags or registry.client.get_model_version(found.name, found.version).tags
    return KnownVersion(
        version=version,
        created_at=moment(found.creation_timestamp),
        status=found.status,
        description=found.description or None,
        run_id=logged.run_id,
        run_name=logged.run_name,
        flavor=None,
        digest=tags.get(DIGEST_TAG),
        aliases=tuple(sorted(alias for alias, holder in aliases.items() if holder == version)),
        params=logged.params,
        metrics=logged.metrics,
        tags=dict(tags),
        datasets=logged.datasets,
    )
