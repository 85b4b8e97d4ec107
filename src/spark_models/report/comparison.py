"""A comparison as tables for a terminal of 80 columns."""

from collections.abc import Iterable, Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spark_models.core.comparison import LEFT_OUT, Comparison
from spark_models.core.tables import ComparisonDiff, ComparisonMetric

_STYLES = {"better": "green", "worse": "red", "equal": "dim", "none": ""}

# The rest is in comparison_diffs; a screen that scrolls is not read.
MOST_DIFFERENCES = 12


def comparison_tables(comparison: Comparison) -> RenderableType:
    """For each candidate: metrics over all rows, the rows left out, the first metric by slice, and the differences."""
    return Group(
        *(part for candidate in comparison.candidate_versions for part in _candidate_parts(comparison, candidate))
    )


def _candidate_parts(comparison: Comparison, candidate: int) -> Iterator[RenderableType]:
    title = f"{comparison.model_name}: version {candidate} against version {comparison.baseline_version}"
    yield _metric_table(comparison.overall(candidate).values(), title)
    yield Text()
    yield _rows_line(comparison, candidate)
    yield Text()
    slices = [row for row in comparison.of(candidate) if row.slice_column is not None]
    if slices:
        yield _slice_table(slices, comparison.of(candidate, "rows"))
        yield Text()
    logged = comparison.overall(candidate, "logged")
    if logged:
        yield _metric_table(logged.values(), "logged by the versions' own runs")
        yield Text()
    yield from _differences([diff for diff in comparison.diffs if diff.candidate_version == candidate])
    yield Text()


def _metric_table(rows: Iterable[ComparisonMetric], title: str) -> Table:
    table = _table("metric", title)
    for heading in ("candidate", "baseline", "change", "relative"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for row in rows:
        table.add_row(Text(row.metric), *_values(row), _percent(row.relative_change), _verdict(row))
    return table


def _slice_table(slices: Sequence[ComparisonMetric], counts: Iterable[ComparisonMetric]) -> Table:
    metric = slices[0].metric
    rows = {(row.slice_column, row.slice_value): row.candidate_value for row in counts if row.metric == "rows_compared"}
    table = _table("slice", f"{metric} by slice")
    for heading in ("rows", "candidate", "baseline", "change"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for row in slices:
        if row.metric == metric:
            name = f"{row.slice_column} = {row.slice_value if row.slice_value is not None else 'NULL'}"
            count = rows.get((row.slice_column, row.slice_value))
            table.add_row(Text(name), "" if count is None else f"{count:,.0f}", *_values(row), _verdict(row))
    return table


def _table(first: str, title: str) -> Table:
    # Text, since a name may hold what rich takes for markup.
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD, show_edge=False, collapse_padding=True)
    table.add_column(first, overflow="fold")
    return table


def _values(row: ComparisonMetric) -> tuple[str, str, str]:
    return number(row.candidate_value), number(row.baseline_value), number(row.change, sign="+")


def _verdict(row: ComparisonMetric) -> Text:
    return Text("" if row.verdict == "none" else row.verdict, style=_STYLES[row.verdict])


def number(value: float | None, *, sign: str = "") -> str:
    """A number that is no wider than a column: five decimals, or what its size asks for.

    >>> number(0.25), number(0.25, sign="+"), number(1234.0), number(123456.789), number(0.0000125), number(None)
    ('0.25000', '+0.25000', '1,234', '123,456.8', '1.25e-05', '')
    """
    if value is None:
        return ""
    size = abs(value)
    if size >= 1e9 or 0 < size < 1e-4:
        return f"{value:{sign}.3g}"
    if size >= 10 and value.is_integer():
        return f"{value:{sign},.0f}"
    return f"{value:{sign},.1f}" if size >= 1000 else f"{value:{sign}.5f}"


def _percent(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:+.2%}" if abs(value) < 100 else f"{100 * value:+.3g}%"


def _rows_line(comparison: Comparison, candidate: int) -> Text:
    counts = comparison.overall(candidate, "rows")
    left_out = [f"{told}: {why}" for name, why in LEFT_OUT.items() if (told := _left_out(counts[name]))]
    total, compared = counts["rows"].candidate_value or 0, counts["rows_compared"].candidate_value or 0
    ending = f"; left out: {'; '.join(left_out)}" if left_out else ""
    return Text(f"{compared:,.0f} of {total:,.0f} rows compared{ending}")


def _left_out(row: ComparisonMetric) -> str:
    ours, theirs = row.candidate_value or 0, row.baseline_value or 0
    if ours == theirs:
        return f"{ours:,.0f}" if ours else ""
    return f"{ours:,.0f} of the candidate, {theirs:,.0f} of the baseline"


def _differences(diffs: Sequence[ComparisonDiff]) -> Iterator[RenderableType]:
    if not diffs:
        yield Text("no differences in parameters, tags, signature, requirements and files")
        return
    table = _table("difference", f"{len(diffs)} difference{'' if len(diffs) == 1 else 's'}")
    for heading in ("candidate", "baseline"):
        table.add_column(heading, overflow="ellipsis", no_wrap=True, max_width=24)
    for diff in diffs[:MOST_DIFFERENCES]:
        table.add_row(
            Text(f"{diff.kind} {diff.name}"), Text(diff.candidate_value or ""), Text(diff.baseline_value or "")
        )
    yield table
    if len(diffs) > MOST_DIFFERENCES:
        yield Text(f"and {len(diffs) - MOST_DIFFERENCES} more in comparison_diffs")
