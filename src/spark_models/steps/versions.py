"""Versions: listed, filtered, sorted, with their metrics over time."""

from pyspark.sql import SparkSession

from spark_models.core.config import VersionsConfig
from spark_models.core.known_versions import ModelFacts, computed_metrics
from spark_models.core.tables import Card, ComparisonMetric
from spark_models.core.version_list import VersionList
from spark_models.core.version_request import version_request
from spark_models.registry.connection import connect
from spark_models.registry.listing import known_versions
from spark_models.registry.resolve import require_model
from spark_models.spark.rows import read_rows, session_for_rows


def versions(config: VersionsConfig, *, spark: SparkSession | None = None) -> VersionList:
    """The versions of a registered model that meet a condition, from the registry, their cards and comparisons.

    ``metrics.NAME`` is what the versions' runs logged, ``computed.NAME`` what the newest stored comparison computed
    over all rows; of a name that no run logged, ``metrics.NAME`` is the computed one.

    Raises:
        ConfigError: listing what is not understood in the condition, or every name that no version has.
        RegistryError: if MLflow does not answer, or there is no such model.
    """
    request = version_request(config)
    registry = connect(config.registry)
    require_model(registry, config.name)
    known = known_versions(registry, config.name)
    if config.tables is None:
        return request.listed(ModelFacts(known, {}))
    cards_table, metrics_table = (config.tables.table(name) for name in ("model_versions", "comparison_metrics"))
    spark = spark or session_for_rows(config.session, cards_table, metrics_table)
    cards = read_rows(spark, cards_table, Card, model_name=config.name)
    overall = {"model_name": config.name, "source": "computed", "slice_column": None}
    metrics = read_rows(spark, metrics_table, ComparisonMetric, **overall)
    by_version = {card.model_version: card for card in cards}
    with_cards = [
        version.with_card(by_version[version.version]) if version.version in by_version else version
        for version in known
    ]
    return request.listed(ModelFacts(with_cards, computed_metrics(metrics)))
