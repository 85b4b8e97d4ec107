"""A comparison as tables for a terminal of 80 columns."""

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spark_models.core.comparison import Comparison
from spark_models.core.slices import slice_name
from spark_models.core.tables import ComparisonMetric
from spark_models.report.numbers import interval, level, number, percent
from spark_models.report.told import (
    agreement_line,
    is_by_value,
    judgement,
    rows_line,
    shown_differences,
    slice_rows,
    slice_size,
    title,
    unit,
)

_STYLES = {"better": "green", "worse": "red", "unclear": "yellow", "equal": "dim", "": ""}


def comparison_tables(comparison: Comparison) -> RenderableType:
    """For each candidate: metrics over all rows, the rows left out, the first metric by slice, and the differences."""
    return Group(
        *(part for candidate in comparison.candidate_versions for part in _candidate_parts(comparison, candidate))
    )


def _candidate_parts(comparison: Comparison, candidate: int) -> Iterator[RenderableType]:
    yield _metric_table(tuple(comparison.overall(candidate).values()), title(comparison, candidate))
    yield Text()
    yield Text(rows_line(comparison, candidate))
    agreement = agreement_line(comparison, candidate)
    if agreement:
        yield Text(agreement)
    yield Text()
    slices = slice_rows(comparison, candidate)
    if slices:
        yield _slice_table(slices, comparison.of(candidate, "rows"), unit(comparison))
        yield Text()
    logged = tuple(comparison.overall(candidate, "logged").values())
    if logged:
        yield _metric_table(logged, "logged by the versions' own runs")
        yield Text()
    yield from _differences(comparison, candidate)
    yield Text()


def _metric_table(rows: Sequence[ComparisonMetric], title: str) -> Table:
    intervals = level(rows)
    table = _table("metric", title)
    # Both of them do not fit into 80 columns, and an interval says more than a percentage.
    _add_columns(table, "candidate", "baseline", "change", intervals or "relative")
    for row in rows:
        last = _interval(row) if intervals else percent(row.relative_change)
        table.add_row(Text(row.metric), *_values(row), last, _judgement(row, with_evidence=bool(intervals)))
    return table


def _slice_table(slices: Sequence[ComparisonMetric], counts: Sequence[ComparisonMetric], unit: str) -> Table:
    intervals = level(slices)
    table = _table("slice", f"{slices[0].metric} by slice")
    _add_columns(table, unit, *([] if intervals else ["candidate", "baseline"]), "change", *filter(None, [intervals]))
    for row in slices:
        values = [_values(row)[-1], _interval(row)] if intervals else [*_values(row)]
        judged = _judgement(row, with_evidence=bool(intervals))
        table.add_row(Text(slice_name(row.slice_column, row.slice_value)), slice_size(row, counts), *values, judged)
    return table


def _table(first: str, title: str) -> Table:
    # Text, since a name may hold what rich takes for markup.
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD, show_edge=False, collapse_padding=True)
    table.add_column(first, overflow="fold")
    return table


def _add_columns(table: Table, *headings: str) -> None:
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict" if not any("interval" in heading for heading in headings) else "evidence", no_wrap=True)


def _values(row: ComparisonMetric) -> tuple[str, str, str]:
    return number(row.candidate_value), number(row.baseline_value), number(row.change, sign="+")


def _interval(row: ComparisonMetric) -> str:
    # Two characters for " to " let the longest of our own metrics' names stand on one line.
    return interval(row.change_low, row.change_high, sign="+", to="..")


def _judgement(row: ComparisonMetric, *, with_evidence: bool) -> Text:
    judged = judgement(row)
    # Among evidence, what only the values say is no evidence.
    return Text(f"({judged})") if with_evidence and is_by_value(row) else Text(judged, style=_STYLES[judged])


def _differences(comparison: Comparison, candidate: int) -> Iterator[RenderableType]:
    shown, told, more = shown_differences(comparison, candidate)
    if not shown:
        yield Text(told)
        return
    table = _table("difference", told)
    for heading in ("candidate", "baseline"):
        table.add_column(heading, overflow="ellipsis", no_wrap=True, max_width=24)
    for diff in shown:
        table.add_row(
            Text(f"{diff.kind} {diff.name}"), Text(diff.candidate_value or ""), Text(diff.baseline_value or "")
        )
    yield table
    if more:
        yield Text(more)
