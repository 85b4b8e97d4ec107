"""The columns of the version list: properties, metrics, hyperparameters and tags."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from spark_models.core.differences import given_tags
from spark_models.core.metrics import direction_of
from spark_models.core.report import Report
from spark_models.core.tables import Card, ComparisonMetric

Group = Literal["property", "computed", "logged", "parameter", "tag"]
Values = tuple[Any, ...]

# How many columns of a group a reader sees first.
_SHOWN: dict[Group, int] = {"property": 4, "computed": 5, "logged": 3, "parameter": 3, "tag": 1}

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?")
# A longer text may have more digits than the page is given.
_EXACT = 9

_PROPERTIES: dict[str, Callable[[Card], Any]] = {
    "aliases": lambda card: ", ".join(card.aliases),
    "created": lambda card: card.created_at,
    "run name": lambda card: card.run_name,
    "flavor": lambda card: card.flavor or None,
    "description": lambda card: card.description,
    "digest": lambda card: card.digest or None,
    "run id": lambda card: card.run_id,
    # Every model has files: where there are none, nobody looked.
    "files": lambda card: len(card.logged_files) or None,
    "bytes": lambda card: sum(file.size for file in card.logged_files) or None,
}


@dataclass(frozen=True)
class ListColumn:
    """A column of the list: a value for each version, None where it has none.

    ``key`` names it in links that readers share, whatever other columns there are. ``low`` and ``high`` are the ends of
    the values' confidence intervals, where any has one. ``comparison`` says of computed values in which of the report's
    comparisons each was computed, by its place: those of different comparisons are over other rows.
    """

    group: Group
    name: str
    kind: Literal["number", "text", "time"]
    values: Values
    direction: str = "none"
    low: Values | None = None
    high: Values | None = None
    comparison: tuple[int | None, ...] | None = None
    shown: bool = False
    key: str = ""


def columns_of(report: Report) -> tuple[ListColumn, ...]:
    """All columns, each with values in the order of the report's versions.

    A metric computed here is that of the newest comparison that the version is in.
    """
    left = dict(_SHOWN)
    columns = []
    for column in _columns(report):
        shown = left[column.group] > 0
        left[column.group] -= shown
        columns.append(replace(column, shown=shown, key=f"{column.group}:{column.name}"))
    return tuple(columns)


def _columns(report: Report) -> Iterator[ListColumn]:
    cards = {card.model_version: card for card in report.cards}
    yield ListColumn("property", "version", "number", report.versions)
    for name, property_of in _PROPERTIES.items():
        values = tuple(property_of(cards[version]) if version in cards else None for version in report.versions)
        yield ListColumn("property", name, "time" if name == "created" else _kind(values), values)
    yield from _computed(report)
    yield from _by_name("logged", {version: card.metrics for version, card in cards.items()}, report.versions)
    parameters = {version: card.hyperparameters for version, card in cards.items()}
    # Those that differ first: they are what a reader compares by.
    yield from sorted(
        _by_name("parameter", parameters, report.versions), key=lambda column: len(set(column.values)) < 2
    )
    tags = {version: given_tags(card.tags) for version, card in cards.items()}
    yield from _by_name("tag", tags, report.versions)


def _by_name(group: Group, by_version: Mapping[int, Mapping[str, Any]], versions: tuple[int, ...]) -> list[ListColumn]:
    names = sorted({name for values in by_version.values() for name in values})
    columns = []
    for name in names:
        found = tuple(by_version.get(version, {}).get(name) for version in versions)
        # A tag that looks like a number may be a name: 007.
        values = _as_numbers(found) if group == "parameter" else found
        direction = (direction_of(name) if group == "logged" else None) or "none"
        columns.append(ListColumn(group, name, _kind(values), values, direction))
    return columns


def _computed(report: Report) -> Iterator[ListColumn]:
    found: dict[str, dict[int, tuple[int, ComparisonMetric]]] = {}
    for place, comparison in enumerate(report.comparisons):
        for candidate in comparison.candidate_versions:
            for name, row in comparison.overall(candidate).items():
                by_version = found.setdefault(name, {})
                by_version.setdefault(candidate, (place, row))
                by_version.setdefault(comparison.baseline_version, (place, row))
    for name, rows in found.items():
        sides = [_side(version, rows[version][1]) if version in rows else _NOWHERE for version in report.versions]
        values, low, high = zip(*sides, strict=True)
        known = any(end is not None for end in (*low, *high))
        yield ListColumn(
            "computed",
            name,
            "number",
            values,
            direction=next(row.direction for _, row in rows.values()),
            low=low if known else None,
            high=high if known else None,
            comparison=tuple(rows[version][0] if version in rows else None for version in report.versions),
        )


_NOWHERE = (None, None, None)


def _side(version: int, row: ComparisonMetric) -> tuple[float | None, float | None, float | None]:
    if version == row.candidate_version:
        return row.candidate_value, row.candidate_low, row.candidate_high
    return row.baseline_value, row.baseline_low, row.baseline_high


def _as_numbers(values: Values) -> Values:
    """Texts as numbers if all are such, without any digit lost, as MLflow has parameters only as texts."""
    if all(value is None or (_NUMBER.fullmatch(value) and len(value) <= _EXACT) for value in values):
        return tuple(None if value is None else float(value) for value in values)
    return values


def _kind(values: Values) -> Literal["number", "text"]:
    known = [value for value in values if value is not None]
    return "number" if known and all(isinstance(value, (int, float)) for value in known) else "text"
