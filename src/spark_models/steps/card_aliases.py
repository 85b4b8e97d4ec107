"""The aliases in the stored cards, kept as the registry has them."""

from collections.abc import Mapping
from dataclasses import replace

from pyspark.sql import SparkSession

from spark_models.core.config import TablesConfig
from spark_models.core.tables import Card
from spark_models.registry.aliases import aliases_of
from spark_models.registry.connection import Registry
from spark_models.spark.rows import read_rows, upsert_rows


def refresh_card_aliases(spark: SparkSession, registry: Registry, tables: TablesConfig, name: str) -> None:
    """Write a model's aliases as they are now into its cards in ``model_versions``, where they differ."""
    held = aliases_of(registry, name)
    table = tables.table("model_versions")
    stale = [
        replace(card, aliases=aliases)
        for card in read_rows(spark, table, Card, model_name=name)
        if card.aliases != (aliases := _of_version(held, card.model_version))
    ]
    if stale:
        upsert_rows(spark, table, stale)


def _of_version(held: Mapping[str, int], version: int) -> tuple[str, ...]:
    return tuple(sorted(alias for alias, holder in held.items() if holder == version))
