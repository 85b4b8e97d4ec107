from datetime import timedelta
from io import StringIO
from math import inf
from typing import Any

from rich.console import Console
from tests.rows import START

from spark_models.core.version_list import Trend, TrendPoint, VersionList
from spark_models.report.outcomes import outcome

MARKUP = "[bold]x[/bold]"


def listing(*rows: dict[str, Any], **more: Any) -> VersionList:
    values = {"name": "delay", "matched": len(rows), "total": len(rows), **more}
    return VersionList(columns=tuple(rows[0]) if rows else (), rows=rows, **values)


def shown(result: VersionList, width: int = 120) -> list[str]:
    console = Console(file=StringIO(), width=width)
    console.print(outcome(result))
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines() if line.strip()]


def test_versions_are_lines_with_what_they_lack_left_empty_and_markup_as_it_is() -> None:
    row = {"version": 2, "aliases": ("a", "b"), "created_at": START, "metrics.val/loss": 0.25, "tags.team": MARKUP}
    title, heading, _, second, first = shown(listing(row, dict.fromkeys(row) | {"version": 1}))
    assert title == "delay: 2 versions"
    assert heading.split() == ["version", "aliases", "created_at", "metrics.`val/loss`", "tags.team"]
    assert " ".join(second.split()) == f"2 a, b 2024-01-01 00:00 0.25000 {MARKUP}"
    assert first.split() == ["1"]


def test_a_notebook_shows_the_list_as_text() -> None:
    shown = listing({"version": 2, "tags.team": "<b>red</b>"})._repr_html_()
    assert shown.startswith("<pre")
    assert "&lt;b&gt;red" in shown


def test_the_title_says_how_many_match_and_are_shown() -> None:
    row = {"version": 1}
    assert shown(listing(row, matched=5, total=9))[0] == "delay: 5 of 9 versions match, 1 shown"
    assert shown(listing(row, total=9))[0] == "delay: 1 of 9 versions match"
    assert shown(listing(row, matched=9, total=9))[0] == "delay: 9 versions, 1 shown"
    assert shown(listing(row))[0] == "delay: 1 version"
    assert shown(listing()) == ["delay has no versions yet: register one with `spark-models register`"]


def test_columns_that_do_not_fit_on_a_screen_are_named() -> None:
    text = shown(listing({f"metrics.m{place}": 1.0 for place in range(14)}), 200)
    assert text[-1] == "not shown here: metrics.m12, metrics.m13; choose with --columns, or take --json"


def test_columns_that_comparisons_computed_are_told_where_their_names_do_not_say_enough() -> None:
    row = {"version": 2, "metrics.auc": 0.9, "metrics.f1": 0.5, "computed.loss": 0.1, "computed.f1": 0.5}
    one, two = ("a1",), ("a1", "b2")
    computed = {"metrics.auc": one, "metrics.f1": two, "computed.loss": one, "computed.f1": two}
    assert shown(listing(row, computed=computed))[-3:] == [
        "metrics.auc was computed by comparison a1, and logged by no run",
        "metrics.f1 was computed by 2 comparisons, each over rows of its own: a1, b2",
        "computed.f1 was computed by 2 comparisons, each over rows of its own: a1, b2",
    ]


def test_a_trend_has_values_intervals_and_their_places_between_the_least_and_the_greatest() -> None:
    points = (
        TrendPoint(1, START, 0.5, 0.0, 1.0, 0.95, "c"),
        TrendPoint(2, START + timedelta(days=1), None),
        TrendPoint(3, START + timedelta(days=2), 1.0),
        TrendPoint(4, START + timedelta(days=3), inf),
    )
    text = shown(listing({"version": 1}, trend=Trend("computed.roc_auc", "computed", points)), 80)
    title, heading, _, *lines = text[4:]
    assert title == "computed.roc_auc over time, computed by comparisons, 95% intervals"
    assert heading.split() == ["version", "created", "(UTC)", "value", "from", "to", "0.00000", "1.00000"]
    first, gap, third, infinite = lines
    assert first.split()[:5] == ["1", "2024-01-01", "0.50000", "0.00000", "1.00000"]
    assert first.split()[5] == "─" * 12 + "●" + "─" * 11
    assert gap.split() == ["2", "2024-01-02"]
    assert third.split() == ["3", "2024-01-03", "1.00000", "●"]
    assert third.index("●") == first.rindex("─")
    assert infinite.split() == ["4", "2024-01-04", "inf"]


def test_a_trend_over_several_comparisons_says_of_which_each_value_is() -> None:
    points = (
        TrendPoint(1, START, 0.5, 0.25, 0.75, 0.95, "0123456789abcdef"),
        TrendPoint(2, START, None),
        TrendPoint(3, START, 0.9, 0.8, 1.0, 0.95, "fedcba9876543210"),
        TrendPoint(4, START, 0.8, 0.7, 0.9, 0.95, "0123456789abcdef"),
    )
    text = shown(listing({"version": 1}, trend=Trend("computed.roc_auc", "computed", points)), 80)
    assert text[5].split()[-1] == "of"
    assert [line.split()[-1] for line in text[7:11]] == ["1", "2024-01-01", "2", "1"]
    told = " ".join(text[11:])
    assert told.startswith("Values of different comparisons are over different rows.")
    assert "1 is 0123456789abcdef, 2 is fedcba9876543210" in told


def test_a_trend_of_one_value_is_a_dot() -> None:
    text = shown(listing({"version": 1}, trend=Trend("metrics.auc", "logged", (TrendPoint(1, START, 0.5),))))
    assert text[4] == "metrics.auc over time, logged by the versions' runs"
    assert text[-1].split() == ["1", "2024-01-01", "0.50000", "●"]
