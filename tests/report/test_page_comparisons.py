"""Comparisons over different rows: their values are never held against one another."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.report.browsing import Look, used_again
from tests.rows import START, card_row, metric_row

from spark_models.core.comparison import Comparison
from spark_models.core.report import Report
from spark_models.report.html import report_page


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 2 is better than 1 on easy rows, and 3 is better than 1 on hard ones; 4 has no comparison and no card."""
    easy = Comparison((metric_row("roc_auc", 0.9, 0.8, comparison_id="easy"),), ())
    hard = Comparison(
        (
            metric_row(
                "roc_auc", 0.6, 0.5, comparison_id="hard", candidate_version=3, compared_at=START + timedelta(days=1)
            ),
        ),
        (),
    )
    unknown = {"logged_files": (), "digest": "", "flavor": "", "requirements": ()}
    cards = (*(card_row(model_version=version) for version in (1, 2, 3)), card_row(model_version=4, **unknown))
    file = tmp_path_factory.mktemp("mixed") / "report.html"
    file.write_text(report_page(Report("delay", START, cards, (hard, easy))), encoding="utf-8")
    return file


@pytest.fixture
def look(tab: Look, mixed: Path) -> Iterator[Look]:
    with used_again(tab) as look:
        yield look.open(mixed)


def listed(look: Look) -> list[str]:
    """The metric of versions 1 to 4, in the list."""
    return [look(f"#version-{version} td.computed").inner_text().replace("\u2009", "") for version in (1, 2, 3, 4)]


def choose(look: Look, comparison_id: str) -> None:
    """Another comparison, and all versions."""
    look.tab.get_by_label("Comparison", exact=True).select_option(comparison_id)
    for version in (1, 2, 3, 4):
        look(f"#version-{version} input").check()
    expect(look("#selection")).to_have_text("4 selected")


def beside(look: Look) -> list[str]:
    """The metric of versions 1 to 4, side by side."""
    row = look("#difference-table tbody tr", has_text="roc_auc")
    return [" ".join(text.split()) for text in row.locator("td").all_inner_texts()[1:]]


def test_the_list_marks_values_that_are_of_another_comparison(look: Look) -> None:
    assert listed(look) == ["0.5000", "0.9000†", "0.6000", ""]
    mark = look("#version-2 td.computed span")
    expect(mark).to_have_attribute("title", "comparison easy of 2024-01-01 00:00, over other rows")
    expect(look("#elsewhere")).to_be_visible()
    choose(look, "easy")
    assert listed(look) == ["0.8000", "0.9000", "0.6000†", ""]
    look.tab.emulate_media(media="print")
    expect(look("#print-list")).to_contain_text("0.6000\u2009†")


def test_the_csv_of_the_list_says_of_which_comparison_other_values_are(look: Look) -> None:
    with look.tab.expect_download() as download:
        look.tab.get_by_role("button", name="CSV of the version list").click()
    heading, *rows = csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig")))
    place = heading.index("roc_auc")
    assert [row[place] for row in rows] == ["", "0.6", "0.9 (comparison easy of 2024-01-01 00:00)", "0.5"]


def test_side_by_side_only_the_chosen_comparison_has_values(look: Look) -> None:
    choose(look, "hard")
    assert beside(look) == ["0.5000", "—", "0.6000 +0.1000 (best)", "—"]
    choose(look, "easy")
    assert beside(look) == ["0.8000", "0.9000 +0.1000 (best)", "—", "—"]
    expect(look("#metric-tables tbody tr")).to_contain_text("+0.1000")


def test_charts_mark_values_of_another_comparison(look: Look) -> None:
    choose(look, "hard")
    chart = look("#charts .card").first
    for kind, mark in (("bar", "rect"), ("interval", "symbol"), ("line", "symbol"), ("scatter", "symbol")):
        chart.get_by_label("Type").select_option(kind)
        marks = chart.locator(f".mark-{mark}.role-mark path")
        expect(marks).to_have_count(3)
        pale = [shape.get_attribute("opacity") == "0.35" for shape in marks.all()]
        assert sorted(pale) == [False, False, True], kind
        expect(chart.locator(".plot")).to_contain_text(
            "pale: of other comparisons than the chosen one, over other rows"
        )
    chart.get_by_label("Type").select_option("parallel")
    expect(chart.locator(".plot")).to_contain_text("dashed: of other comparisons")
    chart.get_by_label("Type").select_option("heatmap")
    expect(chart.locator(".plot")).to_contain_text("left out: of other comparisons")
    expect(chart.locator(".mark-rect.role-mark path")).to_have_count(2)
    chart.get_by_label("Type").select_option("bar")
    chart.locator(".mark-rect.role-mark path").nth(1).hover()
    expect(look("#vg-tooltip-element")).to_contain_text("comparison easy of 2024-01-01 00:00")


def test_what_only_a_card_would_tell_is_not_known_of_a_version_without_one_and_no_difference(look: Look) -> None:
    choose(look, "hard")
    cards = look("#card-list article")
    expect(cards.nth(3)).to_contain_text("No card of it is stored")
    expect(cards.nth(2)).not_to_contain_text("No card of it is stored")
    names = look("#difference-table tbody th")
    assert not {"digest", "flavor", "MLmodel", "scikit-learn"} & set(names.all_inner_texts())
    look.tab.get_by_label("Only differences").uncheck()
    for name, known in (("flavor", "sklearn"), ("MLmodel", "1.2 kB"), ("scikit-learn", "==1.9.0")):
        cells = look("#difference-table tbody tr", has=look.tab.get_by_role("rowheader", name=name, exact=True))
        assert cells.locator("td").all_inner_texts()[1:] == [known] * 3 + ["not known"]
