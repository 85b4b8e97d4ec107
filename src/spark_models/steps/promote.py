"""Promote: move an alias to a version if a stored comparison passes the gate."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from spark_models.core.comparison import whole
from spark_models.core.config import PromoteConfig, TablesConfig
from spark_models.core.gate import Check, judge
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Promotion
from spark_models.core.tables import AliasTenure, Card, ComparisonMetric
from spark_models.errors import GateRefusedError
from spark_models.registry.aliases import alias_holder, aliases_of
from spark_models.registry.connection import Registry, connect
from spark_models.registry.resolve import resolve
from spark_models.spark.rows import read_rows, upsert_rows
from spark_models.spark.session import get_session
from spark_models.steps.aliases import move_alias, tenures


def promote(config: PromoteConfig, *, spark: SparkSession | None = None) -> Promotion:
    """Move the alias to the candidate if the gate passes, or if it is forced with a reason.

    The comparison is the one that is named, or the latest of the candidate with the alias's holder.

    Raises:
        RegistryError: if there is no such version.
        GateRefusedError: with every bound that does not hold, or if there is no comparison to judge by.
    """
    registry = connect(config.registry)
    candidate = resolve(registry, config.candidate)
    spark = spark or get_session(config.session)
    holder, recorded = _holders(spark, registry, config, candidate.name)
    unchanged = Promotion(candidate, config.alias, moved=False, previous=holder, comparison_id=None, checks=())
    if holder == recorded == candidate.version:
        return unchanged
    # Holder by the registry but not by the history: a promotion was stopped in between, and is finished here.
    holder = recorded if holder == candidate.version else holder
    rows, problems = _judged_by(spark, config, candidate, holder)
    checks = judge(config.gate, whole(rows)) if rows else ()
    problems += [str(check) for check in checks if not check.passed]
    if problems and not config.force:
        if unchanged.previous == candidate.version:
            return unchanged
        raise GateRefusedError(f"{candidate} does not become {config.alias}", problems)
    comparison_id = rows[0].comparison_id if rows else None
    tenure = AliasTenure(
        model_name=candidate.name,
        alias=config.alias,
        model_version=candidate.version,
        since=datetime.now(UTC),
        until=None,
        action="promote",
        reason=config.reason or "the gate passed",
        comparison_id=comparison_id,
        forced=bool(problems),
    )
    move_alias(spark, registry, config.tables, tenure)
    refresh_card_aliases(spark, registry, config.tables, candidate.name)
    return Promotion(candidate, config.alias, True, holder, comparison_id, checks, forced=bool(problems))


def _holders(
    spark: SparkSession, registry: Registry, config: PromoteConfig, name: str
) -> tuple[int | None, int | None]:
    """Who holds the alias by the registry, and by the history."""
    past = tenures(spark, config.tables, name, config.alias)
    return alias_holder(registry, name, config.alias), past[-1].model_version if past else None


def _judged_by(
    spark: SparkSession, config: PromoteConfig, candidate: ModelVersion, holder: int | None
) -> tuple[tuple[ComparisonMetric, ...], list[str]]:
    """The rows of the comparison to judge by, and why there is none or it is the wrong one."""
    table = config.tables.table("comparison_metrics")
    found = read_rows(
        spark, table, ComparisonMetric, model_name=candidate.name, candidate_version=candidate.version, source="computed"
    )
    if config.comparison_id is not None:
        found = tuple(row for row in found if row.comparison_id == config.comparison_id)
        if found and found[0].baseline_version != holder:
            held = "nobody holds it" if holder is None else f"version {holder} holds it"
            return found, [
                f"comparison {config.comparison_id} is with version {found[0].baseline_version},"
                f" but {held} now; compare with the holder"
            ]
    elif holder is None:
        return (), [f"nobody holds {config.alias}, so there is nothing to be better than; force it, with a reason"]
    else:
        found = tuple(row for row in found if row.baseline_version == holder)
    if not found:
        with_holder = f" with version {holder}" if holder is not None else ""
        return (), [f"no comparison of it{with_holder} is stored; run spark-models compare first"]
    latest = max(found, key=lambda row: row.compared_at).comparison_id
    return tuple(row for row in found if row.comparison_id == latest), []


def refresh_card_aliases(spark: SparkSession, registry: Registry, tables: TablesConfig, name: str) -> None:
    """Write the aliases as they are now into the cards that are in ``model_versions``."""
    held = aliases_of(registry, name)
    cards = read_rows(spark, tables.table("model_versions"), Card, model_name=name)
    if cards:
        upsert_rows(
            spark,
            tables.table("model_versions"),
            [
                replace(card, aliases=tuple(sorted(alias for alias, version in held.items() if version == card.model_version)))
                for card in cards
            ],
        )
