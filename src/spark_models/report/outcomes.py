"""Each step's result, as a person reads it in a terminal."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from spark_models.core.comparison import Comparison
from spark_models.core.drift import Drift
from spark_models.core.outcomes import Promotion, Registration, Reporting, Rollback, Scoring
from spark_models.core.tables import Card
from spark_models.core.version_list import VersionList
from spark_models.report.comparison import comparison_tables
from spark_models.report.drift import drift_tables
from spark_models.report.numbers import counted
from spark_models.report.terminal import card_table, history_table
from spark_models.report.versions import versions_table


def outcome(result: Any) -> RenderableType:
    """What to print for a step's result; a tuple is an alias history."""
    return _RENDERED[type(result)](result)


def registration_line(result: Registration) -> Text:
    """Which version, and whether it is new."""
    what = "registered" if result.created else "was registered already, with the same files"
    aliases = f"; now {', '.join(result.aliases)}" if result.aliases else ""
    return Text(f"{result.model_version} {what} (digest {result.digest[:12]}){aliases}")


def scoring_lines(result: Scoring) -> Text:
    """A line for each model: how many rows went where, or that the batch was there."""
    return Text("\n").join(_scoring_line(one) for one in result.all)


def _scoring_line(result: Scoring) -> Text:
    if result.model_version is None:
        return Text(f"batch {result.batch_id}: no rows, and so no models of theirs; nothing to do")
    subject = f"{result.model_version}, batch {result.batch_id}"
    if result.run is None:
        return Text(f"{subject}: already in {result.table}, nothing to do")
    run = result.run
    failed = f", {run.rows_failed:,} failed" if run.rows_failed else ""
    return Text(f"{subject}: {run.rows_scored:,} of {run.rows_in:,} rows scored{failed} into {result.table}")


def _comparison(result: Comparison) -> RenderableType:
    line = Text(f"comparison {result.comparison_id}{' (stored before)' if result.stored else ''}")
    return Group(comparison_tables(result), line)


def _drift(result: Drift) -> RenderableType:
    return Group(drift_tables(result), Text(f"drift {result.drift_id}{' (stored before)' if result.stored else ''}"))


def promotion_lines(result: Promotion) -> Text:
    """Whether the alias moved, and what the gate said."""
    if not result.moved:
        return Text(f"{result.model_version} is {result.alias} already, nothing to do")
    before = f", before it version {result.previous}" if result.previous is not None else ""
    forced = " (forced against the gate)" if result.forced else ""
    judged = f", by comparison {result.comparison_id}" if result.comparison_id else ""
    checks = "".join(f"\n  {'passed' if check.passed else 'failed'}: {check}" for check in result.checks)
    return Text(f"{result.model_version} is {result.alias} now{before}{judged}{forced}{checks}")


def _rollback(result: Rollback) -> Text:
    if not result.moved:
        return Text(f"{result.model_version} is {result.alias}; nothing to roll back")
    return Text(f"{result.model_version} is {result.alias} again, instead of version {result.previous}")


def report_line(result: Reporting) -> Text:
    """Where the report is, and of what."""
    counts = f"{counted(len(result.versions), 'version')} and {counted(len(result.comparison_ids), 'comparison')}"
    return Text(f"{result.model_name}: report of {counts} in {result.file}, and in MLflow run {result.run_id}")


_RENDERED: Mapping[type, Callable[[Any], RenderableType]] = {
    Registration: registration_line,
    Scoring: scoring_lines,
    Comparison: _comparison,
    Drift: _drift,
    Promotion: promotion_lines,
    Rollback: _rollback,
    Reporting: report_line,
    Card: card_table,
    VersionList: versions_table,
    tuple: history_table,
}
