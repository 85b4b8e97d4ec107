"""Compare: candidates against a baseline on the same labelled rows, into tables."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache, partial

from pyspark.sql import SparkSession

from spark_models.core.comparison import Comparison, ordered, ordered_curves, ordered_diffs
from spark_models.core.comparison_rows import Rows, Subject
from spark_models.core.config import CompareConfig, ReportConfig
from spark_models.core.metric_intervals import Reached, with_evidence
from spark_models.core.student import reach
from spark_models.core.tables import Card, ComparisonCurve, ComparisonDiff, ComparisonMetric
from spark_models.measures.binary_settings import BinarySettings
from spark_models.registry.cards import card_of
from spark_models.registry.connection import Registry, connect
from spark_models.registry.files import verified_files
from spark_models.registry.runs import log_run
from spark_models.report.html import report_page
from spark_models.spark.compared import Predictions
from spark_models.spark.fitting import require_fitting
from spark_models.spark.labelled.layouts import layout_of
from spark_models.spark.labelled.rows import Labelled, label_rows
from spark_models.spark.labels import Labels
from spark_models.spark.metrics import Measurement, measure
from spark_models.spark.metrics.own import with_own_metrics
from spark_models.spark.metrics.own_checks import own_metric_problems
from spark_models.spark.rows import require_storable, store_result, upsert_rows
from spark_models.spark.scales import with_scale
from spark_models.spark.session import usable_session
from spark_models.spark.typed import Typed
from spark_models.steps.candidates import resolved_candidates
from spark_models.steps.compared_tables import read_tables, require_rows
from spark_models.steps.report import report_of, write_page, write_report
from spark_models.steps.stored_comparisons import stored_comparisons
from spark_models.steps.task import with_task

_TABLES = {
    "model_versions": Card,
    "comparison_metrics": ComparisonMetric,
    "comparison_diffs": ComparisonDiff,
    "comparison_curves": ComparisonCurve,
}


def compare(config: CompareConfig, *, spark: SparkSession | None = None) -> Comparison:
    """Compare versions on the rows that all of them scored; write the tables, cards included, and log an MLflow run.

    The same versions, labels, predictions and settings give the stored comparison back.

    Raises:
        ConfigError: if the versions are not different ones of one model, the classes do not fit, or no task is given
            and none can be told.
        RegistryError: if a version cannot be had.
        SchemaError: if columns are missing, or of types that the task cannot use, or tables of the results have others.
        DigestError: if a version's files are not those that were registered.
        DataError: if a version has no predictions there, or the labels cannot be compared with.
    """
    registry = connect(config.registry)
    baseline, candidates = resolved_candidates(registry, config.baseline, config.candidates, "candidates")
    spark = usable_session(spark, config.session)
    labels, predictions = read_tables(spark, config)
    files_of = cache(partial(verified_files, registry))
    is_detected = config.task is None
    config = with_task(config, labels, predictions, baseline, lambda version: files_of(version).signature)
    subject = Subject(config, baseline, candidates, labels.version, predictions.version)
    stored = _stored(spark, subject)
    if stored is not None:
        _report(spark, config, stored, registry)
        return stored
    require_storable(spark, config.tables, _TABLES)
    labelled = _labelled(labels, predictions, subject, is_detected=is_detected)
    cards = {one.version: card_of(registry, one, files_of(one)) for one in (baseline, *candidates)}
    # MLflow itself may have registered them.
    upsert_rows(spark, config.tables.table("model_versions"), tuple(cards.values()))
    comparison = _computed(labelled, subject, cards)
    _log(registry, comparison)
    tables = {
        "comparison_diffs": comparison.diffs,
        "comparison_curves": comparison.curves,
        "comparison_metrics": comparison.metrics,
    }
    store_result(spark, config.tables, tables, comparison_id=comparison.comparison_id)
    _report(spark, config, comparison, registry)
    return comparison


def _report(spark: SparkSession, config: CompareConfig, comparison: Comparison, registry: Registry) -> None:
    """The comparison as a page, if it is asked for; one that is new is logged, too."""
    if config.report is None:
        return
    job = ReportConfig(
        registry=config.registry,
        tables=config.tables,
        session=config.session,
        name=comparison.model_name,
        file=config.report,
        comparison_id=comparison.comparison_id,
    )
    if comparison.stored:
        write_page(job.file, report_page(report_of(spark, job, registry)))
    else:
        write_report(job, spark=spark)


def _stored(spark: SparkSession, subject: Subject) -> Comparison | None:
    """The comparison from its tables, if it is there."""
    if subject.comparison_id is None:
        return None
    return next(iter(stored_comparisons(spark, subject.config.tables, comparison_id=subject.comparison_id)), None)


def _labelled(labels: Labels, predictions: Predictions, subject: Subject, *, is_detected: bool) -> Labelled:
    """The rows to compare; everything that can be refused before workers join them is refused here."""
    config = subject.config
    typed = Typed(config, labels.frame.schema[config.labels.column].dataType, predictions.type)
    # They need the task; where it was given, they were looked at with the columns.
    own = list(own_metric_problems(labels.table, config)) if is_detected else []
    require_fitting(typed, own)
    scored = require_rows(labels, predictions, typed, subject)
    layout = layout_of(labels.frame, scored, typed, subject.versions)
    rows = with_scale(labels.frame, labels.table, config) if layout.has_scale else labels.frame
    return label_rows(rows, scored, typed, layout)


def _computed(labelled: Labelled, subject: Subject, cards: Mapping[int, Card]) -> Comparison:
    config = subject.config
    rows = Rows(subject, subject.comparison_id or uuid.uuid4().hex[:16], datetime.now(UTC))
    kept = replace(labelled, parts=labelled.parts.persist())
    try:
        counts = kept.counts()
        measured = measure(
            kept.blocks,
            kept.layout,
            config.known_task,
            excerpts=kept.excerpts,
            settings=_settings(config),
            levels=config.quantiles,
            reach=reach(config.confidence, None),
        )
        measured = with_own_metrics(measured, kept.compared, kept.layout, config)
    finally:
        kept.parts.unpersist()
    computed = with_evidence(_measured(rows, measured))
    metrics = ordered([*rows.counts(counts), *computed, *rows.logged(cards)])
    curves = (row for one in measured for row in rows.curves(one.version, one.curves))
    return Comparison(metrics, ordered_diffs(rows.diffs(cards)), ordered_curves(curves))


def _settings(config: CompareConfig) -> BinarySettings:
    of = config.costs
    costs = None if of is None else (of.true_positive, of.false_positive, of.false_negative, of.true_negative)
    return BinarySettings(config.threshold, costs, config.top, config.calibration_bins)


def _measured(rows: Rows, measured: Sequence[Measurement]) -> Iterator[ComparisonMetric]:
    slices: dict[tuple[str | None, str | None], list[Measurement]] = {}
    for measurement in measured:
        slices.setdefault((measurement.slice_column, measurement.slice_value), []).append(measurement)
    for (column, value), members in slices.items():
        reached = {
            one.version: Reached(one.rows, one.values, one.errors, one.paired_errors, one.freedom) for one in members
        }
        yield from rows.computed(column, value, reached)
        if column is None:
            agreed = {one.version: one.agreement for one in members if one.agreement}
            yield from rows.agreement(agreed, members[0].rows)
        else:
            yield from rows.slice_size(column, value, members[0].rows)


def _log(registry: Registry, comparison: Comparison) -> None:
    """One MLflow run: the metrics over all rows by version, and both tables as artifacts."""
    baseline, name = comparison.baseline_version, comparison.model_name
    metrics = {
        f"version_{version}/{metric}": value
        for candidate in comparison.candidate_versions
        for metric, row in comparison.overall(candidate).items()
        for version, value in ((candidate, row.candidate_value), (baseline, row.baseline_value))
    }
    candidates = ", ".join(str(version) for version in comparison.candidate_versions)
    log_run(
        registry,
        f"compare {name} version {candidates} with {baseline}",
        params={"model_name": name, "comparison_id": comparison.comparison_id, "baseline_version": baseline},
        metrics=metrics,
        tables={
            "comparison_metrics.json": [asdict(row) for row in comparison.metrics],
            "comparison_diffs.json": [asdict(row) for row in comparison.diffs],
        },
    )
