"""History: who held an alias from when to when, and why."""

from pyspark.sql import SparkSession

from spark_models.core.alias_history import in_order
from spark_models.core.config import HistoryConfig
from spark_models.core.tables import AliasTenure
from spark_models.registry.connection import connect
from spark_models.registry.resolve import require_model
from spark_models.spark.stored import stored_rows


def history(config: HistoryConfig, *, spark: SparkSession | None = None) -> tuple[AliasTenure, ...]:
    """The tenures of a model's alias, or of all its aliases, oldest first.

    Raises:
        RegistryError: if there is no such model.
    """
    registry = connect(config.registry)
    require_model(registry, config.name)
    equal = {"model_name": config.name, **({"alias": config.alias} if config.alias is not None else {})}
    return in_order(stored_rows(spark, config.session, config.tables.table("alias_history"), AliasTenure, **equal))
