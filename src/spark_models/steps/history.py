"""History: who held an alias from when to when, and why."""

from pyspark.sql import SparkSession

from spark_models.core.config import HistoryConfig
from spark_models.core.tables import AliasTenure
from spark_models.registry.connection import connect
from spark_models.registry.resolve import require_model
from spark_models.spark.rows import session_for_rows
from spark_models.steps.aliases import tenures


def history(config: HistoryConfig, *, spark: SparkSession | None = None) -> tuple[AliasTenure, ...]:
    """The tenures of a model's alias, or of all its aliases, oldest first.

    Raises:
        RegistryError: if there is no such model.
    """
    registry = connect(config.registry)
    require_model(registry, config.name)
    spark = spark or session_for_rows(config.session, config.tables.table("alias_history"))
    return tenures(spark, config.tables, config.name, config.alias)
