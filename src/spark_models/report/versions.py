"""The versions of a model as a table for a terminal, and a metric of theirs over time as marks on a line."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spark_models.core.version_list import Trend, TrendPoint, VersionList
from spark_models.core.version_names import shown_name
from spark_models.report.numbers import number

# More cannot be read on a screen; --json has all.
MOST_COLUMNS = 12
# Places on a trend's line.
WIDTH = 24


def versions_table(result: VersionList) -> RenderableType:
    """One line a version, with the chosen columns; the trend below, if one was asked for."""
    if not result.total:
        return Text(f"{result.name} has no versions yet: register one with `spark-models register`")
    table = _table()
    shown = result.columns[:MOST_COLUMNS]
    for column in shown:
        is_number = column == "version" or column.startswith(("metrics.", "computed."))
        table.add_column(Text(shown_name(column)), justify="right" if is_number else "left", overflow="fold")
    for row in result.rows:
        table.add_row(*(_cell(row[column]) for column in shown))
    left_out = [shown_name(column) for column in result.columns[MOST_COLUMNS:]]
    # Not the table's own title, which is no wider than the table; and Text, since names may hold rich's markup.
    parts: list[RenderableType] = [Text(f"{result.name}: {_told(result)}", style="italic"), table]
    if left_out:
        parts.append(Text(f"not shown here: {', '.join(left_out)}; choose with --columns, or take --json"))
    parts += _sources(result, shown)
    if result.trend:
        parts += [Text(), *_trend_parts(result.trend)]
    return Group(*parts)


def _told(result: VersionList) -> str:
    shown, every = len(result.rows), f"{result.total} version{'' if result.total == 1 else 's'}"
    if shown == result.total:
        return every
    matching = f"{result.matched} of {every} match" if result.matched < result.total else every
    return matching if shown == result.matched else f"{matching}, {shown} shown"


def _sources(result: VersionList, shown: Sequence[str]) -> Iterator[RenderableType]:
    """Which columns comparisons computed, where the name does not say it or their values cannot be held together."""
    for column in shown:
        comparisons = result.computed.get(column, ())
        if len(comparisons) > 1:
            told = f"{len(comparisons)} comparisons, each over rows of its own: {', '.join(comparisons)}"
            yield Text(f"{shown_name(column)} was computed by {told}")
        elif comparisons and not column.startswith("computed."):
            yield Text(f"{shown_name(column)} was computed by comparison {comparisons[0]}, and logged by no run")


def _table() -> Table:
    return Table(box=SIMPLE_HEAD, show_edge=False, collapse_padding=True)


def _cell(value: Any) -> Text:
    if value is None:
        return Text()
    if isinstance(value, datetime):
        return Text(f"{value.astimezone(UTC):%Y-%m-%d %H:%M}")
    if isinstance(value, tuple):
        return Text(", ".join(value))
    return Text(number(value) if isinstance(value, float) and isfinite(value) else str(value))


def _trend_parts(trend: Trend) -> Iterator[RenderableType]:
    confidence = next((f", {point.confidence:.0%} intervals" for point in trend.points if point.confidence), "")
    source = "computed by comparisons" if trend.source == "computed" else "logged by the versions' runs"
    yield Text(f"{shown_name(trend.metric)} over time, {source}{confidence}", style="italic")
    comparisons = list(dict.fromkeys(point.comparison_id for point in trend.points if point.comparison_id))
    yield _trend_table(trend, comparisons if len(comparisons) > 1 else [])
    if len(comparisons) > 1:
        told = ", ".join(f"{place} is {comparison}" for place, comparison in enumerate(comparisons, 1))
        yield Text(f"Values of different comparisons are over different rows. Comparison {told}.")


def _trend_table(trend: Trend, comparisons: Sequence[str]) -> Table:
    """A line a version; ``comparisons`` get a column that says of which of them its value is, if there are any."""
    table = _table()
    table.add_column("version", justify="right")
    table.add_column("created (UTC)", no_wrap=True)
    for heading in ("value", "from", "to"):
        table.add_column(heading, justify="right", no_wrap=True)
    ends = _ends(trend.points)
    low, high = (number(end) for end in ends)
    table.add_column(Text(low.ljust(WIDTH - len(high)) + high), no_wrap=True, min_width=WIDTH)
    if comparisons:
        table.add_column("of", justify="right", no_wrap=True)
    for point in trend.points:
        value = "" if point.value is None else number(point.value) if isfinite(point.value) else str(point.value)
        interval = (number(point.low), number(point.high))
        created = f"{point.created_at.astimezone(UTC):%Y-%m-%d}"
        of = [str(comparisons.index(point.comparison_id) + 1) if point.comparison_id else ""] if comparisons else []
        table.add_row(str(point.version), created, value, *interval, marks(point, *ends), *of)
    return table


def _ends(points: Sequence[TrendPoint]) -> tuple[float, float]:
    told = [value for point in points for value in (point.value, point.low, point.high)]
    values = [value for value in told if value is not None and isfinite(value)] or [0.0]
    return min(values), max(values)


def marks(point: TrendPoint, low: float, high: float, width: int = WIDTH) -> str:
    """The value as a dot on a line from ``low`` to ``high``, and its interval as dashes.

    >>> from datetime import UTC, datetime
    >>> marks(TrendPoint(1, datetime.now(UTC), 0.5, 0.25, 0.75), 0.0, 1.0, 9)
    '  ──●──'
    """
    if point.value is None or not isfinite(point.value):
        return ""

    def place(value: float) -> int:
        return round((value - low) / (high - low) * (width - 1)) if high > low else 0

    line = [" "] * width
    if point.low is not None and point.high is not None and isfinite(point.low) and isfinite(point.high):
        first, last = place(point.low), place(point.high)
        line[first : last + 1] = "─" * (last + 1 - first)
    line[place(point.value)] = "●"
    return "".join(line).rstrip()
