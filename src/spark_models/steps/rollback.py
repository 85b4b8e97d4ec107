"""Rollback: give an alias back to the version that held it before."""

from datetime import UTC, datetime

from pyspark.sql import SparkSession

from spark_models.core.alias_history import previous_holder
from spark_models.core.config import RollbackConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Rollback
from spark_models.core.tables import AliasTenure
from spark_models.errors import RegistryError
from spark_models.registry.connection import connect
from spark_models.registry.resolve import resolve
from spark_models.spark.rows import session_for_rows
from spark_models.steps.aliases import move_alias, tenures
from spark_models.steps.card_aliases import refresh_card_aliases


def rollback(config: RollbackConfig, *, spark: SparkSession | None = None) -> Rollback:
    """Give the alias back to its previous holder, by the alias history.

    Rolling back again goes back one more, never forth. With ``from_version`` a rerun does nothing, or finishes what
    was stopped between registry and history; without it, a rerun cannot tell that from a move that others made.

    Raises:
        RegistryError: if there is no such model, or nobody held the alias before.
    """
    registry = connect(config.registry)
    holder = resolve(registry, f"models:/{config.name}@{config.alias}")
    spark = spark or session_for_rows(config.session, *map(config.tables.table, ("alias_history", "model_versions")))
    history = tenures(spark, config.tables, config.name, config.alias)
    start = config.from_version or holder.version
    goal = previous_holder(history, start)
    if holder.version != start and not _was_stopped(history, start, goal, holder.version):
        refresh_card_aliases(spark, registry, config.tables, config.name)
        return Rollback(holder, config.alias, moved=False, previous=None)
    if goal is None:
        problem = f"{config.alias} was held by nobody before version {start}, by the alias history"
        raise RegistryError(f"{config.name} cannot be rolled back", [problem])
    target = resolve(registry, f"models:/{config.name}/{goal}")
    move_alias(spark, registry, config.tables, _tenure(config, target))
    refresh_card_aliases(spark, registry, config.tables, config.name)
    return Rollback(target, config.alias, moved=True, previous=start)


def _was_stopped(history: tuple[AliasTenure, ...], start: int, goal: int | None, holder: int) -> bool:
    """Whether the registry has what a rollback from ``start`` leads to, and the history has not."""
    return bool(history) and history[-1].model_version == start and holder == goal


def _tenure(config: RollbackConfig, target: ModelVersion) -> AliasTenure:
    return AliasTenure(
        model_name=config.name,
        alias=config.alias,
        model_version=target.version,
        since=datetime.now(UTC),
        until=None,
        action="rollback",
        reason=config.reason,
        comparison_id=None,
        forced=False,
    )
