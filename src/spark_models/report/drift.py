"""Drift as tables for a terminal of 80 columns."""

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spark_models.core.drift import Drift
from spark_models.core.drift_tables import ClassChange, DriftMetric, HypothesisTest
from spark_models.core.slices import slice_name
from spark_models.report.numbers import number

# The rest is in drift_metrics; a screen that scrolls is not read.
MOST_SLICES, MOST_CHANGES = 12, 12

# Siddiqi's rule of thumb for the population stability index: from 0.1 on some change, from 0.25 on much.
_SOME, _MUCH = 0.1, 0.25


def drift_tables(drift: Drift) -> RenderableType:
    """What is compared, how far each column is apart, and what the two versions, or the slices, add to that."""
    return Group(*_parts(drift))


def _parts(drift: Drift) -> Iterator[RenderableType]:
    whole = drift.whole
    yield _distance_table(drift.overall, _title(whole))
    yield Text()
    yield _rows_line(whole)
    agreed = [row for row in drift.overall if row.rows_compared is not None]
    if agreed:
        yield Text()
        yield _agreement_table(agreed)
    for row in agreed:
        if row.class_changes:
            yield Text()
            yield _change_table(row.class_changes, row.column_name)
    if drift.sliced:
        yield Text()
        yield _slice_table(drift.sliced)
    if drift.rows:
        yield Text()
        yield Text(f"keys of the {len(drift.rows):,} rows that changed most are in drift_rows")


def _title(whole: DriftMetric) -> str:
    if whole.kind == "versions":
        return f"{whole.model_name}: version {whole.model_version} against version {whole.baseline_version}"
    model = "" if whole.model_name is None else f" ({whole.model_name} version {whole.model_version})"
    current = _window(whole.current_filter, whole.current_table_version)
    return f"{whole.table}{model}: {current} against {_window(whole.baseline_filter, whole.baseline_table_version)}"


def _window(condition: str | None, version: int | None) -> str:
    return condition or ("all rows" if version is None else f"Delta version {version}")


def _distance_table(rows: Sequence[DriftMetric], title: str) -> Table:
    table = _table("column", title, "PSI", "JS", "KS", "Wasserstein", "mean", "% NULL")
    for row in rows:
        table.add_row(
            Text(row.column_name),
            _index(row.population_stability_index),
            _share(row.js_distance),
            _statistic(row.ks_test),
            number(row.wasserstein_distance),
            number(row.avg_delta, sign="+"),
            "" if row.percent_null_delta is None else f"{row.percent_null_delta:+.2f}",
        )
    return table


def _rows_line(whole: DriftMetric) -> Text:
    if whole.kind == "versions":
        both = whole.rows_compared or 0
        return Text(
            f"{both:,} rows were scored by both; version {whole.model_version} scored {whole.current_count:,},"
            f" version {whole.baseline_version} {whole.baseline_count:,}"
        )
    return Text(f"{whole.current_count:,} rows against {whole.baseline_count:,} ({whole.count_delta:+,})")


def _agreement_table(rows: Sequence[DriftMetric]) -> Table:
    table = _table("prediction", "row by row", "rows", "agree", "correlation", "mean diff", "mean size", "max size")
    for row in rows:
        table.add_row(
            Text(row.column_name),
            f"{row.rows_compared or 0:,}",
            "" if row.agreement is None else f"{row.agreement:.2%}",
            _share(row.correlation),
            number(row.mean_difference, sign="+"),
            number(row.mean_absolute_difference),
            number(row.max_absolute_difference),
        )
    return table


def _change_table(changes: Sequence[ClassChange], column: str) -> Table:
    table = Table(
        title=Text(f"classes of {column}"),
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        collapse_padding=True,
    )
    table.add_column("baseline", overflow="fold")
    table.add_column("candidate", overflow="fold")
    table.add_column("rows", justify="right", no_wrap=True)
    for change in changes[:MOST_CHANGES]:
        style = "" if change.baseline == change.candidate else "yellow"
        table.add_row(Text(change.baseline or ""), Text(change.candidate or ""), Text(f"{change.count:,}", style=style))
    if len(changes) > MOST_CHANGES:
        table.add_row(Text(f"and {len(changes) - MOST_CHANGES} more in drift_metrics"), "", "")
    return table


def _slice_table(rows: Sequence[DriftMetric]) -> Table:
    """The columns of slices that drifted most, by the population stability index."""
    found = sorted(rows, key=lambda row: -(row.population_stability_index or 0))
    title = "by slice" if len(found) <= MOST_SLICES else f"by slice, the {MOST_SLICES} that drifted most"
    table = _table("slice", title, "column", "rows", "PSI", "JS", "mean")
    for row in found[:MOST_SLICES]:
        table.add_row(
            Text(slice_name(row.slice_key, row.slice_value)),
            Text(row.column_name),
            f"{row.current_count:,}",
            _index(row.population_stability_index),
            _share(row.js_distance),
            number(row.avg_delta, sign="+"),
        )
    return table


def _table(first: str, title: str, *headings: str) -> Table:
    # Text, since a name may hold what rich takes for markup.
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD, show_edge=False, collapse_padding=True)
    table.add_column(first, overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _index(value: float | None) -> Text:
    style = "" if value is None or value < _SOME else "yellow" if value < _MUCH else "red"
    return Text(_share(value), style=style)


def _statistic(test: HypothesisTest | None) -> str:
    return "" if test is None else _share(test.statistic)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
