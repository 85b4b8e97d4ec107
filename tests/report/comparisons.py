"""A report of three compared versions and an older one, made by formulas, with all that a page can show."""

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.rows import START, card_row, count_rows, diff_row, metric_row

from spark_models.core.comparison import Comparison, ordered
from spark_models.core.report import Report
from spark_models.core.tables import Card, ComparisonCurve, ComparisonMetric, Dataset, LoggedFile

# What a page must show as text, wherever it comes from.
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
SIGNATURE = (
    '{"inputs": [{"name": "distance", "type": "double", "required": true}],'
    ' "outputs": [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]}'
)
VALUES = {"roc_auc": 0.78, "average_precision": 0.61, "log_loss": 0.43, "brier": 0.16, "recall": 0.55}


def model_report(versions: int = 4, *, parameters: int = 3, metrics: int = 2) -> Report:
    """Versions 2 and 3 were compared with 1; the rest have cards alone."""
    cards = tuple(card(version, parameters, metrics) for version in range(1, versions + 1))
    return Report("flight_delay", START + timedelta(days=9), cards, (comparison("second", 5), comparison("first", 0)))


def card(version: int, parameters: int = 3, metrics: int = 2) -> Card:
    names = ["learning_rate", "max_depth", "booster", *(f"parameter_{place:02d}" for place in range(parameters))]
    texts = [f"0.{version}", f"{3 + version % 3}", "gbtree" if version % 2 else "dart", *["1"] * parameters]
    return card_row(
        model_name="flight_delay",
        model_version=version,
        created_at=START + timedelta(days=version, minutes=version),
        run_name=f"training {version}",
        hyperparameters=dict(list(zip(names, texts, strict=True))[:parameters]),
        metrics={f"train_{place:02d}": math.sin(version + place) for place in range(metrics)},
        signature=SIGNATURE,
        logged_files=(LoggedFile("MLmodel", 1234, f"{version:064x}"), LoggedFile("model.pkl", 2_500_000)),
        requirements=(f"scikit-learn==1.{version}.0", "numpy==2.3.0"),
        description=HOSTILE if version == 3 else None,
        tags={"team": "ops", "note": HOSTILE} if version == 3 else {"team": "ops"},
        datasets=(Dataset("flights", f"digest {version}", "training"),),
        aliases={1: ("champion",), 3: ("challenger",)}.get(version, ()),
    )


def comparison(comparison_id: str, days: int) -> Comparison:
    more: dict[str, Any] = {
        "comparison_id": comparison_id,
        "compared_at": START + timedelta(days=days),
        "model_name": "flight_delay",
    }
    metrics = [row for candidate in (2, 3) for row in _metrics({**more, "candidate_version": candidate})]
    diffs = tuple(
        diff_row("model.pkl", "sha256:b", "sha256:a", kind="file", candidate_version=candidate) for candidate in (2, 3)
    )
    curves = tuple(ComparisonCurve(**more, **point) for point in _curves())
    return Comparison(ordered(metrics), diffs, curves)


def _metrics(more: dict[str, Any]) -> Iterator[ComparisonMetric]:
    candidate = more["candidate_version"]
    counts = count_rows(rows=50_000, rows_compared=48_000, rows_without_label=1_900.0, rows_failed=(100.0, 90.0))
    yield from (
        metric_row(row.metric, row.candidate_value, row.baseline_value, source="rows", **more) for row in counts
    )
    for place, (name, value) in enumerate(VALUES.items()):
        yield from (_measured(name, value, place + candidate, 48_000, more),)
        for hour, rows in ((6, 12_000), (12, 30_000), (23, 40)):
            found = _measured(name, value + hour / 400, hour + candidate, rows, more)
            yield metric_row(name, found.candidate_value, found.baseline_value, **_sliced(found, f"{hour}"))
    yield metric_row("rmse", 1.5, 1.75, source="logged", **more)
    for name, value in {"correlation": 0.93, "mean_difference": 0.012, "agreement": 0.967}.items():
        yield metric_row(name, value + candidate / 1000, None, source="agreement", **more)


def _measured(name: str, value: float, place: int, rows: int, more: dict[str, Any]) -> ComparisonMetric:
    change, width = 0.02 * math.sin(place), 2 / math.sqrt(rows)
    half = width / 2
    clear = abs(change) > half
    better = (change > 0) == (name not in {"log_loss", "brier"})
    ends = {
        "rows": rows,
        "small": rows < 100,
        "confidence": 0.95,
        "candidate_low": value + change - width,
        "candidate_high": value + change + width,
        "baseline_low": value - width,
        "baseline_high": value + width,
        "change_low": change - half,
        "change_high": change + half,
        "p_value": 0.001 if clear else 0.4,
        "adjusted_p_value": 0.002 if clear else 0.4,
        "evidence": ("better" if better else "worse") if clear else "unclear",
    }
    return metric_row(name, value + change, value, **ends, **more)


def _sliced(row: ComparisonMetric, value: str) -> dict[str, Any]:
    made = {"metric", "candidate_value", "baseline_value", "change", "relative_change", "verdict", "direction"}
    kept = {name: held for name, held in row.as_dict().items() if name not in made}
    return {**kept, "slice_column": "hour", "slice_value": value}


def _curves() -> Iterator[dict[str, Any]]:
    for version in (1, 2, 3):
        power = 0.3 - 0.05 * version
        for point in range(21):
            x = point / 20
            at = {"model_version": version, "point": point, "x": x}
            yield {**at, "curve": "roc", "y": x**power}
            yield {**at, "curve": "precision_recall", "y": 1 - 0.7 * x ** (4 + version)}
            yield {**at, "curve": "gain", "y": x ** (power + 0.2)}
            if point < 20:
                lean = 0.05 * math.sin(6 * x + version)
                yield {**at, "curve": "calibration", "y": x + lean, "y_low": x + lean - 0.03, "y_high": x + lean + 0.03}
                share = math.exp(-((x - 0.2 * version) ** 2) * 12)
                yield {**at, "curve": "score_histogram", "y": share / 10, "x_high": x + 0.05}
                if version > 1:
                    near = math.exp(-((x - 0.5) ** 2) * 60 / version)
                    yield {**at, "curve": "difference_histogram", "x": x - 0.5, "x_high": x - 0.45, "y": near / 6}
