"""Report: all versions of a model and their stored comparisons, as one HTML file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import SparkSession

from spark_models.core.comparison import Comparison
from spark_models.core.config import ReportConfig
from spark_models.core.outcomes import Reporting
from spark_models.core.report import Report
from spark_models.core.tables import Card
from spark_models.errors import DataError
from spark_models.registry.connection import Registry, connect
from spark_models.registry.listing import known_versions
from spark_models.registry.resolve import require_model
from spark_models.registry.runs import log_run
from spark_models.report.html import report_page
from spark_models.spark.rows import read_rows, session_for_rows
from spark_models.steps.stored_comparisons import stored_comparisons

# The page as an artifact of an MLflow run.
ARTIFACT = "report.html"

# What it is made from.
TABLES = ("model_versions", "comparison_metrics", "comparison_diffs", "comparison_curves")


def write_report(config: ReportConfig, *, spark: SparkSession | None = None) -> Reporting:
    """Write the page, and log it to an MLflow run.

    Raises:
        RegistryError: if there is no such model, or MLflow refuses.
        DataError: if it has no versions, there is no such comparison, or the file cannot be written.
    """
    registry = connect(config.registry)
    require_model(registry, config.name)
    spark = spark or session_for_rows(config.session, *map(config.tables.table, TABLES))
    found = report_of(spark, config, registry)
    page = report_page(found)
    write_page(config.file, page)
    return _told(found, config.file, _log(registry, found, page))


# The verb. As the package's name it would be one with the room of that name.
report = write_report


def report_of(spark: SparkSession, config: ReportConfig, registry: Registry) -> Report:
    """What the tables hold of the model, and the registry knows of its versions now.

    Raises:
        RegistryError: if MLflow refuses.
        DataError: if that is nothing, or there is no such comparison.
    """
    comparisons = _comparisons(spark, config)
    subject = f"report of {config.name!r}"
    if config.comparison_id is not None and not comparisons:
        raise DataError(
            subject, [f"no comparison {config.comparison_id!r} of it is stored in {config.tables.location}"]
        )
    cards = _cards(spark, config, registry)
    if not cards and not comparisons:
        raise DataError(subject, ["it has no versions yet: register one with `spark-models register`"])
    return Report(config.name, datetime.now(UTC), cards, comparisons)


def _cards(spark: SparkSession, config: ReportConfig, registry: Registry) -> tuple[Card, ...]:
    """The card of each version: as it is now, or of one that is gone since, as it was stored."""
    rows = read_rows(spark, config.tables.table("model_versions"), Card, model_name=config.name)
    stored = {card.model_version: replace(card, aliases=()) for card in rows}
    current = {
        known.version: known.current_card(config.name, stored.get(known.version))
        for known in known_versions(registry, config.name)
    }
    cards = stored | current
    return tuple(cards[version] for version in sorted(cards))


def _comparisons(spark: SparkSession, config: ReportConfig) -> tuple[Comparison, ...]:
    which = {} if config.comparison_id is None else {"comparison_id": config.comparison_id}
    return stored_comparisons(spark, config.tables, model_name=config.name, **which)


def write_page(file: str, page: str) -> None:
    """Write the page; its folder is made.

    Raises:
        DataError: if it cannot be written there.
    """
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(page, encoding="utf-8")
    except OSError as error:
        raise DataError(f"report {file}", [f"it cannot be written there: {error.strerror}"]) from error


def _log(registry: Registry, found: Report, page: str) -> str:
    params = {"model_name": found.model_name, "versions": len(found.versions), "comparisons": len(found.comparisons)}
    return log_run(registry, f"report {found.model_name}", params=params, texts={ARTIFACT: page})


def _told(found: Report, file: str, run_id: str) -> Reporting:
    return Reporting(
        model_name=found.model_name,
        file=file,
        run_id=run_id,
        versions=found.versions,
        comparison_ids=tuple(comparison.comparison_id for comparison in found.comparisons),
        newest=found.comparisons[0] if found.comparisons else None,
    )
