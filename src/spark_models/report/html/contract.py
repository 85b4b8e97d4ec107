"""What the page is given: one JSON document made from a report, columnar where it is large."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from itertools import groupby
from typing import Any

from spark_models.core.comparison import COUNTS, GROUPS, LEFT_OUT, Comparison
from spark_models.core.differences import given_tags
from spark_models.core.report import Report
from spark_models.core.table_schema import Row
from spark_models.core.tables import Card, ComparisonCurve, ComparisonDiff, ComparisonMetric
from spark_models.report.html.columns import columns_of

# What all rows of a comparison share, and is told once.
_SHARED = (
    "comparison_id",
    "compared_at",
    "model_name",
    "baseline_version",
    "task",
    "label_table",
    "label_version",
    "predictions_table",
    "predictions_version",
)
# What a chart or a table can show, and more; a third of the bytes of all digits.
DIGITS = 9


def contract_of(report: Report) -> dict[str, Any]:
    """The report as plain values; ``as_json`` makes text of them."""
    versions = report.versions
    cards = {card.model_version: card for card in report.cards}
    return {
        "model": report.model_name,
        "generated_at": _moment(report.generated_at),
        "left_out": LEFT_OUT,
        "counts": (*COUNTS, *GROUPS),
        "versions": versions,
        "columns": [asdict(column) for column in columns_of(report)],
        "cards": [_card(cards[version]) if version in cards else None for version in versions],
        "comparisons": [_comparison(comparison) for comparison in report.comparisons],
    }


def as_json(values: Any) -> str:
    """JSON that can stand in a script element: no character in it means anything to an HTML parser."""
    text = json.dumps(_plain(values), separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _card(card: Card) -> dict[str, Any]:
    signature = json.loads(card.signature) if card.signature else None
    return asdict(card) | {"signature": signature, "tags": given_tags(card.tags)}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    first = comparison.metrics[0]
    confidences = [row.confidence for row in comparison.metrics if row.confidence is not None]
    return {
        **{name: getattr(first, name) for name in _SHARED},
        "candidates": comparison.candidate_versions,
        "confidence": confidences[0] if confidences else None,
        "metrics": _columnar(ComparisonMetric, comparison.metrics),
        "differences": _columnar(ComparisonDiff, comparison.diffs),
        "curves": list(_curves(comparison.curves)),
    }


def _columnar(row_class: type[Row], rows: Iterable[Row]) -> dict[str, list[Any]]:
    """The rows' values by column, without columns that are shared or NULL in all rows."""
    told = tuple(rows)
    names = [field.name for field in fields(row_class) if field.name not in _SHARED]  # type: ignore[arg-type]  # a dataclass
    columns = {name: [getattr(row, name) for row in told] for name in names}
    return {name: values for name, values in columns.items() if any(value is not None for value in values)}


def _curves(points: Iterable[ComparisonCurve]) -> Iterable[dict[str, Any]]:
    def curve(row: ComparisonCurve) -> tuple[str, int]:
        return row.curve, row.model_version

    ordered = sorted(points, key=lambda row: (*curve(row), row.point))
    for (kind, version), rows in groupby(ordered, key=curve):
        told = tuple(rows)
        columns = {
            name: [getattr(row, name) for row in told] for name in ("x", "y", "x_high", "y_low", "y_high", "weight")
        }
        kept = {name: values for name, values in columns.items() if any(value is not None for value in values)}
        yield {"curve": kind, "version": version, **kept}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        if value.is_integer():
            return value  # a count, however many digits it has
        # JSON has neither NaN nor infinity; JavaScript's Number() reads these texts.
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else _NOT_FINITE[str(value)]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _moment(value) if isinstance(value, datetime) else value


_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
