"""Compare: candidates against a baseline on the same labelled rows, into two tables."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_models.core.comparison import Comparison
from spark_models.core.comparison_rows import Rows, Subject
from spark_models.core.config import CompareConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.table_name import parse_table_name
from spark_models.core.tables import ComparisonDiff, ComparisonMetric
from spark_models.errors import ConfigError, DataError
from spark_models.registry.cards import card_of
from spark_models.registry.connection import Registry, connect
from spark_models.registry.files import verified_files
from spark_models.registry.resolve import resolve
from spark_models.registry.runs import log_run
from spark_models.spark.labelled import Labelled, join_predictions, slice_names
from spark_models.spark.labels import read_labels, require_comparable
from spark_models.spark.metrics import Measurement, measure
from spark_models.spark.rows import append_rows, read_rows, upsert_rows
from spark_models.spark.session import get_session
from spark_models.spark.tables import latest_version, read_table


def compare(config: CompareConfig, *, spark: SparkSession | None = None) -> Comparison:
    """Compare versions on the rows that all of them scored; write both tables and log an MLflow run.

    The same versions, labels, predictions and settings give the stored comparison back.

    Raises:
        ConfigError: if the versions are not different ones of one model.
        RegistryError: if a version cannot be had.
        SchemaError: if columns are missing, or of types that the task cannot use.
        DataError: if a version has no predictions there, or the labels cannot be compared with.
    """
    registry = connect(config.registry)
    baseline, candidates = _resolved(registry, config)
    spark = spark or get_session(config.session)
    labels = read_labels(spark, config)
    table = parse_table_name(config.predictions.table)
    predictions_version = latest_version(spark, table)
    predictions = read_table(spark, table, predictions_version)
    subject = Subject(config, baseline, candidates, labels.version, predictions_version)
    stored = stored_comparison(spark, config, subject.comparison_id)
    if stored is not None:
        return stored
    scored = _scored(predictions, config, subject)
    require_comparable(labels, config)
    labelled = join_predictions(labels.frame, scored, config, subject.versions)
    comparison = _computed(registry, subject, labelled)
    # Differences first: a comparison counts as stored once its metrics are there.
    if comparison.diffs:
        upsert_rows(spark, config.tables.table("comparison_diffs"), comparison.diffs)
    append_rows(spark, config.tables.table("comparison_metrics"), comparison.metrics)
    _log(registry, comparison)
    return comparison


def stored_comparison(spark: SparkSession, config: CompareConfig, comparison_id: str | None) -> Comparison | None:
    """The comparison with this id from its tables, or None."""
    if comparison_id is None:
        return None
    metrics = read_rows(spark, config.tables.table("comparison_metrics"), ComparisonMetric, comparison_id=comparison_id)
    diffs = read_rows(spark, config.tables.table("comparison_diffs"), ComparisonDiff, comparison_id=comparison_id)
    return Comparison(metrics, diffs, stored=True) if metrics else None


def _resolved(registry: Registry, config: CompareConfig) -> tuple[ModelVersion, tuple[ModelVersion, ...]]:
    baseline = resolve(registry, config.baseline)
    candidates = tuple(resolve(registry, uri) for uri in config.candidates)
    problems = [
        f"{uri} is {candidate}, the baseline itself; there is nothing to compare"
        for uri, candidate in zip(config.candidates, candidates, strict=True)
        if candidate == baseline
    ]
    problems += [
        f"{candidate} is of another model than the baseline, {baseline}"
        for candidate in candidates
        if candidate.name != baseline.name
    ]
    if len(set(candidates)) < len(candidates):
        problems.append("two of the candidates are the same version")
    if problems:
        raise ConfigError("candidates", problems)
    return baseline, candidates


def _scored(predictions: DataFrame, config: CompareConfig, subject: Subject) -> DataFrame:
    """The predictions of the versions that are compared.

    Raises:
        DataError: naming each version that has none there, with the command that scores it.
    """
    missing_columns = {"model_name", "model_version", "batch_id", "scored_at", "error", *config.labels.keys} - set(
        predictions.columns
    )
    if missing_columns:
        listed = ", ".join(sorted(missing_columns))
        raise DataError(config.predictions.table, [f"it is not a predictions table with these keys; it lacks {listed}"])
    of_model = predictions.where(F.col("model_name") == subject.baseline.name)
    present = {row["model_version"] for row in of_model.select("model_version").distinct().collect()}
    problems = [
        f"version {version} has no predictions there; score it first: spark-models score --config conf/score.yaml"
        f" --set model=models:/{subject.baseline.name}/{version} --set output.table={config.predictions.table}"
        for version in subject.versions
        if version not in present
    ]
    if problems:
        raise DataError(config.predictions.table, problems)
    return of_model.where(F.col("model_version").isin(*subject.versions))


def _computed(registry: Registry, subject: Subject, labelled: Labelled) -> Comparison:
    config = subject.config
    rows = Rows(subject, subject.comparison_id or uuid.uuid4().hex[:16], datetime.now(UTC))
    cached = Labelled(labelled.frame.persist(), labelled.versions)
    try:
        counts = cached.counts()
        _require_rows(counts["rows_compared"][subject.baseline.version])
        slices = slice_names(config)
        measured = measure(cached.compared, config.task, subject.versions, slices=slices, threshold=config.threshold)
    finally:
        cached.frame.unpersist()
    cards = {
        version: card_of(registry, model_version, verified_files(registry, model_version))
        for version, model_version in zip(subject.versions, (subject.baseline, *subject.candidates), strict=True)
    }
    metrics = (*rows.counts(counts), *_measured(rows, measured), *rows.logged(cards))
    return Comparison(metrics, tuple(rows.diffs(cards)))


def _require_rows(compared: int) -> None:
    if not compared:
        problem = "no row has a label and a prediction of every version; check the keys, and what was scored"
        raise DataError("labels and predictions", [problem])


def _measured(rows: Rows, measured: Sequence[Measurement]) -> list[ComparisonMetric]:
    names = dict(zip(slice_names(rows.subject.config), rows.subject.config.slices, strict=True))

    def by_slice(one: Measurement) -> tuple[str, bool, str]:
        return one.slice_column or "", one.slice_value is not None, one.slice_value or ""

    made: list[ComparisonMetric] = []
    for _, group in groupby(sorted(measured, key=by_slice), key=by_slice):
        members = list(group)
        column = members[0].slice_column
        values = {one.version: {**one.values} for one in members}
        made += rows.computed(names[column] if column else None, members[0].slice_value, values)
    return made


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
