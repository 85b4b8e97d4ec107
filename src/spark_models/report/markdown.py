"""A comparison as Markdown, for a pull request or a job's summary."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from spark_models.core.comparison import Comparison
from spark_models.core.outcomes import Reporting
from spark_models.core.tables import ComparisonMetric
from spark_models.report.numbers import counted, interval, level, number
from spark_models.report.told import (
    agreement_line,
    is_by_value,
    judgement,
    named_slices,
    rows_line,
    shown_differences,
    title,
    unit,
)

# What Markdown takes for its own, outside and inside of words, and what forges make of people, issues and emoji.
_SPECIAL = re.compile(r"[\\`*\[\]|~@]|(?<!\w)_|_(?!\w)|#(?=\d)|:(?=\S)")
_SIGNS = {"better": "🟢 better", "worse": "🔴 worse", "unclear": "⚪ unclear", "equal": "equal", "": ""}


def comparison_markdown(comparison: Comparison) -> str:
    """For each candidate: metrics with intervals and evidence, rows left out, agreement, slices and differences.

    Whatever names and values hold is shown as it is.
    """
    parts = [part for candidate in comparison.candidate_versions for part in _parts(comparison, candidate)]
    return "\n\n".join([*parts, f"comparison {escaped(comparison.comparison_id)}"]) + "\n"


def outcome_markdown(result: Comparison | Reporting) -> str:
    """What a step gave back; of a report the newest comparison."""
    if isinstance(result, Comparison):
        return comparison_markdown(result)
    newest = f"{comparison_markdown(result.newest)}\n" if result.newest else ""
    return f"{newest}report of {counted(len(result.versions), 'version')} in {escaped(result.file)}\n"


def _parts(comparison: Comparison, candidate: int) -> Iterator[str]:
    yield f"### {escaped(title(comparison, candidate))}"
    yield _metrics("metric", [(row.metric, row) for row in comparison.overall(candidate).values()])
    yield escaped(rows_line(comparison, candidate))
    agreement = agreement_line(comparison, candidate)
    if agreement:
        yield escaped(agreement)
    slices = named_slices(comparison, candidate)
    if slices:
        yield _folded(f"{slices[0][1].metric} by slice", _metrics(f"slice ({unit(comparison)})", slices))
    logged = comparison.overall(candidate, "logged").values()
    if logged:
        yield _folded("logged by the versions' own runs", _metrics("metric", [(row.metric, row) for row in logged]))
    yield _differences(comparison, candidate)


def _metrics(first: str, named: Sequence[tuple[str, ComparisonMetric]]) -> str:
    intervals = level(row for _, row in named)
    headings = [first, "candidate", "baseline", "change", *([intervals, "evidence"] if intervals else ["verdict"])]
    rows = (
        [
            escaped(name),
            number(row.candidate_value),
            number(row.baseline_value),
            number(row.change, sign="+"),
            *([interval(row.change_low, row.change_high, sign="+")] if intervals else []),
            f"{judgement(row)}, by value" if intervals and is_by_value(row) else _SIGNS[judgement(row)],
        ]
        for name, row in named
    )
    return _table(headings, rows, numbers=len(headings) - 2)


def _differences(comparison: Comparison, candidate: int) -> str:
    shown, told, more = shown_differences(comparison, candidate)
    if not shown:
        return told
    rows = (
        [escaped(f"{diff.kind} {diff.name}"), escaped(diff.candidate_value or ""), escaped(diff.baseline_value or "")]
        for diff in shown
    )
    table = _table(["difference", "candidate", "baseline"], rows, numbers=0)
    return _folded(told, f"{table}\n\n{escaped(more)}" if more else table)


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{escape(summary, quote=False)}</summary>\n\n{text}\n\n</details>"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int) -> str:
    """A table whose columns after the first are right-aligned numbers, so many of them."""
    marks = [" --- ", *[" ---: "] * numbers, *[" --- "] * (len(headings) - 1 - numbers)]
    lines = [f"| {' | '.join(headings)} |", f"|{'|'.join(marks)}|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """The text as Markdown shows it unchanged, on one line.

    >>> escaped("a|b_c <b>")
    'a&#124;b_c &lt;b&gt;'
    """
    # By number: a backslash before @ or | is not heeded everywhere.
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", escape(" ".join(text.split()), quote=False))
