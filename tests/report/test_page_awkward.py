"""What no usual report has: names that are there twice, slices of NULL, undefined metrics, counts beyond 1e9."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from tests.report.browsing import Look, used_again
from tests.rows import START, card_row, metric_row

from spark_models.core.comparison import Comparison, ordered
from spark_models.core.report import Report
from spark_models.core.slices import slice_name
from spark_models.core.tables import Card, ComparisonMetric, Dataset
from spark_models.report.html import report_page

# With an ampersand libraries look for entities; the second half of an element, too.
MARKUP = "<img src=x onerror=alert(1)> & </td>"
ENDS = {"candidate_low": 0.5, "candidate_high": 0.9, "baseline_low": 0.4, "baseline_high": 0.8}


def card(version: int, stops: str, default: float, digest: str) -> Card:
    signature = {
        "inputs": [{"name": "stops", "type": "array", "items": {"type": stops}, "required": True}],
        "params": [{"name": "cut", "type": "double", "default": default, "shape": None}],
    }
    return card_row(
        model_version=version,
        signature=json.dumps(signature),
        hyperparameters={"roc_auc": "3", "team": "red", "image": f"http://localhost/{version}.png"},
        description=f"{MARKUP} {version}",
        tags={
            MARKUP: "a",
            "team": f"blue {version}",
            "flavor": "sweet",
            "sum": f"-1+{version}",
            "shift": f"-{version}",
        },
        requirements=("numpy==2.3.0; os_name == 'nt'", f"numpy==2.{version}.0"),
        datasets=(Dataset("flights", digest, "training"), Dataset("flights", "same", "training")),
    )


# Slices whose columns and values could be read in two ways.
ALIKE = ("way", "gate = A"), ("way = gate", "A"), ("way", "'gate"), ("way", "gate'")


def metrics() -> Iterator[ComparisonMetric]:
    counts = {"source": "rows"}
    yield metric_row("rows", 12_345_678_901.0, 12_345_678_901.0, **counts)
    yield metric_row("roc_auc", 0.7, 0.6, rows=90, **ENDS, change_low=0.05, change_high=0.15, confidence=0.95)
    for value, change in ((None, 0.1), ("NULL", 0.2), ("", 0.3)):
        near: dict[str, Any] = {"change_low": change - 0.01, "change_high": change + 0.01, "confidence": 0.95}
        yield metric_row("roc_auc", 0.5 + change, 0.5, rows=30, slice_column="place", slice_value=value, **near)
    for place, (name, value) in enumerate(ALIKE):
        yield metric_row("specificity", 0.5, 0.25 + place, rows=30, slice_column=name, slice_value=value)
    yield metric_row("roc_auc", None, None, rows=2, small=True, slice_column="place", slice_value="X")
    yield metric_row("log_loss", None, None, rows=90)
    yield metric_row("log_loss", None, None, rows=2, small=True, slice_column="place", slice_value="X")


def ranking() -> Iterator[ComparisonMetric]:
    more: dict[str, Any] = {"comparison_id": "ranked", "task": "ranking", "rows": 30}
    yield metric_row("mrr", 0.5, 0.25, **more)
    yield metric_row("mrr", 0.5, 0.25, slice_column="shop", slice_value="A", **more)


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cards = card(1, "double", 0.5, "a"), card(2, "string", 0.25, "b")
    file = tmp_path_factory.mktemp("awkward") / "report.html"
    comparisons = (Comparison(ordered(metrics()), ()), Comparison(tuple(ranking()), ()))
    page = report_page(Report("delay", START, cards, comparisons))
    file.write_text(page, encoding="utf-8")
    return file


@pytest.fixture
def look(tab: Look, awkward: Path) -> Iterator[Look]:
    with used_again(tab) as look:
        yield look.open(awkward)


def test_slices_of_null_and_of_texts_that_look_like_it_are_told_apart(look: Look) -> None:
    names = look("#slice-table tbody th").all_inner_texts()
    assert names == ["place = NULL", "place = ''", "place = 'NULL'", "place = X"]
    assert [text.split()[0] for text in look("#slice-table td.change").all_inner_texts()[:3]] == [
        "+0.1000",
        "+0.3000",
        "+0.2000",
    ]


def test_slices_whose_names_could_be_read_in_two_ways_are_told_apart(look: Look) -> None:
    look("#slice-tools").get_by_label("Metric").select_option("specificity")
    names = look("#slice-table tbody th").all_inner_texts()
    assert names == [slice_name(*one) for one in sorted(ALIKE)]
    assert "way = gate = A" in names
    assert "way = 'gate = A'" in names


def test_a_metric_that_is_undefined_in_a_slice_is_not_drawn(look: Look) -> None:
    points, intervals = (look(f"#slice-chart .mark-{mark}.role-mark > *") for mark in ("symbol", "rule"))
    expect(points).to_have_count(3)
    # And the line at no change.
    expect(intervals).to_have_count(3 + 1)
    look("#slice-tools").get_by_label("Chart of").select_option("value")
    expect(points).to_have_count(6)
    expect(intervals).to_have_count(0)


def test_a_chart_without_values_says_so(look: Look) -> None:
    look("#charts .card").first.get_by_label("Y axis").select_option(label="log_loss (computed metric)")
    told = "There are no values to draw."
    expect(look("#charts .plot").first).to_contain_text(told)
    look("#slice-tools").get_by_label("Metric").select_option("log_loss")
    expect(look("#slice-chart")).to_contain_text(told)
    look("#charts .card").first.get_by_label("Type").select_option("parallel")
    expect(look.tab.get_by_label("log_loss from").first).to_have_attribute("placeholder", "")


def test_versions_side_by_side_tell_all_that_differs(look: Look) -> None:
    def told(group: str, name: str) -> list[str]:
        rows = look("#difference-table tbody tr").filter(has_text=group)
        return rows.filter(has=look.tab.get_by_role("rowheader", name=name, exact=True)).locator("td").all_inner_texts()

    assert told("input", "stops") == ["input", "array<double>", "array<string>"]
    assert told("inference parameter", "cut") == ["inference parameter", "double = 0.5", "double = 0.25"]
    other = "==2.3.0; os_name == 'nt'"
    assert told("requirement", "numpy") == ["requirement", f"==2.1.0 and {other}", f"==2.2.0 and {other}"]
    assert told("dataset", "flights (training)") == ["dataset", "a and same", "b and same"]


def test_columns_of_one_name_say_of_which_group_they_are(look: Look) -> None:
    look.tab.get_by_role("button", name="Customise columns").click()
    names = look(".dt-button-collection button.dt-button").all_inner_texts()
    assert {"team", "team (tag)", "flavor", "flavor (tag)", "roc_auc", "roc_auc (hyperparameter)"} <= set(names)
    assert len(names) == len(set(names))


def test_slices_of_rankings_count_groups(look: Look) -> None:
    look.tab.get_by_label("Comparison", exact=True).select_option("ranked")
    expect(look("#slice-table thead")).to_contain_text("Groups")
    expect(look("#slice-chart")).to_contain_text("shop = A (30 groups)")


def test_what_a_spreadsheet_would_take_for_a_formula_stays_a_text(look: Look) -> None:
    with look.tab.expect_download() as download:
        look.tab.get_by_role("button", name="CSV of differences").click()
    rows = csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig")))
    found = {name: values for _, name, *values in rows}
    assert (found["sum"], found["shift"]) == (["'-1+1", "'-1+2"], ["-1", "-2"])


def test_names_and_values_that_hold_html_are_text_wherever_a_library_shows_them(look: Look) -> None:
    look.tab.get_by_role("button", name="Customise columns").click()
    look(".dt-button-collection button").get_by_text("description", exact=True).click()
    look.tab.keyboard.press("Escape")
    expect(look("#versions-table tbody tr").first).to_contain_text(f"{MARKUP} 2")
    with look.tab.expect_download() as download:
        look.tab.get_by_role("button", name="CSV of the version list").click()
    heading, first, *_ = csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig")))
    assert MARKUP in heading
    assert first[heading.index("description")] == f"{MARKUP} 2"
    look("#filter-builder summary").click()
    look("#filter-builder .dtsb-add").click()
    titles = look("#filter-builder select.dtsb-data option").all_inner_texts()
    assert any(title.endswith("onerror=alert(1)\u203a & \u2039/td\u203a") for title in titles)
    look("#filter-builder select.dtsb-data").select_option(label="description")
    look("#filter-builder select.dtsb-condition").select_option(label="Equals")
    look("#filter-builder select.dtsb-value:enabled").select_option(label=f"{MARKUP} 1")
    expect(look("#versions-table tbody tr")).to_have_count(1)
    look(".dt-search input").fill("</td> 1")
    expect(look("#versions-table tbody tr")).to_have_count(1)


def test_a_tooltip_shows_no_picture(look: Look) -> None:
    chart = look("#charts .card").first
    chart.get_by_label("X axis").select_option(label="image (hyperparameter)")
    expect(chart.locator(".plot")).to_contain_text("localhost")
    chart.locator(".mark-symbol.role-mark path").first.hover()
    expect(look("#vg-tooltip-element .value", has_text="localhost")).to_be_visible()


def test_counts_have_all_their_digits(look: Look) -> None:
    expect(look("#rows-table")).to_contain_text("12,345,678,901")


def test_the_printed_list_has_the_intervals_that_the_screen_has(look: Look) -> None:
    look.tab.emulate_media(media="print")
    expect(look("#print-list")).to_contain_text("[0.5000, 0.9000]")
    look.tab.emulate_media(media="screen")
    look("#intervals").uncheck()
    look.tab.emulate_media(media="print")
    expect(look("#print-list .interval")).to_have_count(0)


def test_a_link_cannot_set_what_is_no_setting(look: Look, awkward: Path) -> None:
    look.open(awkward, "#" + quote('{"__proto__": {"selected": 5, "charts": 5}}'))
    expect(look("#selection")).to_have_text("2 selected")
    look.open(awkward, "#" + quote('{"selected": [2, 2]}'))
    expect(look("#selection")).to_have_text("1 selected")
