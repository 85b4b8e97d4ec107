"""Aliases: moved in the registry, and their history kept in a table."""

from dataclasses import replace
from datetime import timedelta

from pyspark.sql import SparkSession

from spark_models.core.alias_history import in_order
from spark_models.core.config import TablesConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import AliasTenure
from spark_models.registry.aliases import alias_holder, set_alias
from spark_models.registry.connection import Registry
from spark_models.spark.rows import read_rows, upsert_rows


def tenures(spark: SparkSession, tables: TablesConfig, name: str, alias: str | None = None) -> tuple[AliasTenure, ...]:
    """Who held a model's alias, or each of its aliases, oldest first."""
    equal = {"model_name": name} if alias is None else {"model_name": name, "alias": alias}
    return in_order(read_rows(spark, tables.table("alias_history"), AliasTenure, **equal))


def has_held(spark: SparkSession, tables: TablesConfig, model_version: ModelVersion, alias: str) -> bool:
    """Whether the version holds the alias or ever did, by the table."""
    history = tenures(spark, tables, model_version.name, alias)
    return any(tenure.model_version == model_version.version for tenure in history)


def move_alias(spark: SparkSession, registry: Registry, tables: TablesConfig, tenure: AliasTenure) -> bool:
    """Give an alias to a version as ``tenure`` says, in the registry and then in the history.

    A job that was stopped between the two is healed by running it again. A move that others made
    in the registry since the last one is entered as ``outside`` first, so that the history has no gap.

    Returns:
        Whether anything changed; the holder keeps what it holds.
    """
    history = tenures(spark, tables, tenure.model_name, tenure.alias)
    last = history[-1] if history else None
    holder = alias_holder(registry, tenure.model_name, tenure.alias)
    if last is not None and last.model_version == holder == tenure.model_version:
        return False
    if holder != tenure.model_version:
        set_alias(registry, ModelVersion(tenure.model_name, tenure.model_version), tenure.alias)
    upsert_rows(spark, tables.table("alias_history"), _entries(last, holder, tenure))
    return True


def _entries(last: AliasTenure | None, holder: int | None, tenure: AliasTenure) -> list[AliasTenure]:
    """The last tenure closed, one for a holder that we did not know of, and the new one."""
    if holder in {None, tenure.model_version, last.model_version if last else None}:
        return [*([replace(last, until=tenure.since)] if last else []), tenure]
    # Nobody knows since when: it gets the least time that there is, so that the order is right.
    found = tenure.since - timedelta(microseconds=1)
    outside = AliasTenure(
        model_name=tenure.model_name,
        alias=tenure.alias,
        model_version=holder or 0,
        since=found,
        until=tenure.since,
        action="outside",
        reason="found in the registry; not given by these steps",
        comparison_id=None,
        forced=False,
    )
    return [*([replace(last, until=found)] if last else []), outside, tenure]
