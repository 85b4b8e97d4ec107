"""What a comparison says in words, whatever it is shown in."""

from collections.abc import Iterable, Mapping

from spark_models.core.comparison import GROUPS, LEFT_OUT, NOT_LABELLED, Comparison
from spark_models.core.slices import slice_name
from spark_models.core.tables import ComparisonDiff, ComparisonMetric
from spark_models.report.numbers import number

# The rest is in comparison_diffs; a screen that scrolls is not read.
MOST_DIFFERENCES = 12

# A line with all of them is not read; they are in comparison_metrics, and on the page.
_FURTHER_DISTANCES = {
    "js_distance",
    "ks_test.statistic",
    "wasserstein_distance",
    "chi_squared_test.statistic",
    "tv_distance",
    "l_infinity_distance",
}


def title(comparison: Comparison, candidate: int) -> str:
    """Who is compared with whom."""
    return f"{comparison.model_name}: version {candidate} against version {comparison.baseline_version}"


def judgement(row: ComparisonMetric) -> str:
    """What the evidence says; where there is none, the verdict on the values alone, and nothing if that is none."""
    if row.evidence is not None:
        return row.evidence
    return "" if row.verdict == "none" else row.verdict


def is_by_value(row: ComparisonMetric) -> bool:
    """Whether the judgement is on the values alone, as of a maximum, which has no standard error."""
    return row.evidence is None and row.verdict != "none"


def rows_line(comparison: Comparison, candidate: int) -> str:
    """How many rows were compared, in how many groups if they are items of such, and why the others were not."""
    counts = comparison.overall(candidate, "rows")
    left_out = [f"{told}: {why}" for name, why in LEFT_OUT.items() if (told := _left_out(counts.get(name)))]
    total, compared = (_count(counts.get(name)) for name in ("rows", "rows_compared"))
    ending = f"; left out: {'; '.join(left_out)}" if left_out else ""
    if told := _left_out(counts.get(NOT_LABELLED)):
        ending += f"; scored, but not among the labelled rows: {told}"
    return f"{compared:,.0f} of {total:,.0f} rows compared{_groups(counts)}{ending}"


def _groups(counts: Mapping[str, ComparisonMetric]) -> str:
    if "groups" not in counts:
        return ""
    groups, without = (_count(counts.get(name)) for name in GROUPS)
    return f" in {groups:,.0f} groups" + (f", {without:,.0f} of them without a relevant item" if without else "")


def _count(row: ComparisonMetric | None) -> float:
    return (row.candidate_value or 0) if row else 0


def _left_out(row: ComparisonMetric | None) -> str:
    ours, theirs = _count(row), (row.baseline_value or 0) if row else 0
    if ours == theirs:
        return f"{ours:,.0f}" if ours else ""
    return f"{ours:,.0f} of the candidate, {theirs:,.0f} of the baseline"


def agreement_line(comparison: Comparison, candidate: int) -> str:
    """How far the predictions agree row by row, and their stability index; empty where that was not measured."""
    found = comparison.overall(candidate, "agreement")
    told = ", ".join(
        f"{name.replace('_', ' ')} {number(row.candidate_value)}"
        for name, row in found.items()
        if name not in _FURTHER_DISTANCES and row.candidate_value is not None
    )
    return f"predictions against the baseline's: {told}" if told else ""


def slice_rows(comparison: Comparison, candidate: int) -> tuple[ComparisonMetric, ...]:
    """The rows of the first metric that has slices."""
    slices = [row for row in comparison.of(candidate) if row.slice_column is not None]
    return tuple(row for row in slices if row.metric == slices[0].metric)


def unit(comparison: Comparison) -> str:
    """What the sizes of slices count: of a ranking groups."""
    return "groups" if comparison.metrics[0].task == "ranking" else "rows"


def slice_size(row: ComparisonMetric, counts: Iterable[ComparisonMetric]) -> str:
    """How many rows a slice has, and whether they are few; ``counts`` are the candidate's counts of rows."""
    counted = (
        one.candidate_value
        for one in counts
        if (one.metric, one.slice_column, one.slice_value) == ("rows_compared", row.slice_column, row.slice_value)
    )
    rows = row.rows if row.rows is not None else next(counted, None)
    told = "" if rows is None else f"{rows:,.0f}"
    return f"{told} small".lstrip() if row.small else told


def named_slices(comparison: Comparison, candidate: int) -> list[tuple[str, ComparisonMetric]]:
    """The rows of the first metric that has slices, each with its slice's name and size."""
    counts = comparison.of(candidate, "rows")
    return [
        (f"{slice_name(row.slice_column, row.slice_value)} ({slice_size(row, counts)})", row)
        for row in slice_rows(comparison, candidate)
    ]


def shown_differences(comparison: Comparison, candidate: int) -> tuple[tuple[ComparisonDiff, ...], str, str]:
    """The candidate's first differences, how many there are in words, and how many are not shown."""
    diffs = tuple(diff for diff in comparison.diffs if diff.candidate_version == candidate)
    if not diffs:
        return (), "no differences in parameters, tags, signature, requirements and files", ""
    rest = len(diffs) - MOST_DIFFERENCES
    more = f"and {rest} more in comparison_diffs" if rest > 0 else ""
    return diffs[:MOST_DIFFERENCES], f"{len(diffs)} difference{'' if len(diffs) == 1 else 's'}", more
