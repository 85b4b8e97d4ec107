"""Drift: how far two versions' predictions, or two windows of a table, are apart, into two tables."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from spark_models.core.config import DriftConfig, DriftVersionsConfig, DriftWindowsConfig
from spark_models.core.drift import Agreement, ChangedRow, Drift, ScoredRows, ordered
from spark_models.core.drift_numbers import numbers_by_name
from spark_models.core.drift_rows import DriftRows, DriftSubject
from spark_models.core.drift_tables import DriftMetric, DriftRow
from spark_models.registry.connection import Registry, connect
from spark_models.registry.resolve import resolve
from spark_models.registry.runs import log_run
from spark_models.spark.compared import predictions_in, require_scored
from spark_models.spark.drift.agreement import agreements, changed_most
from spark_models.spark.drift.histograms import distances
from spark_models.spark.drift.pairs import Pairs, pair_up
from spark_models.spark.drift.profiles import profiles
from spark_models.spark.drift.sides import ALL_ROWS, Sides
from spark_models.spark.drift.windows import read_windows, sides_of
from spark_models.spark.rows import read_rows, require_storable, store_result
from spark_models.spark.session import usable_session
from spark_models.steps.candidates import resolved_candidates

_TABLES = {"drift_metrics": DriftMetric, "drift_rows": DriftRow}

# What a run says of what it is about, beside its numbers.
_PARAMS = (
    "drift_id",
    "kind",
    "table",
    "model_name",
    "model_version",
    "baseline_version",
    "baseline_table_version",
    "current_table_version",
    "baseline_filter",
    "current_filter",
)


def drift(config: DriftConfig, *, spark: SparkSession | None = None) -> Drift:
    """Measure drift between two versions, or between two windows, write both tables and log an MLflow run.

    The same versions, table and settings give the stored result back.

    Raises:
        ConfigError: if the versions are not different ones of one model, or a filter is no condition.
        RegistryError: if a version cannot be had.
        SchemaError: if columns are missing, or of types that cannot be compared, or tables of the results have others.
        DataError: if there is no such table, no row in a window, or no row that both versions scored.
    """
    registry = connect(config.registry)
    if config.versions is not None:
        return _of_versions(registry, config, config.versions, spark)
    assert config.windows is not None
    return _of_windows(registry, config, config.windows, spark)


def _of_versions(
    registry: Registry, config: DriftConfig, versions: DriftVersionsConfig, spark: SparkSession | None
) -> Drift:
    baseline, (candidate,) = resolved_candidates(registry, versions.baseline, (versions.candidate,), "versions")
    spark = usable_session(spark, config.session)
    predictions = predictions_in(spark, versions.table, versions.column, versions.keys)
    subject = DriftSubject(config, baseline, candidate, predictions.version, predictions.version)
    stored = _stored(spark, subject)
    if stored is not None:
        return stored
    require_storable(spark, config.tables, _TABLES)
    numbers = (baseline.version, candidate.version)
    of_versions = require_scored(predictions, versions.table, versions.column, baseline.name, numbers)
    pairs = pair_up(predictions, of_versions, versions, numbers)
    cached = Pairs(pairs.frame.persist(), pairs.parts, pairs.keys)
    try:
        scored = cached.counts()
        found = agreements(cached, config.max_categories)
        result = _measured(cached.sides, subject, scored, found, changed_most(cached, config.most_changed))
    finally:
        cached.frame.unpersist()
    return _kept(spark, registry, config, result)


def _of_windows(
    registry: Registry, config: DriftConfig, section: DriftWindowsConfig, spark: SparkSession | None
) -> Drift:
    model_version = None if section.model is None else resolve(registry, section.model)
    spark = usable_session(spark, config.session)
    windows = read_windows(spark, section, model_version)
    subject = DriftSubject(config, None, model_version, windows.baseline_version, windows.current_version)
    stored = _stored(spark, subject)
    if stored is not None:
        return stored
    require_storable(spark, config.tables, _TABLES)
    result = _measured(sides_of(windows, section, config.max_slice_values), subject)
    return _kept(spark, registry, config, result)


def _measured(
    sides: Sides,
    subject: DriftSubject,
    scored: ScoredRows | None = None,
    found: Sequence[Agreement] = (),
    changed: Sequence[ChangedRow] = (),
) -> Drift:
    """Two passes over the rows of both sides: their profiles, and their histograms."""
    columns = tuple((column.name, column.type) for column in sides.columns)
    rows = DriftRows(subject, subject.drift_id or uuid.uuid4().hex[:16], datetime.now(UTC), columns)
    profiled = profiles(sides, subject.config.max_categories)
    apart = distances(sides, profiled)
    metrics: list[DriftMetric] = []
    for key, both in profiled.of.items():
        slice_ = sides.slice_of(key)
        by_place = {place: apart[key, place] for place in range(len(columns)) if (key, place) in apart}
        metrics.append(rows.of_table(slice_, both, scored if key == ALL_ROWS else None))
        metrics.extend(rows.of_slice(slice_, both, by_place, found))
    return Drift(ordered(metrics), rows.changed(changed))


def _stored(spark: SparkSession, subject: DriftSubject) -> Drift | None:
    """The result from its tables, if it is there."""
    tables, drift_id = subject.config.tables, subject.drift_id
    if drift_id is None:
        return None
    metrics = read_rows(spark, tables.table("drift_metrics"), DriftMetric, drift_id=drift_id)
    if not metrics:
        return None
    rows = read_rows(spark, tables.table("drift_rows"), DriftRow, drift_id=drift_id)
    return Drift(ordered(metrics), tuple(sorted(rows, key=lambda row: row.rank)), stored=True)


def _kept(spark: SparkSession, registry: Registry, config: DriftConfig, result: Drift) -> Drift:
    _log(registry, result)
    tables = {"drift_rows": result.rows, "drift_metrics": result.metrics}
    store_result(spark, config.tables, tables, drift_id=result.drift_id)
    return result


def _log(registry: Registry, result: Drift) -> None:
    """One MLflow run: the numbers over all rows by column, and the metrics as an artifact.

    The keys of the rows that changed most stay in their table, where those who may read rows find them.
    """
    whole = asdict(result.whole)
    told = {name: whole[name] for name in _PARAMS if whole[name] is not None}
    of_versions = f"{result.whole.model_name} version {result.whole.model_version} with {result.whole.baseline_version}"
    log_run(
        registry,
        f"drift {of_versions if result.whole.kind == 'versions' else result.whole.table}",
        params=told,
        metrics=numbers_by_name(result),
        tables={"drift_metrics.json": [asdict(row) for row in result.metrics]},
    )
