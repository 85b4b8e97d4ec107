"""The ways of comparing that are measured: each from the two Delta tables to all figures."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from comparing_tables import NAME, SLICES
from deltalake import DeltaTable
from pyspark.sql import SparkSession
from sklearn import metrics

import spark_models as sm

# By slice column and value, by version, by metric; all rows have neither column nor value.
Figures = dict[tuple[str | None, str | None, int], dict[str, float]]

THRESHOLD = 0.5
TOP = 0.1
BINS = 10


@dataclass(frozen=True)
class Work:
    """What is compared: the versions' predictions of the rows in a folder."""

    spark: SparkSession | None
    folder: Path
    registry: sm.RegistryConfig
    versions: tuple[int, ...]


def by_us(work: Work) -> Figures:
    """The compare step: metrics, standard errors, intervals, curves, agreement; written to Delta tables and MLflow."""
    config = sm.CompareConfig(
        registry=work.registry,
        tables=sm.TablesConfig(location=f"{work.folder}/ops-{os.urandom(4).hex()}"),
        baseline=f"models:/{NAME}/{work.versions[0]}",
        candidates=tuple(f"models:/{NAME}/{version}" for version in work.versions[1:]),
        task="binary",
        labels=sm.LabelsConfig(table=f"{work.folder}/labels", keys=("id",), column="late"),
        predictions=sm.PredictionsConfig(table=f"{work.folder}/predictions"),
        slices=tuple(SLICES),
    )
    figures: Figures = {}
    for row in sm.compare(config, spark=work.spark).metrics:
        if row.source == "computed":
            slice_ = row.slice_column, row.slice_value
            values = (row.candidate_version, row.candidate_value), (row.baseline_version, row.baseline_value)
            for version, value in values:
                figures.setdefault((*slice_, version), {})[row.metric] = np.nan if value is None else value
    return figures


def by_pandas(work: Work) -> Figures:
    """The same metrics by pandas and scikit-learn, without standard errors, intervals or curves."""
    labels = DeltaTable(f"{work.folder}/labels").to_pandas()
    figures: Figures = {}
    for version in work.versions:
        rows = labels.merge(_scored(work, version), on="id", validate="1:1")
        for column, value, part in _slices(rows):
            figures[column, value, version] = _metrics(part["late"].to_numpy(), part["prediction"].to_numpy())
    return figures


def _slices(rows: pd.DataFrame) -> Iterator[tuple[str | None, str | None, pd.DataFrame]]:
    yield None, None, rows
    for column in SLICES:
        for value, part in rows.groupby(column):
            yield column, str(value), part


def _metrics(label: np.ndarray, score: np.ndarray) -> dict[str, float]:
    flagged = score >= THRESHOLD
    false_rate, true_rate, _ = metrics.roc_curve(label, score)
    area = float(metrics.auc(false_rate, true_rate))
    precision, recall, _ = metrics.precision_recall_curve(label, score)
    (negatives, alarms), (misses, hits) = metrics.confusion_matrix(label, flagged)
    with np.errstate(all="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    ranges = np.clip(np.digitize(score, np.linspace(0, 1, BINS + 1)[1:-1], right=True), 0, BINS - 1)
    gaps = np.bincount(ranges, score, BINS) - np.bincount(ranges, label, BINS)
    gain = _gain(label, score)
    return {
        "roc_auc": area,
        "average_precision": metrics.average_precision_score(label, score),
        "gini": 2 * area - 1,
        "ks": float((true_rate - false_rate).max()),
        "log_loss": metrics.log_loss(label, score),
        "d2_log_loss": metrics.d2_log_loss_score(label, score),
        "brier": metrics.brier_score_loss(label, score),
        "expected_calibration_error": float(np.abs(gaps).sum() / len(score)),
        "accuracy": metrics.accuracy_score(label, flagged),
        "balanced_accuracy": metrics.balanced_accuracy_score(label, flagged),
        "precision": metrics.precision_score(label, flagged),
        "recall": metrics.recall_score(label, flagged),
        "specificity": negatives / (negatives + alarms),
        "f1": metrics.f1_score(label, flagged),
        "mcc": metrics.matthews_corrcoef(label, flagged),
        "cohen_kappa": metrics.cohen_kappa_score(label, flagged),
        "max_f1": float(f1.max()),
        "gain_at_10": gain,
        "lift_at_10": gain / TOP,
        "true_positives": float(hits),
        "false_positives": float(alarms),
        "true_negatives": float(negatives),
        "false_negatives": float(misses),
    }


def _gain(label: np.ndarray, score: np.ndarray) -> float:
    """The share of positives among the highest scores; the last one counts in part."""
    wanted = TOP * len(score)
    least = np.partition(score, -int(np.ceil(wanted)))[-int(np.ceil(wanted))]
    above, tied = score > least, score == least
    inside = (wanted - above.sum()) / tied.sum()
    return float((label[above].sum() + inside * label[tied].sum()) / label.sum())


def by_mlflow(work: Work) -> Figures:
    """mlflow.models.evaluate on the frame in memory, once for all rows and once for each slice.

    It evaluates scores only by calling a model, so classes are given to it: there is no ROC AUC, log loss, calibration
    or curve of theirs, and no interval.
    """
    labels = DeltaTable(f"{work.folder}/labels").to_pandas()
    figures: Figures = {}
    mlflow.set_tracking_uri(str(work.registry.tracking_uri))
    for version in work.versions:
        rows = labels.merge(_scored(work, version), on="id", validate="1:1")
        rows["flagged"] = (rows.pop("prediction") >= THRESHOLD).astype(np.int32)
        for column, value, part in _slices(rows):
            with mlflow.start_run():
                found = mlflow.models.evaluate(  # type: ignore[no-untyped-call]  # as MLflow has it
                    data=part[["late", "flagged"]],
                    targets="late",
                    predictions="flagged",
                    model_type="classifier",
                    evaluators="default",
                    evaluator_config={"log_model_explainability": False},
                )
            figures[column, value, version] = dict(found.metrics)
    return figures


def _scored(work: Work, version: int) -> pd.DataFrame:
    only = [("model_version", "=", str(version))]
    table = DeltaTable(f"{work.folder}/predictions")
    return table.to_pandas(partitions=only, columns=["id", "prediction"])


WAYS: Mapping[str, Callable[[Work], Figures]] = {"spark-models": by_us, "pandas": by_pandas, "mlflow": by_mlflow}
