"""Register a model: the same files twice give the same version back."""

from datetime import UTC, datetime

from pyspark.sql import SparkSession

from spark_models.core.config import RegisterConfig
from spark_models.core.model_uri import parse_model_uri
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Registration
from spark_models.core.tables import AliasTenure
from spark_models.errors import ConfigError, RegistryError
from spark_models.registry.cards import card_of
from spark_models.registry.connection import Registry, connect
from spark_models.registry.files import ModelFiles, fetch_files
from spark_models.registry.naming import naming_problems
from spark_models.registry.trial import trial_problem
from spark_models.registry.versions import create_version, describe_version, version_with_digest
from spark_models.spark.rows import session_for_rows, upsert_rows
from spark_models.steps.aliases import has_held, move_alias
from spark_models.steps.card_aliases import refresh_card_aliases


def register(config: RegisterConfig, *, spark: SparkSession | None = None) -> Registration:
    """Register a model that predicts its own input example, and write its card.

    Aliases are given once: one that the version has held before, by the alias history, stays where it is now.

    Raises:
        ConfigError: if the source is a registered version already.
        RegistryError: if MLflow does not answer, or with every reason why the model cannot be registered.
        SessionError: if there is no Spark session that can use Delta.
    """
    registry = connect(config.registry, may_create=True)
    files, known = _fit_to_register(registry, config)
    # Before anything is registered: without tables, half of the work could not be done. On a disk they need no session.
    session = spark or session_for_rows(config.session, *map(config.tables.table, ("alias_history", "model_versions")))
    model_version = known or create_version(registry, config.source, files, config.name, config.tags)
    describe_version(registry, model_version, config.tags, config.description)
    aliases = tuple(alias for alias in config.aliases if _given(session, registry, config, model_version, alias))
    card = card_of(registry, model_version, files)
    upsert_rows(session, config.tables.table("model_versions"), [card])
    if aliases:
        # Whoever held them has lost them.
        refresh_card_aliases(session, registry, config.tables, config.name)
    return Registration(model_version, files.digest, known is None, aliases, card)


def _fit_to_register(registry: Registry, config: RegisterConfig) -> tuple[ModelFiles, ModelVersion | None]:
    """The source's files, and the version that has them already; that one was tried when it was registered."""
    subject = f"{config.source} cannot be registered as {config.name!r}"
    if parse_model_uri(config.source).is_registered:
        raise ConfigError(subject, ["it is registered already: give runs:/ID/PATH, models:/m-ID or a path as source"])
    problems = naming_problems(config.name, config.aliases, config.tags)
    try:
        files = fetch_files(registry, config.source)
    except RegistryError as error:
        raise RegistryError(subject, [*problems, *error.problems]) from error
    known = None if problems else version_with_digest(registry, config.name, files.digest)
    if known is None:
        problems += _model_problems(files)
    if problems:
        raise RegistryError(subject, problems)
    return files, known


def _model_problems(files: ModelFiles) -> list[str]:
    log_model = f"mlflow.{files.flavor}.log_model(..., signature=infer_signature(X, y))"
    unsigned = None if files.signature else f"it has no signature: log it with {log_model}"
    return [problem for problem in (unsigned, trial_problem(files)) if problem]


def _given(
    spark: SparkSession, registry: Registry, config: RegisterConfig, model_version: ModelVersion, alias: str
) -> bool:
    if has_held(spark, config.tables, model_version, alias):
        return False
    tenure = AliasTenure(
        model_name=model_version.name,
        alias=alias,
        model_version=model_version.version,
        since=datetime.now(UTC),
        until=None,
        action="register",
        reason="given at registration",
        comparison_id=None,
        forced=False,
    )
    return move_alias(spark, registry, config.tables, tenure)
