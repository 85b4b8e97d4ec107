"""What a notebook shows: a comparison as a small table, a report as its whole page.

A page has 1.7 MB, which a notebook would keep for each comparison that is looked at, and what shows notebooks
elsewhere leaves frames out. So a comparison is a table, and the page is for those who ask for a report.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from io import StringIO
from pathlib import Path

from rich.console import Console

from spark_models.core.comparison import Comparison
from spark_models.core.drift import Drift
from spark_models.core.outcomes import Reporting
from spark_models.core.tables import ComparisonMetric
from spark_models.core.version_list import VersionList
from spark_models.report.numbers import interval, level, number
from spark_models.report.outcomes import outcome
from spark_models.report.told import (
    agreement_line,
    is_by_value,
    judgement,
    named_slices,
    rows_line,
    title,
    unit,
)

_COLOURS = {"better": "#1a7f3c", "worse": "#c62a3b", "unclear": "#8a6d00"}


def comparison_html(comparison: Comparison) -> str:
    """Metrics, rows, agreement and the first metric by slice of each candidate, without styles of their own."""
    parts = (part for candidate in comparison.candidate_versions for part in _parts(comparison, candidate))
    return "".join([*parts, f"<p>comparison {escape(comparison.comparison_id)}</p>"])


def report_html(result: Reporting) -> str:
    """The page that was written, in a frame."""
    return page_frame(Path(result.file).read_text(encoding="utf-8"))


def outcome_html(result: Drift | VersionList) -> str:
    """What a terminal shows of it, as text of one width."""
    console = Console(file=StringIO(), record=True, width=120, force_jupyter=False)
    console.print(outcome(result))
    return console.export_html(inline_styles=True, code_format='<pre style="line-height:1.2">{code}</pre>')


def page_frame(page: str, height: int = 900) -> str:
    """A report's page in a frame that can run its own scripts and do nothing else to the notebook."""
    return (
        f'<iframe sandbox="allow-scripts" srcdoc="{escape(page)}" title="report"'
        f' style="width:100%;height:{height}px;border:0"></iframe>'
    )


def _parts(comparison: Comparison, candidate: int) -> Iterator[str]:
    yield f"<h4>{escape(title(comparison, candidate))}</h4>"
    yield _table("metric", [(row.metric, row) for row in comparison.overall(candidate).values()])
    for line in (rows_line(comparison, candidate), agreement_line(comparison, candidate)):
        if line:
            yield f"<p>{escape(line)}</p>"
    slices = named_slices(comparison, candidate)
    if slices:
        body = _table(f"slice ({unit(comparison)})", slices)
        yield f"<details><summary>{escape(slices[0][1].metric)} by slice</summary>{body}</details>"


def _table(first: str, named: Sequence[tuple[str, ComparisonMetric]]) -> str:
    intervals = level(row for _, row in named)
    headings = [first, "candidate", "baseline", "change", *([intervals, "evidence"] if intervals else ["verdict"])]
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join(f"<tr>{''.join(_cells(name, row, with_interval=bool(intervals)))}</tr>" for name, row in named)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(name: str, row: ComparisonMetric, *, with_interval: bool) -> Iterable[str]:
    yield f'<th scope="row">{escape(name)}</th>'
    for value in (number(row.candidate_value), number(row.baseline_value), number(row.change, sign="+")):
        yield f"<td>{escape(value)}</td>"
    if with_interval:
        yield f"<td>{escape(interval(row.change_low, row.change_high, sign='+'))}</td>"
    judged = judgement(row)
    if with_interval and is_by_value(row):
        yield f"<td>{judged}, by value</td>"
        return
    yield f'<td style="color:{_COLOURS.get(judged, "inherit")}">{judged}</td>'
