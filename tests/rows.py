"""Rows of the package's tables, with everything that a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from spark_models.core.metrics import DIRECTIONS
from spark_models.core.tables import AliasTenure, Card, ComparisonDiff, ComparisonMetric, LoggedFile
from spark_models.core.verdicts import change, verdict

START = datetime(2024, 1, 1, tzinfo=UTC)


def metric_row(metric: str, candidate: float | None, baseline: float | None, **more: Any) -> ComparisonMetric:
    """A computed metric of ``delay`` version 2 against version 1 over all rows."""
    difference, relative = change(candidate, baseline)
    direction = DIRECTIONS.get(metric, "none")
    values: dict[str, Any] = {
        "comparison_id": "first",
        "compared_at": START,
        "model_name": "delay",
        "candidate_version": 2,
        "baseline_version": 1,
        "task": "binary",
        "label_table": "labels",
        "label_version": 0,
        "predictions_table": "predictions",
        "predictions_version": 1,
        "source": "computed",
        "slice_column": None,
        "slice_value": None,
        "metric": metric,
        "direction": direction,
        "threshold": None,
        "candidate_value": candidate,
        "baseline_value": baseline,
        "change": difference,
        "relative_change": relative,
        "verdict": verdict(candidate, baseline, direction),
    }
    return ComparisonMetric(**{**values, **more})


def count_rows(**counts: float | tuple[float, float]) -> tuple[ComparisonMetric, ...]:
    """Counts of rows, for both versions or for candidate and baseline; zero if not given."""
    names = (
        "rows",
        "rows_compared",
        "rows_without_label",
        "rows_with_nan_label",
        "rows_without_prediction",
        "rows_failed",
        "rows_without_value",
        "rows_not_labelled",
    )
    found = {name: counts.get(name, 0.0) for name in names}
    pairs = {name: count if isinstance(count, tuple) else (count, count) for name, count in found.items()}
    return tuple(metric_row(name, *pair, source="rows") for name, pair in pairs.items())


def diff_row(name: str, candidate: str | None, baseline: str | None, **more: Any) -> ComparisonDiff:
    """A parameter in which ``delay`` version 2 is not like version 1."""
    values: dict[str, Any] = {
        "comparison_id": "first",
        "compared_at": START,
        "model_name": "delay",
        "candidate_version": 2,
        "baseline_version": 1,
        "kind": "parameter",
        "name": name,
        "change": "changed",
        "candidate_value": candidate,
        "baseline_value": baseline,
    }
    return ComparisonDiff(**{**values, **more})


def tenure_row(version: int, hour: int, action: str = "promote", **more: Any) -> AliasTenure:
    """A tenure of ``delay@champion`` that began so many hours after the start and lasts."""
    values: dict[str, Any] = {
        "model_name": "delay",
        "alias": "champion",
        "model_version": version,
        "since": START + timedelta(hours=hour),
        "until": None,
        "action": action,
        "reason": "because",
        "comparison_id": None,
        "forced": False,
    }
    return AliasTenure(**{**values, **more})


def card_row(**more: Any) -> Card:
    """The card of ``delay`` version 1."""
    values: dict[str, Any] = {
        "model_name": "delay",
        "model_version": 1,
        "created_at": START,
        "run_id": "0123",
        "run_name": "training",
        "hyperparameters": {"alpha": "1.0"},
        "metrics": {"rmse": 1.5},
        "signature": None,
        "logged_files": (LoggedFile("MLmodel", 1234),),
        "digest": "0" * 64,
        "flavor": "sklearn",
        "requirements": ("scikit-learn==1.9.0",),
        "description": None,
        "tags": {"team": "ops"},
        "aliases": ("champion",),
    }
    return Card(**{**values, **more})
