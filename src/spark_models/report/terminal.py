"""Comparisons, cards and histories as tables for a terminal."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spark_models.core.comparison import LEFT_OUT, Comparison
from spark_models.core.tables import AliasTenure, Card, ComparisonMetric

_STYLES = {"better": "green", "worse": "red", "equal": "dim", "none": ""}


def comparison_tables(comparison: Comparison) -> RenderableType:
    """Metrics over all rows, the slices' main metric, the rows left out, and the differences."""
    parts: list[RenderableType] = []
    for candidate in comparison.candidate_versions:
        title = f"{comparison.model_name}: version {candidate} against version {comparison.baseline_version}"
        overall = [row for row in comparison.of(candidate) if row.slice_column is None]
        parts += [_metric_table(overall, title), _rows_line(comparison, candidate)]
        slices = [row for row in comparison.of(candidate) if row.slice_column is not None]
        if slices:
            parts.append(_slice_table(slices))
        differing = [diff for diff in comparison.diffs if diff.candidate_version == candidate]
        parts.append(Text(f"{len(differing)} differences in parameters, signature, files, requirements and tags"))
    return Group(*parts)


def _metric_table(rows: Iterable[ComparisonMetric], title: str) -> Table:
    table = Table("metric", title=title, title_justify="left")
    for heading in ("candidate", "baseline", "change", "relative"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for row in rows:
        relative = "" if row.relative_change is None else f"{row.relative_change:+.2%}"
        table.add_row(
            row.metric,
            _number(row.candidate_value),
            _number(row.baseline_value),
            _number(row.change, signed=True),
            relative,
            Text("" if row.verdict == "none" else row.verdict, style=_STYLES[row.verdict]),
        )
    return table


def _slice_table(rows: list[ComparisonMetric]) -> Table:
    """The first metric of the task by slice."""
    metric = rows[0].metric
    shown = [row for row in rows if row.metric == metric]
    table = Table("slice", title=f"{metric} by slice", title_justify="left")
    for heading in ("candidate", "baseline", "change"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for row in shown:
        table.add_row(
            f"{row.slice_column} = {row.slice_value if row.slice_value is not None else 'NULL'}",
            _number(row.candidate_value),
            _number(row.baseline_value),
            _number(row.change, signed=True),
            Text("" if row.verdict == "none" else row.verdict, style=_STYLES[row.verdict]),
        )
    return table


def _rows_line(comparison: Comparison, candidate: int) -> Text:
    counts = {row.metric: row for row in comparison.of(candidate, "rows")}
    total, compared = (int(counts[name].candidate_value or 0) for name in ("rows", "rows_compared"))
    left_out = []
    for name, why in LEFT_OUT.items():
        ours, theirs = int(counts[name].candidate_value or 0), int(counts[name].baseline_value or 0)
        if ours or theirs:
            number = f"{ours:,}" if ours == theirs else f"{ours:,} by the candidate, {theirs:,} by the baseline"
            left_out.append(f"{number}: {why}")
    told = f"; left out: {'; '.join(left_out)}" if left_out else ""
    return Text(f"{compared:,} of {total:,} rows compared{told}")


def _number(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return ""
    if value == int(value) and abs(value) >= 10:
        return f"{value:+,.0f}" if signed else f"{value:,.0f}"
    return f"{value:+.5f}" if signed else f"{value:.5f}"


def card_table(card: Card) -> Table:
    """A version's card, field by field."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    fields = {
        "model": f"{card.model_name} version {card.model_version}",
        "time created": card.created_at.isoformat(sep=" ", timespec="seconds"),
        "run name": card.run_name or "",
        "hyperparameters": _pairs(card.hyperparameters),
        "metrics": _pairs({name: f"{value:.6g}" for name, value in card.metrics.items()}),
        "signature": card.signature or "",
        "logged files": "\n".join(f"{file.path}  {file.size:,} bytes" for file in card.logged_files),
        "digest": card.digest,
        "flavor": card.flavor,
        "requirements": "\n".join(card.requirements),
        "description": card.description or "",
        "tags": _pairs(card.tags),
        "aliases": ", ".join(card.aliases),
    }
    for name, value in fields.items():
        # Text, since a tag or a parameter may hold what rich takes for markup.
        table.add_row(name, Text(value))
    return table


def _pairs(values: dict[str, str]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in sorted(values.items()))


def history_table(tenures: Iterable[AliasTenure]) -> Table:
    """Who held which alias from when to when, and why."""
    table = Table("alias", "version", "since", "until", "by", "reason", "comparison")
    for tenure in tenures:
        table.add_row(
            tenure.alias,
            str(tenure.model_version),
            tenure.since.isoformat(sep=" ", timespec="seconds"),
            "" if tenure.until is None else tenure.until.isoformat(sep=" ", timespec="seconds"),
            tenure.action + (" (forced)" if tenure.forced else ""),
            Text(tenure.reason),
            tenure.comparison_id or "",
        )
    return table
