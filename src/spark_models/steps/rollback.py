"""Rollback: give an alias back to the version that held it before."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from spark_models.core.alias_history import previous_holder
from spark_models.core.config import RollbackConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Rollback
from spark_models.core.tables import AliasTenure
from spark_models.errors import RegistryError
from spark_models.registry.aliases import alias_holder
from spark_models.registry.connection import connect
from spark_models.registry.resolve import resolve
from spark_models.spark.session import get_session
from spark_models.steps.aliases import move_alias, tenures
from spark_models.steps.promote import refresh_card_aliases


def rollback(config: RollbackConfig, *, spark: SparkSession | None = None) -> Rollback:
    """Give the alias back to its previous holder, by the alias history.

    Rolling back again goes back one more, never forth. With ``from_version`` a rerun does nothing.

    Raises:
        RegistryError: if there is no such model, or nobody held the alias before.
    """
    registry = connect(config.registry)
    holder = resolve(registry, f"models:/{config.name}@{config.alias}")
    if config.from_version is not None and holder.version != config.from_version:
        return Rollback(holder, config.alias, moved=False, previous=None)
    spark = spark or get_session(config.session)
    target = previous_holder(tenures(spark, config.tables, config.name, config.alias), holder.version)
    if target is None:
        problem = f"{config.alias} was held by nobody before version {holder.version}, by the alias history"
        raise RegistryError(f"{config.name} cannot be rolled back", [problem])
    goal = resolve(registry, f"models:/{config.name}/{target}")
    tenure = AliasTenure(
        model_name=config.name,
        alias=config.alias,
        model_version=target,
        since=datetime.now(UTC),
        until=None,
        action="rollback",
        reason=config.reason,
        comparison_id=None,
        forced=False,
    )
    move_alias(spark, registry, config.tables, tenure)
    refresh_card_aliases(spark, registry, config.tables, config.name)
    return Rollback(goal, config.alias, moved=True, previous=holder.version)
