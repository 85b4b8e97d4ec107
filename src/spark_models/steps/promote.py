"""Promote: move an alias to a version if a stored comparison passes the gate."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

from spark_models.core.config import PromoteConfig
from spark_models.core.gate import Check, judge
from spark_models.core.model_version import ModelVersion
from spark_models.core.outcomes import Promotion
from spark_models.core.tables import AliasTenure, ComparisonMetric
from spark_models.errors import GateRefusedError
from spark_models.registry.aliases import alias_holder
from spark_models.registry.connection import Registry, connect
from spark_models.registry.resolve import resolve
from spark_models.spark.rows import read_rows, session_for_rows
from spark_models.steps.aliases import move_alias, tenures
from spark_models.steps.card_aliases import refresh_card_aliases


@dataclass(frozen=True)
class _Judgement:
    """What the gate says, by which comparison, and everything that speaks against the promotion."""

    comparison_id: str | None
    checks: tuple[Check, ...]
    problems: tuple[str, ...]


def promote(config: PromoteConfig, *, spark: SparkSession | None = None) -> Promotion:
    """Move the alias to the candidate if the gate passes, or if it is forced with a reason.

    The comparison is the one that is named, or the latest of the candidate with the alias's holder.
    A promotion that was stopped between registry and history is finished by promoting again.

    Raises:
        RegistryError: if there is no such version.
        GateRefusedError: with every bound that does not hold, or if there is no comparison to judge by.
    """
    registry = connect(config.registry)
    candidate = resolve(registry, config.candidate)
    spark = spark or session_for_rows(
        config.session, *map(config.tables.table, ("alias_history", "comparison_metrics", "model_versions"))
    )
    holder = alias_holder(registry, candidate.name, config.alias)
    history = tenures(spark, config.tables, candidate.name, config.alias)
    recorded = history[-1].model_version if history else None
    if holder == recorded == candidate.version:
        return _kept(spark, registry, config, candidate)
    # Holder by the registry alone: it took the place of the one that the history knows.
    previous = recorded if holder == candidate.version else holder
    judgement = _judged(spark, config, candidate, previous)
    if judgement.problems and not config.force:
        if holder == candidate.version:
            return _kept(spark, registry, config, candidate)
        raise GateRefusedError(f"{candidate} does not become {config.alias}", judgement.problems)
    move_alias(spark, registry, config.tables, _tenure(config, candidate, judgement))
    refresh_card_aliases(spark, registry, config.tables, candidate.name)
    return Promotion(
        candidate,
        config.alias,
        moved=True,
        previous=previous,
        comparison_id=judgement.comparison_id,
        checks=judgement.checks,
        forced=bool(judgement.problems),
    )


def _kept(spark: SparkSession, registry: Registry, config: PromoteConfig, holder: ModelVersion) -> Promotion:
    # The cards all the same: a promotion may have been stopped before it came to them.
    refresh_card_aliases(spark, registry, config.tables, holder.name)
    return Promotion(holder, config.alias, moved=False, previous=None, comparison_id=None, checks=())


def _tenure(config: PromoteConfig, candidate: ModelVersion, judgement: _Judgement) -> AliasTenure:
    return AliasTenure(
        model_name=candidate.name,
        alias=config.alias,
        model_version=candidate.version,
        since=datetime.now(UTC),
        until=None,
        action="promote",
        reason=config.reason or "the gate passed",
        comparison_id=judgement.comparison_id,
        forced=bool(judgement.problems),
    )


def _judged(spark: SparkSession, config: PromoteConfig, candidate: ModelVersion, previous: int | None) -> _Judgement:
    if config.comparison_id is None and previous is None:
        problem = f"nobody holds {config.alias}, so there is nothing to be better than; force it, with a reason"
        return _Judgement(None, (), (problem,))
    rows = _comparison_rows(spark, config, candidate, previous)
    if not rows:
        return _Judgement(None, (), (_no_comparison(config, previous),))
    checks = judge(config.gate, {row.metric: row for row in rows})
    problems = [str(check) for check in checks if not check.passed]
    comparison_id, baseline = rows[0].comparison_id, rows[0].baseline_version
    if baseline != previous:
        held = "nobody holds it" if previous is None else f"version {previous} holds it"
        problems.insert(
            0, f"comparison {comparison_id} is with version {baseline}, but {held}; compare with the holder"
        )
    return _Judgement(comparison_id, checks, tuple(problems))


def _comparison_rows(
    spark: SparkSession, config: PromoteConfig, candidate: ModelVersion, previous: int | None
) -> tuple[ComparisonMetric, ...]:
    """The computed metrics, over all rows, of the comparison to judge by; none if it is not stored."""
    if config.comparison_id is None:
        which: dict[str, Any] = {"baseline_version": previous}
    else:
        which = {"comparison_id": config.comparison_id}
    found = read_rows(
        spark,
        config.tables.table("comparison_metrics"),
        ComparisonMetric,
        model_name=candidate.name,
        candidate_version=candidate.version,
        source="computed",
        slice_column=None,
        **which,
    )
    latest = max(found, key=lambda row: row.compared_at).comparison_id if found else None
    return tuple(row for row in found if row.comparison_id == latest)


def _no_comparison(config: PromoteConfig, previous: int | None) -> str:
    if config.comparison_id is not None:
        return f"no comparison {config.comparison_id} of it is stored; run spark-models compare, or leave the id out"
    return f"no comparison of it with version {previous}, the holder, is stored; run spark-models compare first"
