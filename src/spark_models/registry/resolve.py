"""From a model URI to a pinned model version, in one look."""

from collections import Counter
from collections.abc import Iterator, Sequence

from mlflow.entities.model_registry import ModelVersion as Found
from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST

from spark_models.core.model_uri import ModelURI, parse_model_uri
from spark_models.core.model_version import ModelVersion
from spark_models.core.suggest import did_you_mean
from spark_models.errors import ConfigError, RegistryError
from spark_models.registry.aliases import aliases_of
from spark_models.registry.connection import Registry
from spark_models.registry.refusals import is_absent, reason, refusals

NAMES_TO_SUGGEST_FROM = 1000


def resolve(registry: Registry, uri: str) -> ModelVersion:
    """The version that a URI names now; ``latest`` is the highest version.

    Raises:
        ConfigError: if the URI does not name a registered model.
        RegistryError: if there is no such model, version or alias, or the version is not ready.
    """
    parsed = parse_model_uri(uri)
    if parsed.name is None:
        problem = "it names no registered version: run `spark-models register` and use models:/NAME/VERSION"
        raise ConfigError(f"model URI {uri!r}", [problem])
    # Why a look failed is looked up, too, and may fail by itself.
    with refusals(f"model URI {uri!r}"):
        try:
            found = _look_up(registry, parsed, parsed.name)
        except MlflowException as error:
            raise RegistryError(f"model URI {uri!r}", [_why(registry, parsed, parsed.name, error)]) from error
    if found.status != "READY":
        raise RegistryError(f"model URI {uri!r}", [f"version {found.version} is not ready: it is {found.status}"])
    return ModelVersion(parsed.name, int(found.version))


def resolve_all(registry: Registry, uris: Sequence[str], subject: str) -> tuple[ModelVersion, ...]:
    """The versions that the URIs name now, each version looked up once, and the aliases of a model in one look.

    Raises:
        RegistryError: about ``subject``, listing every URI that names no version, or none that is ready; or with the
            first failure of the registry itself.
        ConfigError: the same, if all of them are of a form that names no registered model.
    """
    by_version, problems = _by_version(registry, uris), []
    kind: type[ConfigError | RegistryError] = ConfigError
    found: dict[str, ModelVersion] = {}
    for uri in uris:
        pinned = by_version.get(uri, uri)
        try:
            found[uri] = found[pinned] = found.get(pinned) or resolve(registry, pinned)
        except (ConfigError, RegistryError) as error:
            if isinstance(error.__cause__, MlflowException) and not _names_nothing(error.__cause__):
                raise
            kind = RegistryError if isinstance(error, RegistryError) else kind
            problems += [f"{uri}: {problem}" for problem in error.problems]
    if problems:
        raise kind(subject, dict.fromkeys(problems))
    return tuple(found[uri] for uri in uris)


def _by_version(registry: Registry, uris: Sequence[str]) -> dict[str, str]:
    """For each URI with an alias of a model that others ask for, too, the one with the version that holds it.

    A registry answers for one alias as slowly as for all of a model's, and there may be one for each group.
    """
    asked = [parsed for uri in uris if (parsed := _parsed(uri)) and parsed.name and parsed.alias]
    counts = Counter(parsed.name for parsed in asked)
    held = {name: aliases_of(registry, name) for name, count in counts.items() if name and count > 1}
    return {
        parsed.text: ModelVersion(parsed.name, version).uri
        for parsed in asked
        if parsed.name and parsed.alias and (version := held.get(parsed.name, {}).get(parsed.alias))
    }


def _parsed(uri: str) -> ModelURI | None:
    try:
        return parse_model_uri(uri)
    except ConfigError:
        return None


def _look_up(registry: Registry, parsed: ModelURI, name: str) -> Found:
    if parsed.alias is not None:
        return registry.client.get_model_version_by_alias(name, parsed.alias)
    if parsed.version is not None:
        return registry.client.get_model_version(name, str(parsed.version))
    newest = max(all_versions(registry, name), key=lambda version: int(version.version), default=None)
    if newest is None:
        raise MlflowException(f"there is no version of {name!r}", error_code=RESOURCE_DOES_NOT_EXIST)
    return newest


def all_versions(registry: Registry, name: str) -> Iterator[Found]:
    """Every version of a registered model; none if there is no such model. Aliases are left empty by MLflow."""
    quote = '"' if "'" in name else "'"
    token: str | None = None
    while True:
        page = registry.client.search_model_versions(f"name={quote}{name}{quote}", page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _names_nothing(error: MlflowException) -> bool:
    """Whether it is the name that is wrong, and not the registry."""
    return is_absent(error) or error.error_code == "INVALID_PARAMETER_VALUE"


def _why(registry: Registry, parsed: ModelURI, name: str, error: MlflowException) -> str:
    if not _names_nothing(error):
        return reason(error)
    try:
        model = registry.client.get_registered_model(name)
    except MlflowException as missing:
        if not is_absent(missing):
            return reason(missing)
        return _unknown_model(registry, name)
    if parsed.alias is not None:
        return _no_alias(model, parsed.alias)
    asked = parsed.version or 0
    versions = sorted((int(one.version) for one in all_versions(registry, name)), key=lambda one: abs(one - asked))
    if not versions:
        return f"{name!r} has no versions yet: register one with `spark-models register`"
    return f"{name!r} has no version {parsed.version}" + did_you_mean(
        "", map(str, versions), listed="existing versions"
    )


def require_model(registry: Registry, name: str) -> None:
    """Refuse the name of a registered model that is not there.

    Raises:
        RegistryError: with the nearest names.
    """
    with refusals(f"model {name!r}"):
        try:
            registry.client.get_registered_model(name)
        except MlflowException as error:
            if is_absent(error):
                raise RegistryError(f"model {name!r}", [_unknown_model(registry, name)]) from error
            raise


def _unknown_model(registry: Registry, name: str) -> str:
    return f"there is no registered model {name!r}" + did_you_mean(name, _names(registry), listed="registered models")


def _no_alias(model: RegisteredModel, alias: str) -> str:
    aliases: dict[str, str] = model.aliases
    held = ", ".join(f"{name} = version {version}" for name, version in sorted(aliases.items()))
    return f"{model.name!r} has no alias {alias!r}{did_you_mean(alias, aliases)} (existing aliases: {held or 'none'})"


def _names(registry: Registry) -> list[str]:
    models = registry.client.search_registered_models(max_results=NAMES_TO_SUGGEST_FROM)
    return [model.name for model in models]
