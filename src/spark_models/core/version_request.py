"""Which versions to list, in which order and with which columns: read from a config, and done to what is known."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import isnan
from typing import Any

from spark_models.core.config import VersionsConfig
from spark_models.core.known_versions import Facts, KnownVersion, ModelFacts
from spark_models.core.version_list import Trend, TrendPoint, VersionList
from spark_models.core.version_names import ATTRIBUTES, entries, parsed_name, unknown_names
from spark_models.core.version_query import Query, parse_query
from spark_models.errors import ConfigError


@dataclass(frozen=True)
class VersionRequest:
    """What is to be listed, read from a config: everything that can be refused before the registry is asked is."""

    config: VersionsConfig
    where: Query | None
    order: tuple[tuple[str, bool], ...]
    trend: str | None

    def listed(self, facts: ModelFacts) -> VersionList:
        """The list of a model's versions.

        Raises:
            ConfigError: listing every name that no version has.
        """
        rows = facts.rows()
        known = list(dict.fromkeys([*ATTRIBUTES, *sorted({name for row in rows for name in row})]))
        if rows:
            self._require_known(known)
        matched = [row for row in rows if self.where is None or self.where.holds(row)]
        columns = tuple(_columns(self.config.columns, known))
        shown = _in_order(matched, self.order)[: self.config.limit]
        versions = {row["version"] for row in shown}
        computed = {column: facts.comparisons_of(column, versions) for column in columns}
        return VersionList(
            name=self.config.name,
            columns=columns,
            rows=tuple({column: row.get(column) for column in columns} for row in shown),
            matched=len(matched),
            total=len(rows),
            computed={column: comparisons for column, comparisons in computed.items() if comparisons},
            trend=_trend(self.trend, matched, facts) if self.trend else None,
        )

    def _require_known(self, known: Sequence[str]) -> None:
        columns = [parsed_name(entry) for entry in entries(self.config.columns) if not _is_pattern(entry)]
        named = {
            "where": self.where.names if self.where else (),
            "sort": [name for name, _ in self.order],
            "columns": columns,
            "trend": [self.trend] if self.trend else [],
        }
        problems = [f"{key}: {problem}" for key, names in named.items() for problem in unknown_names(names, known)]
        if problems:
            raise ConfigError(f"versions of {self.config.name!r}", problems)


def version_request(config: VersionsConfig) -> VersionRequest:
    """Read a config's condition, order and trend.

    Raises:
        ConfigError: listing everything that is not understood.
    """
    trend = parsed_name(config.trend) if config.trend else None
    if trend and "." not in trend:
        trend = f"metrics.{trend}"
    problems = []
    if trend and not trend.startswith(("metrics.", "computed.")):
        problems.append(f"trend: {config.trend} is no metric: write metrics.NAME or computed.NAME")
    try:
        where = parse_query(config.where) if config.where else None
    except ConfigError as error:
        problems += [f"where: {problem}" for problem in error.problems]
    if problems:
        raise ConfigError(f"versions of {config.name!r}", problems)
    return VersionRequest(config, where, tuple(map(_sort_key, entries(config.sort))), trend)


def _sort_key(text: str) -> tuple[str, bool]:
    """A fact's name, and whether it goes down: ``-metrics.auc``, or as MLflow has it, ``metrics.auc DESC``."""
    name, direction = re.fullmatch(r"(.*?)(?:\s+(asc|desc))?", text, re.IGNORECASE | re.DOTALL).groups()  # type: ignore[union-attr]  # anything does
    return parsed_name(name.removeprefix("-")), name.startswith("-") or (direction or "").lower() == "desc"


def _in_order(rows: Iterable[Facts], order: Sequence[tuple[str, bool]]) -> list[Facts]:
    """The rows in order; what lacks a value comes last either way, and what is equal stays as it was."""
    ordered = list(rows)
    for name, is_descending in reversed(order):
        values = [_sortable(row.get(name)) for row in ordered]
        numbers = [_number(value) for value in values]
        # Parameters and tags are texts, but 9 comes before 10.
        is_numeric = all(number is not None for number, value in zip(numbers, values, strict=True) if value is not None)
        keys: Sequence[Any] = numbers if is_numeric else values
        pairs = list(zip(keys, ordered, strict=True))
        present = sorted(
            (pair for pair in pairs if pair[0] is not None), key=lambda pair: pair[0], reverse=is_descending
        )
        ordered = [row for _, row in [*present, *(pair for pair in pairs if pair[0] is None)]]
    return ordered


def _sortable(value: Any) -> Any:
    if isinstance(value, tuple):
        return ", ".join(value) or None
    # NaN has no place in an order.
    return None if isinstance(value, float) and isnan(value) else value


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if isnan(number) else number


def _columns(chosen: Iterable[str], known: Sequence[str]) -> Iterable[str]:
    """The chosen columns, each once; ``metrics.*`` stands for all that are known."""
    found = [
        name
        for entry in entries(chosen)
        for name in ([one for one in known if fnmatchcase(one, entry)] if _is_pattern(entry) else [parsed_name(entry)])
    ]
    return dict.fromkeys(found)


def _is_pattern(entry: str) -> bool:
    return "*" in entry and not {"`", '"'} & set(entry)


def _trend(metric: str, rows: Iterable[Facts], facts: ModelFacts) -> Trend:
    is_computed, name = facts.is_computed(metric), metric.partition(".")[2]
    matched = {row["version"] for row in rows}
    versions = (version for version in facts.versions if version.version in matched)
    points = [
        _computed_point(version, facts, name)
        if is_computed
        else TrendPoint(version.version, version.created_at, version.metrics.get(name))
        for version in sorted(versions, key=lambda version: (version.created_at, version.version))
    ]
    return Trend(metric, "computed" if is_computed else "logged", tuple(points))


def _computed_point(version: KnownVersion, facts: ModelFacts, name: str) -> TrendPoint:
    found = facts.computed.get(version.version, {}).get(name)
    if found is None:
        return TrendPoint(version.version, version.created_at, None)
    return TrendPoint(
        version.version,
        version.created_at,
        found.value,
        low=found.low,
        high=found.high,
        confidence=found.confidence,
        comparison_id=found.comparison_id,
    )
